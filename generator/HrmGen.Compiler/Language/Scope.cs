using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Language;

/// <summary>The names that an equation can mean.</summary>
internal sealed class Scope
{
    public Dictionary<string, int> Constants { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, Latent> Latents { get; } = new(StringComparer.Ordinal);

    public HashSet<string> Networks { get; } = new(StringComparer.Ordinal);

    /// <summary>Loop variables around the statement, outermost first.</summary>
    public List<string> LoopVariables { get; } = [];

    /// <summary>Networks that some equation called.</summary>
    public HashSet<string> Called { get; } = new(StringComparer.Ordinal);

    /// <summary>Latents that some equation read or wrote.</summary>
    public HashSet<string> Used { get; } = new(StringComparer.Ordinal);

    public static EquationException Unknown(string what, Token name, IEnumerable<string> candidates) =>
        new(Rules.UnknownSymbol, SpecDiagnostic.Format(Rules.UnknownSymbol, what, name.Text, Suggestions.DidYouMean(name.Text, candidates)), name.Start, name.Length);
}
