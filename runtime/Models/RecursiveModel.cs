using HrmGen.Data;
using HrmGen.Layers;
using HrmGen.Losses;
using HrmGen.Native;
using HrmGen.Training;
using static TorchSharp.torch;

namespace HrmGen.Models;

/// <summary>Base of every compiled model: a module whose forward is one pass of the recursion.</summary>
/// <typeparam name="TLatents">The model's latents.</typeparam>
public abstract class RecursiveModel<TLatents> : nn.Module<TLatents, Tensor, TLatents>, IRecursiveModel
    where TLatents : class, ILatents<TLatents>
{
    /// <summary>Creates the base.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="device">Where its weights live; the CPU when null.</param>
    /// <exception cref="NativeLibraryException">libtorch could not be loaded.</exception>
    protected RecursiveModel(string name, Device? device)
        : base(Available(name)) => Device = device ?? CPU;

    /// <inheritdoc/>
    public abstract ModelSpec Info { get; }

    /// <inheritdoc/>
    public nn.Module Module => this;

    /// <inheritdoc/>
    public Device Device { get; }

    /// <inheritdoc/>
    public virtual SparseEmbedding? PuzzleEmbedding => null;

    /// <summary>The latents before the first supervision step.</summary>
    public abstract TLatents InitialLatents(long batch_size);

    /// <summary>Starts rows anew where <paramref name="halted"/>, <c>[B]</c> bool, is true.</summary>
    public abstract TLatents Reset(TLatents latents, Tensor halted);

    /// <inheritdoc/>
    public abstract Tensor Embed(Tensor inputs, Tensor puzzle_identifiers);

    /// <summary>The answer's logits, <c>[B, seq_len, vocab_size]</c>.</summary>
    public abstract Tensor Logits(TLatents latents);

    /// <summary>The halting logits, <c>[B]</c> each.</summary>
    /// <exception cref="InvalidOperationException">The spec has no halting head.</exception>
    public virtual (Tensor q_halt, Tensor? q_continue) Q(TLatents latents) => throw new InvalidOperationException($"{Info.Name} has no halting head");

    /// <summary>True where the spec has a halting head.</summary>
    public virtual bool HasQ => false;

    /// <summary>The losses of one supervision step.</summary>
    public abstract SupervisionLosses Losses(Predictions predictions, SupervisionOutputs outputs, Tensor labels);

    /// <inheritdoc/>
    public IEnumerable<StepOutput> Evaluate(PuzzleBatch batch, int? steps = null)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var count = steps ?? Info.N_sup;
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1, nameof(steps));
        return EvaluateSteps(batch, count);
    }

    /// <inheritdoc/>
    ILatents IRecursiveModel.InitialLatents(long batch_size) => InitialLatents(batch_size);

    /// <inheritdoc/>
    ILatents IRecursiveModel.LatentsFrom(Func<string, Tensor> latent) => TLatents.From(latent);

    /// <inheritdoc/>
    ILatents IRecursiveModel.Recur(ILatents latents, Tensor x) => forward((TLatents)latents, x);

    /// <inheritdoc/>
    Tensor IRecursiveModel.Logits(ILatents latents) => Logits((TLatents)latents);

    /// <inheritdoc/>
    (Tensor? q_halt, Tensor? q_continue) IRecursiveModel.Q(ILatents latents) => HasQ ? Q((TLatents)latents) : (null, null);

    /// <summary>Registers nothing: the emitted constructor has done it, under the official names.</summary>
    protected sealed override void RegisterComponents()
    {
    }

    /// <summary>Refuses to move: the initial latents are held outside of TorchSharp's bookkeeping.</summary>
    /// <exception cref="HrmGenException">The model would change its device or format.</exception>
    protected sealed override void _toEpilog(ScalarType? dtype, Device? device, bool non_blocking)
    {
        if (dtype is not null || (device is not null && device.ToString() != Device.ToString()))
        {
            throw new HrmGenException($"{Info.Name} stays where it was made: pass the device to its constructor, and set formats in the spec (precision)");
        }
    }

    private static string Available(string name)
    {
        NativeLibraries.ThrowIfUnavailable();
        return name;
    }

    private IEnumerable<StepOutput> EvaluateSteps(PuzzleBatch batch, int count)
    {
        var wasTraining = training;
        eval();
        using var scope = NewDisposeScope();
        using var data = batch.To(Device);
        try
        {
            TLatents latents;
            Tensor x;
            using (no_grad())
            {
                latents = InitialLatents(data.Count);

                // The weights do not change between the steps, so neither does the embedded input.
                x = Embed(data.inputs, data.puzzle_identifiers);
            }

            for (var step = 1; step <= count; step++)
            {
                StepOutput output;
                using (var inner = NewDisposeScope())
                using (no_grad())
                {
                    var next = forward(latents, x);
                    output = Observe(next, data, step, step == count);
                    inner.MoveToOuter(next.Named.Select(l => l.Value).Concat([output.steps, output.halted]).Concat(output.Owned));
                    Free(latents);
                    latents = next;
                }

                yield return output;
                output.Dispose();
            }
        }
        finally
        {
            train(wasTraining);
        }
    }

    private static void Free(TLatents latents)
    {
        foreach (var (_, latent) in latents.Named)
        {
            latent.Dispose();
        }
    }

    private StepOutput Observe(TLatents latents, PuzzleBatch data, int step, bool last)
    {
        var logits = Logits(latents);
        var (q_halt, q_continue) = HasQ ? Q(latents) : (null, null);
        var predictions = Predictions.Of(logits, data.labels);
        var outputs = new SupervisionOutputs(logits, q_halt, q_continue, null);
        var losses = Losses(predictions, outputs, data.labels);
        var steps = full([data.Count], step, dtype: int32, device: Device);
        var halted = full([data.Count], last, dtype: @bool, device: Device);
        var metrics = StepMetrics.Of(predictions, halted, steps, q_halt);
        return new(outputs, predictions, losses, metrics) { Latents = latents, Data = data, steps = steps, halted = halted };
    }
}
