namespace HrmGen.Compiler.Model;

/// <summary>How positions are told apart.</summary>
public enum PositionEncoding
{
    /// <summary>Rotary, inside attention.</summary>
    Rope,

    /// <summary>Rotary over rows and columns, half of a head's channels each.</summary>
    Rope2D,

    /// <summary>Learned vectors, added to the input.</summary>
    Learned,

    /// <summary>Not at all.</summary>
    None,
}

/// <summary>One layer: a mixer over positions and a feed-forward over channels, each with a residual connection and a norm.</summary>
/// <param name="HiddenSize">Channels.</param>
/// <param name="Mixer">What mixes positions.</param>
/// <param name="FeedForward">What works on the channels of a position.</param>
/// <param name="PreNorm">The norm stands before each part, and once more behind the last layer; otherwise behind each residual.</param>
/// <param name="Positions">How positions are told apart.</param>
/// <param name="RopeTheta">Base of the rotary frequencies.</param>
/// <param name="RmsNormEps">Added to the mean square.</param>
public sealed record BlockShape(
    int HiddenSize, BlockPart Mixer, BlockPart FeedForward, bool PreNorm, PositionEncoding Positions, double RopeTheta, double RmsNormEps)
{
    /// <summary>True where queries and keys are rotated.</summary>
    public bool IsRotary => Positions is PositionEncoding.Rope or PositionEncoding.Rope2D;

    /// <summary>
    /// Width of a SwiGLU: two thirds of <c>expansion * size</c>, rounded half to even, then up to a multiple of 256
    /// (official models/layers.py, <c>SwiGLU</c>).
    /// </summary>
    public static int SwiGluWidth(int size, double expansion)
    {
        var width = (long)Math.Round(expansion * size * 2 / 3, MidpointRounding.ToEven);
        return (int)((width + 255) / 256 * 256);
    }
}

/// <summary>A part of a layer, as its row among the mixers or feed-forwards of the language made it.</summary>
/// <param name="Kind">The word in the spec.</param>
/// <param name="Sizes">What emitted code needs to know of it, by the names of the emitted constants.</param>
/// <param name="Cost">What it costs.</param>
public sealed record BlockPart(string Kind, EquatableArray<PartSize> Sizes, PartCost Cost)
{
    /// <summary>What its fused form works in, or null where it has none.</summary>
    public FusedMemory? Fused { get; init; }

    /// <summary>A size by its name.</summary>
    public int this[string name] => Sizes.First(s => s.Name == name).Value;
}

/// <summary>A whole number that shapes a part.</summary>
/// <param name="Name">Of the emitted constant.</param>
/// <param name="Value">Its value.</param>
/// <param name="Doc">One sentence for the emitted constant.</param>
public sealed record PartSize(string Name, int Value, string Doc);

/// <summary>What a part costs in one layer.</summary>
/// <param name="Parameters">Trained numbers.</param>
/// <param name="Flops">Operations in its products on one example, 2 a multiply-add.</param>
/// <param name="Activations">Numbers that its backward reads again, for one example, the norm's input included.</param>
public sealed record PartCost(long Parameters, long Flops, long Activations);

/// <summary>
/// What the kernels of a part and of the norm behind it work in, in numbers for one example. The runtime's <c>Fused*</c> classes ask for the
/// same when they are made; a test holds the two together.
/// </summary>
/// <param name="Kept">What every recorded call keeps for the backward, in the format of the forward pass.</param>
/// <param name="Shared">What all calls share.</param>
/// <param name="Factors">The norm's factors, which every recorded call keeps, in the format that kernels compute in.</param>
public sealed record FusedMemory(long Kept, long Shared, long Factors)
{
    /// <summary>What all calls share besides in bfloat16, whose products want the rows of a head together.</summary>
    public long Gathered { get; init; }

    /// <summary>What all calls share in the format that kernels compute in.</summary>
    public long SharedFactors { get; init; }
}
