using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Language.Blocks;

/// <summary>The feed-forwards of the language. A new one is a row here, its code in <c>Emit/Blocks/FeedForwardCode.cs</c> and its layer in the runtime.</summary>
internal static class FeedForwards
{
    public static readonly PartKind SwiGlu = new("swiglu", "a gated linear unit", input =>
    {
        var width = BlockShape.SwiGluWidth(input.HiddenSize, input.Expansion);
        var features = (long)width * input.Positions;
        return new("swiglu", EquatableArray.Of(Width(width)), Cost(input, width)) { Fused = new(2 * features, features, input.Positions) };
    });

    public static readonly PartKind ConvSwiGlu = new("conv_swiglu", "the same, with a short depthwise convolution over positions behind the gate (URM)", input =>
    {
        var (width, kernel) = (BlockShape.SwiGluWidth(input.HiddenSize, input.Expansion), input.Block.Int("conv_kernel", 2));
        var (cost, features) = (Cost(input, width), (long)width * input.Positions);
        return new(
            "conv_swiglu",
            EquatableArray.Of(Width(width), new PartSize("conv_kernel", kernel, "Positions that the depthwise convolution sees (block.conv_kernel).")),
            new(cost.Parameters + ((long)width * kernel) + width, cost.Flops + (2 * kernel * features), cost.Activations + (2 * features)));
    },
    new Key("conv_kernel", new IntegerType(1, 64), "Positions that the convolution of 'conv_swiglu' sees.", "2"));

    public static readonly IReadOnlyList<PartKind> All = [SwiGlu, ConvSwiGlu];

    private static PartSize Width(int width) => new("intermediate_size", width, "Width of the SwiGLU over channels, from block.expansion.");

    // Of gate, up and down projection; the backward reads the norm's and the products' inputs, the gate and the gated features.
    private static PartCost Cost(PartInput input, long width)
    {
        var (h, l) = ((long)input.HiddenSize, (long)input.Positions);
        return new(3 * h * width, 2 * l * 3 * h * width, l * ((2 * h) + (4 * width)));
    }
}
