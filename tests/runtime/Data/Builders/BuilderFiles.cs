using System.Text;
using System.Text.Json;
using HrmGen.Data;

namespace HrmGen.Tests.Data.Builders;

/// <summary>Committed inputs and outputs of the official builders, and comparisons with them.</summary>
internal static class BuilderFiles
{
    public static string Csv(string name) => PuzzleFiles.Official(Path.Combine("csv", name + ".csv"));

    public static string ArcMini => PuzzleFiles.Official("arc/mini/arc-mini");

    public static JsonElement[] Golden(string name)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(PuzzleFiles.Official($"golden/{name}.json")));
        return [.. document.RootElement.GetProperty("cases").EnumerateArray().Select(item => item.Clone())];
    }

    /// <summary>Demands the same files with the same bytes, the heads of the arrays included.</summary>
    public static void AssertSameFiles(string expected, string actual)
    {
        string[] names = Names(expected);

        // Ratings lie beside the official files, whose builders write none.
        Assert.Equal(names, Names(actual).Where(name => names.Contains(name) || Path.GetFileName(name) != "all__ratings.npy"));
        foreach (string name in names)
        {
            Assert.True(
                File.ReadAllBytes(Path.Combine(expected, name)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(actual, name))),
                $"{name} differs");
        }
    }

    /// <summary>A table of puzzles in a file of its own.</summary>
    public static string Table(this TemporaryFolder folder, params string[] rows) =>
        folder.Write("table.csv", Encoding.UTF8.GetBytes("source,question,answer,rating\n" + string.Join("\n", rows) + "\n"));

    /// <summary>The boards of a split as tokens: question and answer of each example.</summary>
    public static List<(byte[] Question, byte[] Answer)> Boards(string directory, string split)
    {
        PuzzleDataset dataset = PuzzleDataset.Load(directory, split);
        PuzzleSet set = dataset.Sets[0];
        byte[] Row(int example, bool labels) =>
            [.. PuzzleFiles.Row(set, example, dataset.Metadata.seq_len, labels).Select(token => (byte)Math.Max(token, 0))];
        return [.. Enumerable.Range(0, (int)set.ExampleCount).Select(example => (Row(example, false), Row(example, true)))];
    }

    private static string[] Names(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder, path)).Order()];
}
