using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Emit;

/// <summary>Self-attention, with rotary positions where the spec has them.</summary>
internal sealed class AttentionEmitter(ArchitectureModel model) : IMixerEmitter
{
    private readonly bool rope = model.Block.Positions == PositionEncoding.Rope;

    public string Symbol => "Attention";

    public IEnumerable<string> Fields => rope ? ["Attention self_attn", "RotaryEmbedding rotary_emb"] : ["Attention self_attn"];

    public IEnumerable<string> Modules => ["self_attn"];

    public IEnumerable<string> ConstructorParameters => rope ? ["RotaryEmbedding rotary_emb"] : [];

    public IEnumerable<string> Construction(string dtype)
    {
        yield return $"self_attn = new Attention(hidden_size, head_dim, num_heads, {dtype}, device);";
        if (rope)
        {
            // One table serves all layers: the model registers it, the layers only read it.
            yield return "this.rotary_emb = rotary_emb;";
        }
    }

    public IEnumerable<string> Forward(string norm)
    {
        var attention = rope ? "self_attn.forward(h, rotary_emb)" : "self_attn.forward(h)";
        yield return $"h = {norm}(h + {attention}, rms_norm_eps, {Shared.Of(model.Precision.Internal)});";
    }
}
