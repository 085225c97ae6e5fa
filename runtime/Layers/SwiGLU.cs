using static TorchSharp.torch;

namespace HrmGen.Layers;

/// <summary>A gated feed-forward network on the last axis: down_proj(silu(gate) · up).</summary>
/// <remarks>
/// Source: <c>SwiGLU</c> in <c>models/layers.py</c> of HRM and TRM. The intermediate size is an argument: how it follows from an
/// expansion factor is the spec's business.
/// </remarks>
public sealed class SwiGLU : ExplicitModule<Tensor, Tensor>
{
    /// <summary>Gate and up projection in one: hidden_size → 2 · intermediate_size, ordered [gate | up].</summary>
    public CastedLinear gate_up_proj { get; }

    /// <summary>The projection back: intermediate_size → hidden_size.</summary>
    public CastedLinear down_proj { get; }

    /// <summary>Draws the weights of both projections.</summary>
    /// <param name="hidden_size">Size of the last axis of input and output.</param>
    /// <param name="intermediate_size">Number of gated features.</param>
    /// <param name="dtype">Floating-point dtype of the parameters.</param>
    /// <param name="device">Where the parameters live; the CPU by default.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    public SwiGLU(long hidden_size, long intermediate_size, ScalarType dtype, Device? device = null) : base(nameof(SwiGLU))
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(hidden_size);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(intermediate_size);
        gate_up_proj = new CastedLinear(hidden_size, 2 * intermediate_size, bias: false, dtype, device);
        down_proj = new CastedLinear(intermediate_size, hidden_size, bias: false, dtype, device);
        register_module(nameof(gate_up_proj), gate_up_proj);
        register_module(nameof(down_proj), down_proj);
    }

    /// <summary>Applies the network to the last axis.</summary>
    /// <param name="x">[..., hidden_size], any floating-point dtype.</param>
    /// <returns>The same shape and dtype.</returns>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var halves = gate_up_proj.forward(x).chunk(2, -1);
        return down_proj.forward(halves[0].silu().mul(halves[1])).MoveToOuterDisposeScope();
    }
}
