using System.Globalization;
using System.Reflection;

namespace HrmGen.Tests.Models;

/// <summary>
/// The README's table of all specs is what the compiled specs say. To write it anew:
/// <c>HRMGEN_ACCEPT=1 dotnet test tests/runtime --filter ReadmeTable</c>.
/// </summary>
public class ReadmeTableTests
{
    private const string Open = "<!-- specs -->\n", Close = "<!-- /specs -->";

    private static readonly string Readme = Path.Combine(Root, "README.md");

    private static string Root => typeof(ReadmeTableTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!;

    [Fact]
    public void The_table_is_what_the_specs_say()
    {
        var text = File.ReadAllText(Readme);
        var (start, end) = (text.IndexOf(Open, StringComparison.Ordinal) + Open.Length, text.IndexOf(Close, StringComparison.Ordinal));
        Assert.True(start >= Open.Length && end >= start, "The README marks its table");
        if (Environment.GetEnvironmentVariable("HRMGEN_ACCEPT") == "1")
        {
            text = text[..start] + "\n" + Table() + "\n" + text[end..];
            File.WriteAllText(Readme, text);
            end = text.IndexOf(Close, StringComparison.Ordinal);
        }

        Assert.True(text[start..end].Trim() == Table().Trim(), "The README's table differs; to write it anew: HRMGEN_ACCEPT=1 dotnet test tests/runtime --filter ReadmeTable");
    }

    [Fact]
    public void Every_spec_file_stands_in_it()
    {
        var listed = HrmGen.Specs.HrmModels.All.Select(m => m.Spec.Source).ToHashSet();
        var files = Directory.EnumerateFiles(Path.Combine(Root, "specs"), "*.hrm.yaml", SearchOption.AllDirectories)
            .Where(f => !File.ReadLines(f).Contains("abstract: true"))
            .Select(f => Path.GetRelativePath(Path.Combine(Root, "specs"), f).Replace('\\', '/'))
            .Where(f => !f.Split('/').Any(p => p is "bin" or "obj"));
        Assert.Equal(files.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    private static string Table()
    {
        var rows = HrmGen.Specs.HrmModels.All.Select(m => m.Spec).OrderBy(s => s.Source, StringComparer.Ordinal).ThenBy(s => s.Name, StringComparer.Ordinal)
            .Select(s => string.Create(CultureInfo.InvariantCulture,
                $"| [{s.Name}](specs/{s.Source}) | {s.Parameters:N0} | {s.EffectiveDepth} | {s.ForwardPasses} | {s.StepFlops / 1e9:0.0} | {s.Published} |\n"));
        return "| spec | parameters | effective depth | forward passes a step | GFLOPs a step | published |\n|---|---|---|---|---|---|\n" + string.Concat(rows);
    }
}
