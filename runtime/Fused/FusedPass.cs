using System.Numerics;
using HrmGen.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace HrmGen.Fused;

/// <summary>One pass of the recursion, forward or backward.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public abstract class FusedCall<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private protected FusedCall(FusedWorkspace<T> work) => Work = work;

    internal FusedWorkspace<T> Work { get; }

    /// <summary>What a part of a layer gives: one place for all of them.</summary>
    public Rows<T> Part => Work.Part;

    /// <summary>Memory in the shape of a latent, for the time of the pass.</summary>
    public Rows<T> Temporary() => Work.Temporary();
}

/// <summary>
/// A forward pass on kernels: latents are changed in place, and where a gradient is asked for, the layers from <see cref="Record"/> on keep
/// what the emitted backward reads.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed unsafe class FusedPass<T> : FusedCall<T>, IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Tensor x;
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly List<(Tensor Given, Tensor Value, bool Detached)> latents = [];
    private readonly bool wantsGradient = is_grad_enabled();
    private bool handedOver;

    /// <summary>Begins a pass.</summary>
    /// <param name="plan">The model's plan.</param>
    /// <param name="x">The embedded input, [B, positions, hidden_size] <typeparamref name="T"/>.</param>
    /// <exception cref="ArgumentException"><paramref name="x"/> has another shape or format.</exception>
    public FusedPass(FusedPlan<T> plan, Tensor x)
        : base(Begin(plan, x))
    {
        this.x = x;
        Input = Of(x.contiguous());
    }

    /// <summary>x.</summary>
    public Rows<T> Input { get; }

    /// <summary>A copy of a latent, which the pass changes.</summary>
    /// <param name="value">[B, positions, hidden_size].</param>
    /// <param name="detached">True where the pass replaces it before the recorded updates: no gradient reaches <paramref name="value"/>.</param>
    public Rows<T> Latent(Tensor value, bool detached)
    {
        ArgumentNullException.ThrowIfNull(value);
        using var _ = no_grad();
        var copy = empty(value.shape, dtype: value.dtype);
        copy.copy_(value);
        latents.Add((value, copy, detached));
        return Of(copy);
    }

    /// <summary>The same for the elements of an indexed latent.</summary>
    /// <param name="values">The elements.</param>
    /// <param name="detached">As in the other overload.</param>
    public Rows<T>[] Latent(IEnumerable<Tensor> values, bool detached) => [.. values.Select(v => Latent(v, detached))];

    /// <summary>Gaussian noise in the shape of x, from torch's default generator.</summary>
    /// <param name="std">Its standard deviation.</param>
    public Rows<T> Noise(double std)
    {
        using var _ = no_grad();
        return Of(std * randn_like(x));
    }

    /// <summary>Copies of latents as tensors, for a residual.</summary>
    public Tensor[] Copies(params ReadOnlySpan<Rows<T>> rows) => [.. Tensors(rows).Select(t => t.clone())];

    /// <summary>Latents as tensors, which change with them.</summary>
    public Tensor[] Tensors(params ReadOnlySpan<Rows<T>> rows)
    {
        var tensors = new Tensor[rows.Length];
        for (var i = 0; i < tensors.Length; i++)
        {
            var data = (nint)rows[i].Data;
            tensors[i] = latents.First(l => (nint)TorchCpu.Data<T>(l.Value) == data).Value;
        }

        return tensors;
    }

    /// <summary>From here on layers keep what the backward reads, where a gradient is asked for.</summary>
    public void Record() => Work.Records = wantsGradient;

    /// <summary>Ends the pass.</summary>
    /// <param name="backward">The emitted backward.</param>
    /// <returns>The latents in the order in which they were given, out of the pass's scope; they carry the gradient.</returns>
    public Tensor[] Finish(Action<FusedBackward<T>> backward)
    {
        Tensor[] values = [.. latents.Select(l => l.Value)];
        if (wantsGradient)
        {
            var tape = new FusedTape<T>(Work, x, [.. latents.Select(l => l.Detached ? null : l.Given)], values, backward);
            values = tape.Outputs();
            handedOver = true;
        }

        foreach (var value in values)
        {
            value.MoveToOuterDisposeScope();
        }

        return values;
    }

    /// <summary>Gives the memory back, unless a backward is to come.</summary>
    public void Dispose()
    {
        scope.Dispose();
        if (!handedOver)
        {
            Work.Plan.Return(Work);
        }
    }

    private Rows<T> Of(Tensor tensor)
    {
        if (tensor.numel() != Work.Count * Work.Plan.HiddenSize)
        {
            throw new ArgumentException($"This model's latents are [{Work.Batch}, {Work.Plan.Positions}, {Work.Plan.HiddenSize}], and one is [{string.Join(", ", tensor.shape)}]");
        }

        return new(TorchCpu.Data<T>(tensor), tensor.numel());
    }

    private static FusedWorkspace<T> Begin(FusedPlan<T> plan, Tensor x)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(x);
        return x.dim() == 3 && x.size(1) == plan.Positions && x.size(2) == plan.HiddenSize
            ? plan.Rent(x.size(0))
            : throw new ArgumentException($"This model's input is [B, {plan.Positions}, {plan.HiddenSize}], and x is [{string.Join(", ", x.shape)}]", nameof(x));
    }
}

/// <summary>The backward of a pass: the gradients of its latents and of x, which the emitted code carries from the last update to the first.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed unsafe class FusedBackward<T> : FusedCall<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Rows<T>[] latents;

    internal FusedBackward(FusedWorkspace<T> work, IReadOnlyList<Tensor?> outputs)
        : base(work)
    {
        work.ReleaseTemporaries();
        Input = Zeros();
        latents = [.. outputs.Select(Begin)];
    }

    /// <summary>The gradient of x: zero at first.</summary>
    public Rows<T> Input { get; }

    /// <summary>The gradient of a latent: that of the pass's output at first, that of its input in the end.</summary>
    /// <param name="latent">Its place among those that the pass was given.</param>
    public Rows<T> Latent(int latent) => latents[latent];

    /// <summary>The same for the elements of an indexed latent.</summary>
    /// <param name="first">Place of the first one.</param>
    /// <param name="count">Their number.</param>
    public Rows<T>[] Latents(int first, int count) => latents[first..(first + count)];

    /// <summary>Memory for a gradient, zero at first.</summary>
    public Rows<T> Zeros()
    {
        var rows = Temporary();
        rows.Zero();
        return rows;
    }

    private Rows<T> Begin(Tensor? gradient)
    {
        var rows = Temporary();
        if (gradient is null || gradient.IsInvalid)
        {
            rows.Zero();
            return rows;
        }

        using var contiguous = gradient.contiguous();
        rows.Copy(new(TorchCpu.Data<T>(contiguous), contiguous.numel()));
        return rows;
    }
}
