using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Language;
using HrmGen.Compiler.Tests.Support;
using Microsoft.CodeAnalysis.Text;

namespace HrmGen.Compiler.Tests.Diagnostics;

/// <summary>Every finding of the compiler: its id, its place and its words.</summary>
public sealed class DiagnosticTableTests
{
    private static readonly IReadOnlyList<DiagnosticCase> Cases = [.. YamlCases.All, .. KeyCases.All, .. EquationCases.All, .. ModelCases.All, .. CompositionCases.All];

    // Found between files or between a spec and a project, so by tests of their own.
    private static readonly Dictionary<string, string> Elsewhere = new()
    {
        ["HRM0016"] = "needs two files: DuplicateModelTests",
        ["HRM0071"] = "needs two files: BasesTests",
        ["HRM0072"] = "needs two files: BasesTests",
        ["HRM0074"] = "is the project's: DuplicateModelTests",
        ["HRM0099"] = "a defect of the compiler: no spec is known to cause it",
    };

    public static TheoryData<int, string> Rows()
    {
        var rows = new TheoryData<int, string>();
        for (var i = 0; i < Cases.Count; i++)
        {
            rows.Add(i, Cases[i].Id);
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_spec_has_this_one_finding_at_this_place(int row, string id)
    {
        var expected = Cases[row];
        var marked = Marked.Parse(expected.Spec);

        var findings = SpecCompiler.Compile(marked.Text, file: new SpecFileOptions(null, expected.Set, expected.Lowering)).Diagnostics;

        var shown = string.Join("\n", findings.Select(d => $"{d.Rule.Id} {d.Span.Start}+{d.Span.Length} {d.Message}"));
        Assert.True(findings.Count == 1, $"{findings.Count} findings:\n{shown}\nin\n{Short(marked.Text)}");
        Assert.Equal((id, expected.Message), (findings[0].Rule.Id, findings[0].Message));
        Assert.Equal(SpecCompiler.DefaultPath, findings[0].Span.Path);
        Assert.True((findings[0].Span.Start, findings[0].Span.Length) == (marked.Start, marked.Length),
            $"expected at {marked.Start}+{marked.Length}:\n{shown}\nin\n{Short(marked.Text)}");
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Roslyn_shows_it_at_the_line_and_column_of_the_mark(int row, string id)
    {
        var expected = Cases[row];
        var marked = Marked.Parse(expected.Spec);

        var result = GeneratorHost.Run(new SpecFile(SpecCompiler.DefaultPath, marked.Text, hrmSet: expected.Set, hrmLowering: expected.Lowering));

        Assert.Null(result.Exception);
        var diagnostic = Assert.Single(result.Diagnostics);
        var lines = SourceText.From(marked.Text).Lines;
        var span = lines.GetLinePositionSpan(new(marked.Start, marked.Length));
        Assert.Equal(id, diagnostic.Id);
        Assert.Equal(expected.Message, diagnostic.GetMessage(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(SpecCompiler.DefaultPath, diagnostic.Location.GetLineSpan().Path);
        Assert.Equal(span, diagnostic.Location.GetLineSpan().Span);
    }

    [Fact]
    public void Every_rule_has_a_case()
    {
        var covered = Cases.Select(c => c.Id).Concat(Elsewhere.Keys).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(Rules.All.Select(r => r.Id), covered);
    }

    [Fact]
    public void The_table_holds_every_rule_once_in_order_of_id()
    {
        var fields = typeof(Rules).GetFields().Where(f => f.FieldType == typeof(Rule)).Select(f => (Rule)f.GetValue(null)!).ToList();
        Assert.Equal(fields.Select(r => r.Id).Order(StringComparer.Ordinal), Rules.All.Select(r => r.Id));
        Assert.Equal(Rules.All.Count, Rules.All.Select(r => r.Id).Distinct().Count());
    }

    private static string Short(string text) => text.Length > 2000 ? text[..2000] + "..." : text;
}
