using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Language.Blocks;

/// <summary>The mixers of the language. A new one is a row here, its code in <c>Emit/Blocks/MixerCode.cs</c> and its layer in the runtime.</summary>
internal static class Mixers
{
    public static readonly PartKind Attention = new(
        "attention", "self-attention over all positions", BindAttention,
        new Key("num_heads", new IntegerType(1, 1024), "Attention heads.", "required with attention"),
        new Key("head_dim", new IntegerType(1, 4096), "Channels of a head.", "hidden_size / num_heads"))
    {
        IsRotary = true,
    };

    public static readonly PartKind Mlp = new("mlp", "a SwiGLU over positions (TRM-MLP)", input =>
    {
        var (width, h, l) = (BlockShape.SwiGluWidth(input.Positions, input.Expansion), (long)input.HiddenSize, (long)input.Positions);
        return new(
            "mlp",
            EquatableArray.Of(new PartSize("mixer_intermediate_size", width, "Width of the SwiGLU over positions, from block.expansion.")),
            new(3 * l * width, 2 * h * 3 * l * width, (2 * h * l) + (4 * h * width)))
        {
            Fused = new(2 * h * width, h * width, h) { SharedFactors = h },
        };
    });

    public static readonly IReadOnlyList<PartKind> All = [Attention, Mlp];

    // The two products of queries, keys and values come on top of the projections.
    private static BlockPart BindAttention(PartInput input)
    {
        var (heads, headDim) = HeadSizes(input);
        var (h, l, width) = ((long)input.HiddenSize, (long)input.Positions, (long)heads * headDim);
        return new(
            "attention",
            EquatableArray.Of(new PartSize("num_heads", heads, "Attention heads (block.num_heads)."), new PartSize("head_dim", headDim, "Channels of a head (block.head_dim).")),
            new(4 * h * width, (2 * l * 4 * h * width) + (4 * l * l * width), l * ((2 * h) + (6 * width))))
        {
            // Queries, keys and values, the probabilities and what heads give; once more as gradients.
            Fused = new(FusedNumbers(l, heads, width), FusedNumbers(l, heads, width), l) { Gathered = 3 * l * width },
        };
    }

    private static long FusedNumbers(long positions, long heads, long width) => positions * ((4 * width) + (heads * positions));

    private static (int Heads, int HeadDim) HeadSizes(PartInput input)
    {
        var (block, hidden) = (input.Block, input.HiddenSize);
        if (block["num_heads"] is null)
        {
            input.Diagnostics.Add(SpecDiagnostic.AtKey(Rules.MissingKey, block.Path, "Block", "num_heads", "attention needs the number of heads"));
            return (1, 4);
        }

        var heads = block.Int("num_heads", 1);
        if (block["head_dim"] is not null)
        {
            return (heads, block.Int("head_dim", 1));
        }

        if (hidden % heads != 0)
        {
            input.Diagnostics.Add(SpecDiagnostic.At(Rules.NotDivisible, block.At("num_heads"), hidden, heads));
            return (heads, 4);
        }

        return (heads, hidden / heads);
    }
}
