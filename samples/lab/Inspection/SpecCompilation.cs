using HrmGen.Compiler;
using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Language;
using HrmGen.Compiler.Model;
using HrmGen.Compiler.Parsing;

namespace HrmGen.Lab.Inspection;

/// <summary>A model as the compiler sees it: merged, and lowered.</summary>
/// <param name="Merged">The spec with its bases merged in.</param>
/// <param name="Lowered">What it compiles to.</param>
internal sealed record CompiledSpec(LinkedSpec Merged, LoweredModel Lowered)
{
    public ArchitectureModel Architecture => Lowered.Architecture;

    public ModelSizes Sizes => Lowered.Sizes;
}

/// <summary>Compiles spec files from the disk, in this process, with the steps that the generator takes in a build.</summary>
internal static class SpecCompilation
{
    /// <summary>Findings with their places, and the models where none of them is an error.</summary>
    internal sealed record Outcome(IReadOnlyList<CompiledSpec> Models, IReadOnlyList<string> Findings, bool Failed);

    /// <summary>The model that a source means, its findings printed; null after errors.</summary>
    /// <exception cref="HrmGenException">The file is no model, or holds several and none is named.</exception>
    public static CompiledSpec? Load(SpecSource source, TextWriter error)
    {
        var outcome = Compile(source.Path, File.ReadAllText(source.Path));
        foreach (var finding in outcome.Findings)
        {
            error.WriteLine(finding);
        }

        return outcome.Failed ? null : Pick(source, outcome.Models);
    }

    /// <summary>Compiles a text as if it stood at a path; what it extends is read from the disk.</summary>
    public static Outcome Compile(string path, string text)
    {
        var (project, file) = (new ProjectOptions(Directory.GetCurrentDirectory(), "HrmGen.Inspected"), SpecFileOptions.None);
        var texts = new Dictionary<string, string>(StringComparer.Ordinal) { [path] = text };
        var chain = Chain(path, texts);
        var own = chain[0];

        // The files beside it are there for "did you mean", and have no say in names: a folder of drafts is no compilation.
        var index = new SpecIndex(chain.Concat(Beside(path, texts)), [HrmCompiler.Claim(own, project, file)]);
        var links = chain.Select(s => (s.Path, Link: HrmCompiler.Link(s, index, project, file))).ToList();
        var lowered = links.Select(l => l.Link.Specs.Select(s => (Spec: s, Result: HrmCompiler.Lower(s))).ToList()).ToList();
        var findings = HrmCompiler.Locate(links, links.Zip(lowered).SelectMany(p => p.Second.Select(r => new SpecFindings(p.First.Path, r.Result.Diagnostics))));
        return new(
            [.. lowered[0].Where(r => r.Result.Value is not null).Select(r => new CompiledSpec(r.Spec, r.Result.Value!))],
            [.. findings.Select(f => Line(f, texts))],
            findings.Any(f => f.Rule.Severity == Severity.Error));
    }

    private static CompiledSpec Pick(SpecSource source, IReadOnlyList<CompiledSpec> models)
    {
        var names = string.Join(", ", models.Select(m => m.Architecture.Name));
        return models.Count == 0 ? throw new HrmGenException($"{source.Path} says 'abstract: true': it is a base for others, and no model by itself; name a spec that extends it")
            : source.Model is null && models.Count == 1 ? models[0]
            : source.Model is null ? throw new HrmGenException($"{source.Path} holds several models; add one of them behind a #: {names}")
            : models.FirstOrDefault(m => m.Architecture.Name == source.Model)
                ?? throw new HrmGenException($"{source.Path} holds no model '{source.Model}'{Suggestions.DidYouMean(source.Model, models.Select(m => m.Architecture.Name))}; it holds {names}");
    }

    // The spec and the files that it extends, nearest first. What is missing, or goes in a circle, the linker tells of.
    private static List<ParsedSpec> Chain(string path, Dictionary<string, string> texts)
    {
        var chain = new List<ParsedSpec> { HrmCompiler.Parse(path, texts[path]) };
        while (chain[^1] is { Root: { } root } last && root["extends"] is SpecScalar { IsNull: false, Text: var text }
            && SpecPaths.IsFile(text) && !SpecPaths.IsRooted(text) && chain.Count <= Bases.MaxChain)
        {
            var next = SpecPaths.Resolve(last.Path, text);
            if (texts.ContainsKey(next) || !File.Exists(next))
            {
                break;
            }

            chain.Add(HrmCompiler.Parse(next, texts[next] = File.ReadAllText(next)));
        }

        return chain;
    }

    private static List<ParsedSpec> Beside(string path, Dictionary<string, string> texts) =>
    [
        .. Directory.EnumerateFiles(Path.GetDirectoryName(path)!, "*.hrm.yaml")
            .Where(f => !texts.ContainsKey(f))
            .Select(f => HrmCompiler.Parse(f, "")),
    ];

    private static string Line(LocatedDiagnostic finding, Dictionary<string, string> texts)
    {
        var (line, column) = (1, 1);
        var before = texts.TryGetValue(finding.Span.Path, out var text) ? text.AsSpan(0, Math.Min(finding.Span.Start, text.Length)) : [];
        for (var i = 0; i < before.Length; i++)
        {
            var ends = before[i] == '\n' || (before[i] == '\r' && (i + 1 == text!.Length || text[i + 1] != '\n'));
            (line, column) = ends ? (line + 1, 1) : (line, column + 1);
        }

        var severity = finding.Rule.Severity == Severity.Error ? "error" : "warning";
        return FormattableString.Invariant($"{Shown(finding.Span.Path)}({line},{column}): {severity} {finding.Rule.Id}: {finding.Message}");
    }

    private static string Shown(string path)
    {
        var relative = path.StartsWith(Presets.Scheme, StringComparison.Ordinal) ? path : Path.GetRelativePath(Directory.GetCurrentDirectory(), path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }
}
