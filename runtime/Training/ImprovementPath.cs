using HrmGen.Checkpoints;
using HrmGen.Data;
using HrmGen.Losses;
using static TorchSharp.torch;

namespace HrmGen.Training;

/// <summary>Targets between an input and its answer, one for each supervision step (loss.target: path).</summary>
/// <remarks>
/// Source: Deep Improvement Supervision (arXiv 2511.16886) and its released code: of the cells in which input and answer differ, step t of
/// S has the first floor(t · n / S) put right, in an order that each example draws once; the last step's target is the answer.
/// </remarks>
public sealed class ImprovementPath(long seed) : IDisposable
{
    private readonly Generator generator = new((ulong)seed);
    private Tensor? order;

    internal Generator Generator => generator;

    /// <summary>The orders of the examples at hand, <c>[B, seq_len]</c>; null where nothing is held.</summary>
    internal Tensor? Order => order;

    /// <summary>The targets of the rows' steps.</summary>
    /// <param name="data">The examples.</param>
    /// <param name="steps">The rows' supervision steps, <c>[B]</c>, counted from 1; 1 begins an example.</param>
    /// <param name="N_sup">Supervision steps of an example.</param>
    /// <returns><c>[B, seq_len]</c> in the format of the labels; positions without a label have none here either.</returns>
    public Tensor Targets(PuzzleBatch data, Tensor steps, int N_sup)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(steps);
        using var scope = NewDisposeScope();
        using var _ = no_grad();

        // Drawn on the CPU: the same seed draws the same on every device.
        var drawn = rand(data.labels.shape, dtype: float32, generator: generator).to(steps.device);
        var held = order is null ? drawn : where((steps == 1).unsqueeze(-1), drawn, order);
        order?.Dispose();
        order = held.clone().DetachFromDisposeScope();

        var labelled = data.labels != CrossEntropy.IgnoreIndex;
        var differs = labelled & (data.inputs != data.labels);
        var rank = where(differs, held, 2).argsort(-1).argsort(-1); // of the differing cells: 0, 1, 2, ...
        var right = differs.sum(-1) * steps.to(int64).clamp_max(N_sup) / N_sup;
        var count = right.floor().to(int64).unsqueeze(-1);
        return where(differs & (rank >= count), data.inputs.to(data.labels.dtype), data.labels).MoveToOuterDisposeScope();
    }

    /// <summary>Goes on from a saved state.</summary>
    internal void Restore(Tensor generatorState, Tensor? held)
    {
        GeneratorState.Restore(generator, generatorState);
        order?.Dispose();
        order = held?.clone().DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        generator.Dispose();
        order?.Dispose();
    }
}
