using HrmGen.Data;
using HrmGen.Models;
using static TorchSharp.torch;

namespace HrmGen.Training;

/// <summary>What goes from one training step to the next (official hrm_act_v1.py, <c>HierarchicalReasoningModel_ACTV1Carry</c>).</summary>
/// <param name="Latents">The latents, detached.</param>
/// <param name="Data">The examples that the rows work on.</param>
/// <param name="steps">Supervision steps that each row has had, <c>[B]</c> int32.</param>
/// <param name="halted">Rows that take a new example at the next step, <c>[B]</c> bool.</param>
/// <param name="answers">What the rows answered at the last step, <c>[B, seq_len]</c>; null where no answer is fed back.</param>
public sealed record Carry<TLatents>(TLatents Latents, PuzzleBatch Data, Tensor steps, Tensor halted, Tensor? answers = null) : IDisposable
    where TLatents : class, ILatents<TLatents>
{
    /// <summary>Every tensor of the carry.</summary>
    internal IEnumerable<Tensor> Tensors =>
        Latents.Named.Select(l => l.Value).Concat([Data.inputs, Data.labels, Data.puzzle_identifiers, steps, halted, .. answers is null ? Array.Empty<Tensor>() : [answers]]);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in Tensors)
        {
            tensor.Dispose();
        }
    }
}
