namespace HrmGen.Compiler.Emit.Blocks;

/// <summary>A part of a layer as C#.</summary>
/// <param name="Symbol">Its name in formulas.</param>
/// <param name="Type">The runtime layer: a module from <c>Tensor</c> to <c>Tensor</c>, [B, positions, hidden_size] to the same shape.</param>
/// <param name="Field">Field and checkpoint name.</param>
/// <param name="Arguments">What its constructor takes before dtype and device.</param>
internal sealed record PartCode(string Symbol, string Type, string Field, string Arguments)
{
    /// <summary>True where it works along positions: it and its norm see [B, hidden_size, positions].</summary>
    public bool IsTransposed { get; init; }

    /// <summary>The runtime class of its fused form, or null where it has none.</summary>
    public string? Fused { get; init; }

    /// <summary>True where its forward takes the rotary table too.</summary>
    public bool IsRotary { get; init; }
}
