using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Parsing;

namespace HrmGen.Compiler.Language;

/// <summary>Follows <c>extends</c> from a spec to the end of its chain.</summary>
internal static class Bases
{
    /// <summary>Files of one chain at most, the spec itself and a preset included.</summary>
    public const int MaxChain = 32;

    /// <summary>The spec and its bases, nearest first; null after a reported error.</summary>
    /// <remarks>
    /// A spec answers for its own <c>extends</c> only. Where the chain breaks further on, the file that breaks it has the error, and
    /// the specs above it are told no more than that their base has errors.
    /// </remarks>
    public static IReadOnlyList<ParsedSpec>? Chain(ParsedSpec spec, SpecIndex index, Action<SpecDiagnostic> report)
    {
        var chain = new List<ParsedSpec> { spec };
        for (var at = spec; Extends(at) is { } extends; at = chain[chain.Count - 1])
        {
            var problem = Step(at, extends, index, chain, out var next);
            if (problem is not null)
            {
                report(at == spec || problem.Rule == Rules.ExtendsCycle || problem.Rule == Rules.TooLarge
                    ? problem
                    : SpecDiagnostic.At(Rules.BrokenBase, "extends", ((SpecScalar)Extends(spec)!).Text));
                return null;
            }

            chain.Add(next!);
        }

        return chain;
    }

    private static SpecNode? Extends(ParsedSpec spec) => spec.Root!["extends"] is { } node and not SpecScalar { IsNull: true } ? node : null;

    private static SpecDiagnostic? Step(ParsedSpec at, SpecNode extends, SpecIndex index, List<ParsedSpec> chain, out ParsedSpec? next)
    {
        next = null;
        if (extends is not SpecScalar { Text: var text })
        {
            return SpecDiagnostic.At(Rules.WrongType, "extends", "extends", "one base: a preset, or the path of a spec file", extends.Kind);
        }

        next = SpecPaths.IsFile(text) && !SpecPaths.IsRooted(text) ? index.Find(SpecPaths.Resolve(at.Path, text)) : Presets.Find(text);
        if (next is null)
        {
            return SpecDiagnostic.At(Rules.UnknownBase, "extends", text, Hint(at, text, index));
        }

        if (chain.IndexOf(next) is >= 0 and var start)
        {
            // A spec that leads into a circle is no part of it.
            return start == 0
                ? SpecDiagnostic.At(Rules.ExtendsCycle, "extends", string.Join(" -> ", chain.Concat([next]).Select(s => SpecPaths.FileName(s.Path))))
                : SpecDiagnostic.At(Rules.BrokenBase, "extends", ((SpecScalar)Extends(chain[0])!).Text);
        }

        if (next.Root is null || !Linker.IsKnownVersion(next.Root))
        {
            return SpecDiagnostic.At(Rules.BrokenBase, "extends", text);
        }

        if (chain.Count == MaxChain)
        {
            return SpecDiagnostic.At(Rules.TooLarge, "extends", $"'extends' leads through more than {MaxChain} files");
        }

        return next.Root["matrix"] is null or SpecScalar { IsNull: true } ? null : SpecDiagnostic.At(Rules.MatrixBase, "extends", text);
    }

    private static string Hint(ParsedSpec at, string text, SpecIndex index)
    {
        if (!SpecPaths.IsFile(text))
        {
            var near = Presets.Find(Presets.Scheme + text) is null ? Suggestions.Nearest(text, Presets.Names) : Presets.Scheme + text;
            return near is null ? $" (the presets are {string.Join(", ", Presets.Names)}; a file is named by its path, as in bases/small.hrm.yaml)" : $" (did you mean '{near}'?)";
        }

        var others = index.Specs.Where(s => s.Path != at.Path).Select(s => SpecPaths.Between(at.Path, s.Path)).ToList();
        var best = Suggestions.Nearest(SpecPaths.Normal(text), others)
            ?? others.OrderBy(o => o, StringComparer.Ordinal).FirstOrDefault(o => SpecPaths.FileName(o) == SpecPaths.FileName(text))
            ?? SameName(SpecPaths.FileName(text), others);
        return best is null
            ? " among the spec files of this project (a path starts at the folder of the file that says it)"
            : $" among the spec files of this project (did you mean '{best}'?)";
    }

    private static string? SameName(string name, IReadOnlyCollection<string> files) =>
        Suggestions.Nearest(name, files.Select(SpecPaths.FileName)) is { } near ? files.OrderBy(f => f, StringComparer.Ordinal).First(f => SpecPaths.FileName(f) == near) : null;
}
