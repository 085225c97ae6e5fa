using HrmGen.Data;
using HrmGen.Halting;
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
    private Lowering? lowering;
    private readonly Dictionary<string, ResidualReport> residuals = new(StringComparer.Ordinal);

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

    /// <inheritdoc/>
    public double Progress { get; set; } = 1;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, ResidualReport> Residuals => residuals;

    /// <inheritdoc/>
    public virtual bool HasFusedForm => false;

    /// <inheritdoc/>
    public Lowering Lowering
    {
        get => lowering ?? (CanRunFused ? Lowering.Fused : Lowering.Reference);
        set => lowering = value == Lowering.Reference || CanRunFused ? value
            : throw new HrmGenException($"{Info.Name} cannot run in the fused lowering: " + (!HasFusedForm
                ? "it was compiled without (set HrmLowering=\"fused\" on its spec file; the build says why where a spec has no fused form)"
                : Device.type != TorchSharp.DeviceType.CPU ? $"its kernels run on the CPU, and it lives on {Device}" : "this libtorch has none of the products that its kernels call"));
    }

    private bool CanRunFused => HasFusedForm && Device.type == TorchSharp.DeviceType.CPU && Kernels.TorchCpu.IsComplete;

    /// <summary>The latents before the first supervision step.</summary>
    public abstract TLatents InitialLatents(long batch_size);

    /// <summary>Starts rows anew where <paramref name="halted"/>, <c>[B]</c> bool, is true.</summary>
    public abstract TLatents Reset(TLatents latents, Tensor halted);

    /// <inheritdoc/>
    public abstract Tensor Embed(Tensor inputs, Tensor puzzle_identifiers);

    /// <summary>The embedded input as a supervision step sees it; the same at every step unless the spec says otherwise.</summary>
    /// <param name="x">What <see cref="Embed"/> gave.</param>
    /// <param name="steps">The rows' supervision steps, <c>[B]</c>, counted from 1.</param>
    public virtual Tensor AtStep(Tensor x, Tensor steps) => x;

    /// <summary>True where from the second supervision step on the model's own answer takes the place of the input (supervision.feedback).</summary>
    public virtual bool FeedsBack => false;

    /// <summary>Runs of each example side by side in training, of which the best one is trained (supervision.candidates).</summary>
    public virtual int Candidates => 1;

    /// <summary>The answer's logits, <c>[B, seq_len, vocab_size]</c>.</summary>
    public abstract Tensor Logits(TLatents latents);

    /// <summary>The halting logits, <c>[B]</c> each.</summary>
    /// <exception cref="InvalidOperationException">The spec has no halting head.</exception>
    public virtual (Tensor q_halt, Tensor? q_continue) Q(TLatents latents) => throw new InvalidOperationException($"{Info.Name} has no halting head");

    /// <summary>True where the spec has a halting head.</summary>
    public virtual bool HasQ => false;

    /// <summary>The latent that the answer is read from.</summary>
    public abstract Tensor Answer(TLatents latents);

    /// <inheritdoc/>
    public abstract string AnswerLatent { get; }

    /// <summary>Which rows would halt by the spec's rule, <c>[B]</c> bool; null where no row halts before its last supervision step.</summary>
    public virtual Tensor? Halts(Tensor q_halt, Tensor? q_continue) => null;

    /// <summary>The losses of one supervision step.</summary>
    public abstract SupervisionLosses Losses(Predictions predictions, SupervisionOutputs outputs, Tensor labels);

    /// <inheritdoc/>
    public IEnumerable<StepOutput> Evaluate(PuzzleBatch batch, int? steps = null, EvaluationHalting? halting = null)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var count = steps ?? Info.N_sup;
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1, nameof(steps));
        return new EvaluationRun<TLatents>(this, halting ?? Info.Evaluation).Steps(batch, count);
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

    /// <summary>Reports the residual of an iteration, and says whether it ends its loop.</summary>
    /// <param name="loop">The loop's place in the spec.</param>
    /// <param name="iteration">Counted from 1.</param>
    /// <param name="before">The latents that the loop updates, before the iteration.</param>
    /// <param name="after">And after it.</param>
    /// <param name="epsilon">The threshold.</param>
    protected bool Settled(string loop, int iteration, Tensor[] before, Tensor[] after, double epsilon)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var residual = stack(before.Zip(after, Latent.RelativeChange)).max().to(float64).item<double>();
        residuals[loop] = new(residual, iteration, residual < epsilon);
        return residual < epsilon;
    }

    private static string Available(string name)
    {
        NativeLibraries.ThrowIfUnavailable();
        return name;
    }
}
