using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Tests.Support;

namespace HrmGen.Compiler.Tests.Diagnostics;

/// <summary>
/// The release tracking files, in the form of Roslyn's own: an id that has shipped keeps its meaning and severity, or a release says that it changed.
/// </summary>
/// <remarks>Roslyn's analyzer for them (RS2000 and on) reads descriptors that stand in the code as fields, so it cannot follow a table; this test does its work.</remarks>
public sealed class ReleaseTrackingTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "generator", "HrmGen.Compiler", "Diagnostics");

    [Fact]
    public void What_has_shipped_and_what_will_make_up_the_table_of_rules()
    {
        var tracked = new SortedDictionary<string, Row>(StringComparer.Ordinal);
        foreach (var row in Rows("AnalyzerReleases.Shipped.md").Concat(Rows("AnalyzerReleases.Unshipped.md")))
        {
            switch (row.Section)
            {
                case "New Rules":
                    Assert.True(tracked.TryAdd(row.Id, row), $"{row.Id} is new twice");
                    break;
                case "Changed Rules":
                    Assert.True(tracked.ContainsKey(row.Id), $"{row.Id} changes before it is new");
                    tracked[row.Id] = row;
                    break;
                default:
                    Assert.Equal("Removed Rules", row.Section);
                    Assert.True(tracked.Remove(row.Id), $"{row.Id} is removed before it is new");
                    break;
            }
        }

        Assert.Equal(
            Rules.All.Select(r => (r.Id, "HrmGen", r.Severity.ToString(), r.Title)),
            tracked.Values.Select(r => (r.Id, r.Category, r.Severity, r.Notes)));
    }

    private static IEnumerable<Row> Rows(string file)
    {
        var section = "";
        foreach (var line in File.ReadLines(Path.Combine(Folder, file)))
        {
            if (line.StartsWith("### ", StringComparison.Ordinal))
            {
                section = line[4..];
            }
            else if (line.StartsWith("HRM", StringComparison.Ordinal))
            {
                var cells = line.Split(" | ");
                yield return new(section, cells[0], cells[1], cells[2], cells[^1]);
            }
        }
    }

    private sealed record Row(string Section, string Id, string Category, string Severity, string Notes);
}
