using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Parsing;

namespace HrmGen.Compiler.Language;

/// <summary>The findings of lowering about one spec.</summary>
/// <param name="Path">Its file. The specs of a matrix come one after the other, in their order.</param>
/// <param name="Items">The findings.</param>
public sealed record SpecFindings(string Path, EquatableArray<SpecDiagnostic> Items);

/// <summary>Decides which file answers for a finding, and where in it.</summary>
/// <remarks>
/// A base's own slips are reported in the base, once, however many specs extend it. What arises in a spec only (because of an override, or
/// because its base is abstract and was never whole) is reported in the spec: at the node itself where the spec wrote it, else at the
/// nearest key around it, else at <c>extends</c>.
/// </remarks>
internal sealed class Attribution(string path, LinkResult link, ILookup<string, EquatableArray<SpecDiagnostic>> findings)
{
    private HashSet<SpecDiagnostic>? basesFindings;

    private HashSet<SpecDiagnostic> BasesFindings => basesFindings ??= new(link.Bases.SelectMany(b => findings[b]).SelectMany(items => items));

    /// <summary>Findings of linking and lowering at their places, in the order of the file.</summary>
    public IEnumerable<LocatedDiagnostic> Locate() =>
        link.Diagnostics.Concat(Merge(findings[path].Select((items, i) => (IReadOnlyList<LocatedDiagnostic>)Locate(items, i)).ToList()))
            .Distinct()
            .OrderBy(d => d.Span.Start)
            .ThenBy(d => d.Rule.Id, StringComparer.Ordinal);

    private List<LocatedDiagnostic> Locate(EquatableArray<SpecDiagnostic> items, int spec)
    {
        if (items.Count == 0)
        {
            return [];
        }

        var locations = link.LocationsOf(spec);
        return items.Select(f => Locate(f, locations)).OfType<LocatedDiagnostic>().Distinct().ToList();
    }

    // One slip in a matrix can meet every model: the first model tells of it.
    private IEnumerable<LocatedDiagnostic> Merge(List<IReadOnlyList<LocatedDiagnostic>> models)
    {
        if (models.Count < 2)
        {
            return models.SelectMany(m => m);
        }

        var having = models.SelectMany(m => m).GroupBy(d => d).ToDictionary(g => g.Key, g => g.Count());
        var values = link.Locations.Find("matrix")!.Value;
        var places = new HashSet<(string, SourceSpan)>();
        var merged = new List<LocatedDiagnostic>();
        foreach (var (model, name) in models.Zip(link.Specs.Select(s => ((SpecScalar)s.Root["name"]!).Text), (m, n) => (m, n)))
        {
            merged.AddRange(model.Where(d => !places.Contains((d.Rule.Id, d.Span))).Select(d =>
                having[d] == models.Count || values.Contains(d.Span) ? d : d with { Message = $"{d.Message} (in the model {name}{More(having[d] - 1)})" }));
            places.UnionWith(model.Select(d => (d.Rule.Id, d.Span)));
        }

        return merged;
    }

    private static string More(int others) => others == 0 ? "" : $" and {Invariant.Text(others)} more";

    private LocatedDiagnostic? Locate(SpecDiagnostic finding, SpecLocations locations)
    {
        var diagnostic = locations.Locate(finding, path);
        var isOwn = diagnostic.Span.Path == path;

        // A spec that merely mentions a mapping does not answer for the keys that its base leaves out as well.
        if ((!isOwn || finding.Rule == Rules.MissingKey) && BasesFindings.Contains(finding))
        {
            return null;
        }

        if (isOwn)
        {
            return diagnostic;
        }

        // What a base sets and an override leaves without effect is nobody's slip.
        return finding.Rule == Rules.WithoutEffect ? null : new(finding.Rule, Explain(finding, diagnostic), Blame(finding.Node, locations));
    }

    private static string Explain(SpecDiagnostic finding, LocatedDiagnostic diagnostic) => diagnostic.Span.Path.StartsWith(Presets.Scheme, StringComparison.Ordinal)
        ? diagnostic.Message
        : $"{diagnostic.Message} (at '{finding.Node}' of {SpecPaths.FileName(diagnostic.Span.Path)})";

    private SourceSpan Blame(string node, SpecLocations locations)
    {
        while (node.Length > 0)
        {
            var cut = Math.Max(node.LastIndexOf('.'), node.LastIndexOf('['));
            node = cut < 0 ? "" : node.Substring(0, cut);
            if (node.Length > 0 && locations.Find(node) is { } place && place.Key.Path == path)
            {
                return place.Key;
            }
        }

        return locations.Find("extends") is { } extends && extends.Value.Path == path ? extends.Value : new(path, 0, 0);
    }
}
