using static TorchSharp.torch;

namespace HrmGen.Layers;

/// <summary>
/// Bidirectional multi-head self-attention without mask, bias or dropout; scores are scaled by 1/sqrt(head_dim).
/// <c>head_dim · num_heads</c> need not equal <c>hidden_size</c>.
/// </summary>
/// <remarks>Source: <c>Attention</c> in <c>models/layers.py</c> of HRM and TRM.</remarks>
public sealed class Attention : ExplicitModule<Tensor, Tensor>
{
    private readonly long _headDim;
    private readonly long _heads;

    /// <summary>Number of heads.</summary>
    internal int Heads => (int)_heads;

    /// <summary>Size of a head.</summary>
    internal int HeadDim => (int)_headDim;

    /// <summary>Queries, keys and values: hidden_size → 3 · num_heads · head_dim, ordered [q heads | k heads | v heads].</summary>
    public CastedLinear qkv_proj { get; }

    /// <summary>The output projection: num_heads · head_dim → hidden_size.</summary>
    public CastedLinear o_proj { get; }

    /// <summary>Draws the weights of both projections.</summary>
    /// <param name="hidden_size">Size of the last axis of input and output.</param>
    /// <param name="head_dim">Size of a head.</param>
    /// <param name="num_heads">Number of heads.</param>
    /// <param name="dtype">Floating-point dtype of the parameters.</param>
    /// <param name="device">Where the parameters live; the CPU by default.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    public Attention(long hidden_size, long head_dim, long num_heads, ScalarType dtype, Device? device = null) : base(nameof(Attention))
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(hidden_size);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(head_dim);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(num_heads);
        _headDim = head_dim;
        _heads = num_heads;
        qkv_proj = new CastedLinear(hidden_size, 3 * num_heads * head_dim, bias: false, dtype, device);
        o_proj = new CastedLinear(num_heads * head_dim, hidden_size, bias: false, dtype, device);
        register_module(nameof(qkv_proj), qkv_proj);
        register_module(nameof(o_proj), o_proj);
    }

    /// <summary>Attends without position embedding.</summary>
    /// <param name="x">[B, L, hidden_size], any floating-point dtype.</param>
    /// <returns>The same shape and dtype.</returns>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        long batch = x.size(0), length = x.size(1);
        var qkv = qkv_proj.forward(x).view(batch, length, 3 * _heads, _headDim).transpose(1, 2);
        return Attend(qkv.narrow(1, 0, _heads), qkv.narrow(1, _heads, _heads), qkv.narrow(1, 2 * _heads, _heads), batch, length)
            .MoveToOuterDisposeScope();
    }

    /// <summary>Attends with rotated queries and keys.</summary>
    /// <param name="x">[B, L, hidden_size], any floating-point dtype.</param>
    /// <param name="rotary_emb">Tables for at least L positions of <c>head_dim</c> features.</param>
    /// <returns>The same shape and dtype.</returns>
    /// <exception cref="ArgumentException">The tables are too short or of another head dimension.</exception>
    public Tensor forward(Tensor x, RotaryEmbedding rotary_emb)
    {
        using var scope = NewDisposeScope();
        long batch = x.size(0), length = x.size(1);
        var qkv = qkv_proj.forward(x).view(batch, length, 3 * _heads, _headDim);
        // Queries and keys are neighbours and turn by the same angles: one rotation does both.
        var qk = rotary_emb.Rotate(qkv.narrow(2, 0, 2 * _heads)).transpose(1, 2);
        var v = qkv.narrow(2, 2 * _heads, _heads).transpose(1, 2);
        return Attend(qk.narrow(1, 0, _heads), qk.narrow(1, _heads, _heads), v, batch, length).MoveToOuterDisposeScope();
    }

    private Tensor Attend(Tensor q, Tensor k, Tensor v, long batch, long length)
    {
        var attended = nn.functional.scaled_dot_product_attention(q, k, v, is_casual: false);
        return o_proj.forward(attended.transpose(1, 2).reshape(batch, length, _heads * _headDim));
    }
}
