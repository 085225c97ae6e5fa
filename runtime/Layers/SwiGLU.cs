using static TorchSharp.torch;

namespace HrmGen.Layers;

/// <summary>A gated feed-forward on the last axis (official models/layers.py, <c>SwiGLU</c>).</summary>
public sealed class SwiGLU : ExplicitModule<Tensor, Tensor>
{
    private readonly long width;

    /// <summary>Creates the layer.</summary>
    public SwiGLU(long hidden_size, long intermediate_size, ScalarType dtype, Device? device = null)
        : base(nameof(SwiGLU))
    {
        width = intermediate_size;
        gate_up_proj = new CastedLinear(hidden_size, 2 * intermediate_size, false, dtype, device);
        down_proj = new CastedLinear(intermediate_size, hidden_size, false, dtype, device);
        register_module(nameof(gate_up_proj), gate_up_proj);
        register_module(nameof(down_proj), down_proj);
    }

    /// <summary>hidden_size to the gate and what it gates, in this order.</summary>
    public CastedLinear gate_up_proj { get; }

    /// <summary>intermediate_size back to hidden_size.</summary>
    public CastedLinear down_proj { get; }

    /// <summary>down_proj(silu(gate) * up).</summary>
    /// <param name="x"><c>[..., hidden_size]</c>.</param>
    /// <returns>The same shape and format.</returns>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var both = gate_up_proj.forward(x);
        var gated = nn.functional.silu(both.narrow(-1, 0, width)) * both.narrow(-1, width, width);
        return down_proj.forward(gated).MoveToOuterDisposeScope();
    }
}
