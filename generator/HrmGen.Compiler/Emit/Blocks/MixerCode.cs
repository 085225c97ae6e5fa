using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Emit.Blocks;

/// <summary>The code of each mixer (the table is <c>Language/Blocks/Mixers.cs</c>).</summary>
internal static class MixerCode
{
    public static PartCode Of(BlockShape block) => block.Mixer.Kind switch
    {
        "attention" => new("Attention", "Attention", "self_attn", "hidden_size, head_dim, num_heads") { IsRotary = block.IsRotary, Fused = "FusedAttention" },

        // TRM-MLP's norm goes over positions too (official trm.py, mlp_t).
        "mlp" => new("SwiGLU over positions", "SwiGLU", "mlp_t", "positions, mixer_intermediate_size") { IsTransposed = true, Fused = "FusedSwiGLU" },
        var kind => throw new InvalidOperationException($"The mixer '{kind}' has no code"),
    };
}
