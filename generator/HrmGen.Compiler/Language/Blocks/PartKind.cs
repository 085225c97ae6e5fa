using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Language.Blocks;

/// <summary>One kind of mixer or feed-forward: its word, its own keys, and what it makes of them.</summary>
/// <param name="Name">The word in the spec.</param>
/// <param name="Doc">For the reference, in the middle of a sentence.</param>
/// <param name="Bind">Makes the part; reports what is wrong with its keys.</param>
/// <param name="Keys">The keys of <c>block</c> that belong to it alone.</param>
internal sealed record PartKind(string Name, string Doc, Func<PartInput, BlockPart> Bind, params Key[] Keys)
{
    /// <summary>Whether rotary positions work inside of it; its part then has a size 'head_dim'.</summary>
    public bool IsRotary { get; init; }
}

/// <summary>What a part is made from.</summary>
/// <param name="Block">The mapping <c>block</c>.</param>
/// <param name="HiddenSize">Channels.</param>
/// <param name="Positions">Length of the sequence.</param>
/// <param name="Expansion">Of <c>block.expansion</c>.</param>
/// <param name="Diagnostics">Takes what is wrong.</param>
internal sealed record PartInput(Section Block, int HiddenSize, int Positions, double Expansion, List<SpecDiagnostic> Diagnostics);
