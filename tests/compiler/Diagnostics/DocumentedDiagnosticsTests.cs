using System.Xml.Linq;
using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Tests.Support;
using Microsoft.CodeAnalysis;

namespace HrmGen.Compiler.Tests.Diagnostics;

/// <summary>
/// <c>specs/DIAGNOSTICS.md</c>: every id has an entry whose bad example causes it, with the words that are printed, and whose good one does not.
/// To write the printed words anew: <c>HRMGEN_ACCEPT=1 dotnet test tests/compiler --filter DocumentedDiagnostics</c>.
/// </summary>
public sealed class DocumentedDiagnosticsTests
{
    private const string Printed = "```text\n";

    private static readonly string Page = Path.Combine(Repository.Root, "specs", "DIAGNOSTICS.md");

    // What no text can show.
    private static readonly string[] WithoutExample = [Rules.InternalError.Id];

    public static TheoryData<string> Ids => [.. Rules.All.Select(r => r.Id).Except(WithoutExample)];

    private static IReadOnlyList<string> Entries => [.. File.ReadAllText(Page).Split("\n## ").Skip(1)];

    [Fact]
    public void Every_rule_has_an_entry_with_its_title_and_severity_in_order()
    {
        static string Head(Rule rule) => $"{rule.Id}: {rule.Title}\n\n*{rule.Severity.ToString().ToLowerInvariant()}*. ";
        var heads = Entries.Select(e => e.Split("*. ")[0] + "*. ");
        Assert.Equal(Rules.All.Select(Head), heads);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void The_bad_example_prints_this_and_the_good_one_nothing(string id)
    {
        var entry = Entries.Single(e => e.StartsWith(id, StringComparison.Ordinal));
        var (start, end) = (entry.IndexOf(Printed, StringComparison.Ordinal), entry.IndexOf("Put right:", StringComparison.Ordinal));
        Assert.True(start >= 0 && end > start, "An entry holds the bad example, what it prints, and the good one");
        start += Printed.Length;
        var shown = entry[start..entry.IndexOf("```", start, StringComparison.Ordinal)];
        var printed = string.Concat(Print(entry[..start]).Select(line => line + "\n"));
        if (Environment.GetEnvironmentVariable("HRMGEN_ACCEPT") == "1")
        {
            File.WriteAllText(Page, File.ReadAllText(Page).Replace(entry, entry[..start] + printed + entry[(start + shown.Length)..], StringComparison.Ordinal));
            shown = printed;
        }

        Assert.Contains($" {id}: ", printed, StringComparison.Ordinal);
        Assert.Equal(shown, printed);
        Assert.Empty(Print(entry[end..]));
    }

    // The findings as the build prints them, for the files and the project's lines in the blocks of a text.
    private static List<string> Print(string text)
    {
        var project = Blocks(text, "xml").Select(XElement.Parse).ToList();
        var files = Blocks(text, "yaml").Select(b => (Path: NameOf(b), Text: b)).ToList();
        Assert.NotEmpty(files);
        string? Metadata(string path, string name) => (string?)project.SingleOrDefault(p => (string?)p.Attribute("Update") == path)?.Attribute(name);
        var specs = files.Select(f => new SpecFile("/project/" + f.Path, f.Text, hrmSet: Metadata(f.Path, "HrmSet"), hrmLowering: Metadata(f.Path, "HrmLowering")))
            .Concat(project.Where(p => p.Attribute("Include") is not null).Select(p => (string)p.Attribute("Include")!)
                .Select(path => new SpecFile("/project/" + path, files.Single(f => f.Path == path).Text)));

        var result = GeneratorHost.Run([.. specs]);

        Assert.Null(result.Exception);
        Assert.True(result.GeneratedSources.Length > 0 || result.Diagnostics.Any(d => d.Severity == DiagnosticSeverity.Error));
        return [.. result.Diagnostics.Select(d => d.ToString().Replace("/project/", "", StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal)];
    }

    // The first comment of a block names the file where there are several.
    private static string NameOf(string block) => block.StartsWith("# ", StringComparison.Ordinal) ? block[2..block.IndexOf('\n', StringComparison.Ordinal)] : "model.hrm.yaml";

    private static IEnumerable<string> Blocks(string text, string language)
    {
        var parts = text.Split("```");
        for (var i = 1; i < parts.Length; i += 2)
        {
            if (parts[i].StartsWith(language + "\n", StringComparison.Ordinal))
            {
                yield return parts[i][(language.Length + 1)..];
            }
        }
    }
}
