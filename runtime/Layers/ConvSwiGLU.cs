using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HrmGen.Layers;

/// <summary>
/// A gated feed-forward network with a short depthwise convolution over positions behind the gate:
/// down_proj(silu(dwconv(silu(gate) · up))). Position t sees itself and the kernel's other positions before it.
/// </summary>
/// <remarks>
/// Source: URM (arXiv 2512.14693), <c>ConvSwiGLU</c> in its <c>models/layers.py</c>. The convolution covers the puzzle tokens too, and
/// does not stop at the end of a grid's row. Two of its traits are not copied: there the convolution's weights are bfloat16 in
/// themselves, here they have the parameters' format; and its padding would let kernels above 2 look ahead, here none does.
/// </remarks>
public sealed class ConvSwiGLU : ExplicitModule<Tensor, Tensor>
{
    /// <summary>Gate and up projection in one: hidden_size → 2 · intermediate_size, ordered [gate | up].</summary>
    public CastedLinear gate_up_proj { get; }

    /// <summary>The convolution over positions, each gated feature by itself.</summary>
    public DepthwiseConv dwconv { get; }

    /// <summary>The projection back: intermediate_size → hidden_size.</summary>
    public CastedLinear down_proj { get; }

    /// <summary>Draws the weights.</summary>
    /// <param name="hidden_size">Size of the last axis of input and output.</param>
    /// <param name="intermediate_size">Number of gated features.</param>
    /// <param name="kernel">Positions that the convolution sees.</param>
    /// <param name="dtype">Floating-point dtype of the parameters.</param>
    /// <param name="device">Where the parameters live; the CPU by default.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    public ConvSwiGLU(long hidden_size, long intermediate_size, long kernel, ScalarType dtype, Device? device = null) : base(nameof(ConvSwiGLU))
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(hidden_size);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(intermediate_size);
        gate_up_proj = new CastedLinear(hidden_size, 2 * intermediate_size, bias: false, dtype, device);
        dwconv = new DepthwiseConv(intermediate_size, kernel, dtype, device);
        down_proj = new CastedLinear(intermediate_size, hidden_size, bias: false, dtype, device);
        register_module(nameof(gate_up_proj), gate_up_proj);
        register_module(nameof(dwconv), dwconv);
        register_module(nameof(down_proj), down_proj);
    }

    /// <summary>Applies the network.</summary>
    /// <param name="x">[B, L, hidden_size], any floating-point dtype.</param>
    /// <returns>The same shape and dtype.</returns>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var halves = gate_up_proj.forward(x).chunk(2, -1);
        return down_proj.forward(dwconv.forward(halves[0].silu().mul(halves[1])).silu()).MoveToOuterDisposeScope();
    }
}

/// <summary>A convolution along positions in which every feature has a kernel of its own; position t sees t - kernel + 1 to t.</summary>
public sealed class DepthwiseConv : ExplicitModule<Tensor, Tensor>
{
    private readonly long _kernel;

    /// <summary>The kernels, [features, 1, kernel]; the last tap is that of the position itself.</summary>
    public Parameter weight { get; private set; }

    /// <summary>The bias, [features].</summary>
    public Parameter bias { get; private set; }

    /// <summary>Draws kernels and bias as PyTorch's Conv1d does: uniform between ±1/sqrt(kernel).</summary>
    /// <param name="features">Size of the last axis of input and output.</param>
    /// <param name="kernel">Positions that it sees.</param>
    /// <param name="dtype">Floating-point dtype of the parameters.</param>
    /// <param name="device">Where the parameters live; the CPU by default.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    public DepthwiseConv(long features, long kernel, ScalarType dtype, Device? device = null) : base(nameof(DepthwiseConv))
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(features);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(kernel);
        _kernel = kernel;
        var bound = 1 / Math.Sqrt(kernel);
        using var _ = no_grad();
        weight = Initialization.parameter(empty([features, 1, kernel], dtype, device).uniform_(-bound, bound));
        bias = Initialization.parameter(empty([features], dtype, device).uniform_(-bound, bound));
        register_parameter(nameof(weight), weight);
        register_parameter(nameof(bias), bias);
    }

    /// <summary>Convolves along the second axis.</summary>
    /// <param name="x">[B, L, features], any floating-point dtype.</param>
    /// <returns>The same shape and dtype.</returns>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var length = x.size(1);
        var taps = weight.to(x.dtype).squeeze(1);

        // A handful of shifted products instead of conv1d: no transposition, and each is one pass over memory.
        var sum = bias.to(x.dtype).addcmul(x, taps.select(1, _kernel - 1), 1);
        for (var back = 1; back < Math.Min(_kernel, length); back++)
        {
            var shifted = nn.functional.pad(x.narrow(1, 0, length - back), [0, 0, back, 0]);
            sum = sum.addcmul(shifted, taps.select(1, _kernel - 1 - back), 1);
        }

        return sum.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Moves the tensors without the base method's reflection, which ahead-of-time compilation would trim.
    /// </summary>
    protected override void _toEpilog(ScalarType? dtype, Device? device, bool non_blocking)
    {
        if (ReplaceParameter(dtype, device, weight, out var moved))
        {
            weight.Dispose();
            weight = moved!;
            ConditionallyRegisterParameter(nameof(weight), weight);
        }
        if (ReplaceParameter(dtype, device, bias, out moved))
        {
            bias.Dispose();
            bias = moved!;
            ConditionallyRegisterParameter(nameof(bias), bias);
        }
        (_deviceType, _deviceIndex) = device is null ? (_deviceType, _deviceIndex) : (device.type, device.index);
    }
}
