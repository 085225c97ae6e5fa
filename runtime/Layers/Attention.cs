using static TorchSharp.torch;

namespace HrmGen.Layers;

/// <summary>Bidirectional self-attention (official models/layers.py, <c>Attention</c>): one projection for queries, keys and values, no mask.</summary>
public sealed class Attention : ExplicitModule<Tensor, Tensor>
{
    private readonly long headDim;
    private readonly long numHeads;

    /// <summary>Creates the layer; heads times their size need not be the hidden size.</summary>
    public Attention(long hidden_size, long head_dim, long num_heads, ScalarType dtype, Device? device = null)
        : base(nameof(Attention))
    {
        (headDim, numHeads) = (head_dim, num_heads);
        qkv_proj = new CastedLinear(hidden_size, 3 * num_heads * head_dim, false, dtype, device);
        o_proj = new CastedLinear(num_heads * head_dim, hidden_size, false, dtype, device);
        register_module(nameof(qkv_proj), qkv_proj);
        register_module(nameof(o_proj), o_proj);
    }

    /// <summary>hidden_size to queries, keys and values of all heads, in this order.</summary>
    public CastedLinear qkv_proj { get; }

    /// <summary>All heads back to hidden_size.</summary>
    public CastedLinear o_proj { get; }

    /// <summary>Attention without positions.</summary>
    /// <param name="x"><c>[B, L, hidden_size]</c>.</param>
    /// <returns>The same shape and format.</returns>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var (b, l) = (x.size(0), x.size(1));
        var qkv = qkv_proj.forward(x).view(b, l, 3, numHeads, headDim).permute(2, 0, 3, 1, 4).unbind(0); // [B, heads, L, head_dim] each
        return Mix(qkv[0], qkv[1], qkv[2], b, l).MoveToOuterDisposeScope();
    }

    /// <summary>Attention with rotary positions on queries and keys.</summary>
    /// <param name="x"><c>[B, L, hidden_size]</c>.</param>
    /// <param name="rotary_emb">The tables.</param>
    /// <returns>The same shape and format.</returns>
    public Tensor forward(Tensor x, RotaryEmbedding rotary_emb)
    {
        using var scope = NewDisposeScope();
        var (b, l) = (x.size(0), x.size(1));
        var qkv = qkv_proj.forward(x).view(b, l, 3 * numHeads, headDim);

        // Queries and keys lie side by side: one rotation turns both.
        var turned = rotary_emb.Rotate(qkv.narrow(2, 0, 2 * numHeads)).transpose(1, 2); // [B, 2 * heads, L, head_dim]
        var q = turned.narrow(1, 0, numHeads);
        var k = turned.narrow(1, numHeads, numHeads);
        var v = qkv.narrow(2, 2 * numHeads, numHeads).transpose(1, 2);
        return Mix(q, k, v, b, l).MoveToOuterDisposeScope();
    }

    private Tensor Mix(Tensor q, Tensor k, Tensor v, long b, long l)
    {
        var mixed = nn.functional.scaled_dot_product_attention(q, k, v); // [B, heads, L, head_dim]
        return o_proj.forward(mixed.transpose(1, 2).reshape(b, l, numHeads * headDim));
    }
}
