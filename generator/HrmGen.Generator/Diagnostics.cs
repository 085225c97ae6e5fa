using System.Collections.Immutable;
using HrmGen.Compiler;
using HrmGen.Compiler.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace HrmGen.Generator;

/// <summary>Hands the compiler's findings to Roslyn.</summary>
internal static class Diagnostics
{
    private static readonly Dictionary<string, DiagnosticDescriptor> Descriptors = Rules.All.ToDictionary(r => r.Id, Descriptor, StringComparer.Ordinal);

    public static void Report(SourceProductionContext output, EquatableArray<LocatedDiagnostic> findings, ImmutableArray<AdditionalText> files)
    {
        if (findings.Count == 0)
        {
            return;
        }

        var byPath = files.ToLookup(f => f.Path, StringComparer.Ordinal);
        foreach (var finding in findings)
        {
            var text = byPath[finding.Span.Path].FirstOrDefault()?.GetText(output.CancellationToken);
            output.ReportDiagnostic(Diagnostic.Create(Descriptors[finding.Rule.Id], Place(finding.Span, text), finding.Message));
        }
    }

    // Line and column come from Roslyn's own lines: YAML counts line breaks that Roslyn does not, and the other way round.
    private static Location Place(SourceSpan span, SourceText? text)
    {
        if (text is null)
        {
            return Location.Create(span.Path, default, default);
        }

        var start = Math.Min(span.Start, text.Length);
        var range = new TextSpan(start, Math.Min(span.Length, text.Length - start));
        return Location.Create(span.Path, range, text.Lines.GetLinePositionSpan(range));
    }

    // Messages arrive finished, so the format is a single hole.
#pragma warning disable RS2008 // Release tracking works on descriptors written out as fields; the table of rules is the one source here.
    private static DiagnosticDescriptor Descriptor(Rule rule) => new(
        rule.Id,
        rule.Title,
        "{0}",
        "HrmGen",
        rule.Severity switch { Severity.Error => DiagnosticSeverity.Error, Severity.Warning => DiagnosticSeverity.Warning, _ => DiagnosticSeverity.Info },
        isEnabledByDefault: true,
        customTags: rule.Severity == Severity.Error ? [WellKnownDiagnosticTags.NotConfigurable] : []);
#pragma warning restore RS2008
}
