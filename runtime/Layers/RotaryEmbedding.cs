using static TorchSharp.torch;

namespace HrmGen.Layers;

/// <summary>Rotary positions (official models/layers.py, <c>RotaryEmbedding</c>): halves are rotated, not neighbours (NeoX).</summary>
public sealed class RotaryEmbedding : nn.Module
{
    private readonly long half;
    private readonly ScalarType dtype;

    /// <summary>Creates the tables; frequencies are computed in the tables' own format.</summary>
    /// <param name="dim">Channels of a head, even.</param>
    /// <param name="max_position_embeddings">Positions of the sequence.</param>
    /// <param name="theta">Base of the frequencies.</param>
    /// <param name="dtype">Format of the tables; float32 in the official code.</param>
    /// <param name="device">Where they live.</param>
    public RotaryEmbedding(long dim, long max_position_embeddings, double theta, ScalarType dtype, Device? device = null)
        : base(nameof(RotaryEmbedding))
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(dim % 2, 0, nameof(dim));
        (half, this.dtype) = (dim / 2, dtype);
        using (NewDisposeScope())
        {
            var table = dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
            var exponents = arange(0, dim, 2, dtype: table) / dim;
            var frequencies = 1.0 / pow(theta, exponents);
            var angles = outer(arange(max_position_embeddings, dtype: table), frequencies);
            var both = cat([angles, angles], -1);
            cos_cached = both.cos().to(dtype).to(device ?? CPU).alias().DetachFromDisposeScope();
            sin_cached = both.sin().to(dtype).to(device ?? CPU).alias().DetachFromDisposeScope();
        }

        register_buffer(nameof(cos_cached), cos_cached, persistent: false);
        register_buffer(nameof(sin_cached), sin_cached, persistent: false);
    }

    /// <summary><c>[positions, head_dim]</c>; the second half repeats the first.</summary>
    public Tensor cos_cached { get; }

    /// <summary><c>[positions, head_dim]</c>.</summary>
    public Tensor sin_cached { get; }

    /// <summary>Registers nothing: the constructor has done it.</summary>
    protected override void RegisterComponents()
    {
    }

    /// <summary>Rotates queries or keys, in the tables' format.</summary>
    /// <param name="x"><c>[B, L, heads, head_dim]</c>, L at most the tables' positions.</param>
    /// <returns>The same shape and format.</returns>
    public Tensor Rotate(Tensor x)
    {
        using var scope = NewDisposeScope();
        var length = x.size(1);
        var cos = (length == cos_cached.size(0) ? cos_cached : cos_cached.narrow(0, 0, length)).unsqueeze(-2);
        var sin = (length == sin_cached.size(0) ? sin_cached : sin_cached.narrow(0, 0, length)).unsqueeze(-2);
        var from = x.dtype;
        var wide = from == dtype ? x : x.to(dtype);
        var rotated = cat([wide.narrow(-1, half, half).neg(), wide.narrow(-1, 0, half)], -1);
        var turned = (wide * cos).addcmul_(rotated, sin, 1);
        return (from == dtype ? turned : turned.to(from)).MoveToOuterDisposeScope();
    }
}
