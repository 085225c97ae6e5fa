using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Emit.Blocks;

/// <summary>The code of each feed-forward (the table is <c>Language/Blocks/FeedForwards.cs</c>).</summary>
internal static class FeedForwardCode
{
    public static PartCode Of(BlockShape block) => block.FeedForward.Kind switch
    {
        "swiglu" => new("SwiGLU", "SwiGLU", "mlp", "hidden_size, intermediate_size") { Fused = "FusedSwiGLU" },
        "conv_swiglu" => new("ConvSwiGLU", "ConvSwiGLU", "mlp", "hidden_size, intermediate_size, conv_kernel"),
        var kind => throw new InvalidOperationException($"The feed-forward '{kind}' has no code"),
    };
}
