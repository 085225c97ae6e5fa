using System.IO.Compression;
using System.Text;
using HrmGen.Data;
using HrmGen.Data.Builders;

namespace HrmGen.Tests.Data.Builders;

public sealed class ArcBuilderTests : IDisposable
{
    private const string Task = """{"train": [{"input": [[1, 2]], "output": [[3]]}], "test": [{"input": [[4]], "output": [[5]]}]}""";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void With_the_official_draws_the_folder_is_the_official_one_byte_for_byte()
    {
        string official = PuzzleFiles.Official("arc/official-mini-aug-3");

        DatasetSummary summary = ArcBuilder.Build(Options() with { NumAug = 3 }, new ArcReplay(official, BuilderFiles.ArcMini));

        BuilderFiles.AssertSameFiles(official, summary.Directory);
        Assert.Equal([new SplitSummary("train", 20, 80, 304), new SplitSummary("test", 8, 32, 40)], summary.Splits.ToArray());
        Assert.Equal((900, 12, 81), (summary.SeqLen, summary.VocabSize, summary.Identifiers));
    }

    [Fact]
    public void Own_augmentations_undo_to_their_task_differ_from_one_another_and_are_moved_but_for_one()
    {
        ArcBuilder.Build(Options() with { NumAug = 6, Seed = 4 });

        foreach (string split in new[] { "train", "test" })
        {
            PuzzleDataset dataset = PuzzleDataset.Load(_folder.File("out"), split);
            PuzzleSet set = dataset.Sets[0];
            string[] names = [.. dataset.ReadIdentifiers()!.Value];
            int moved = 0;
            for (int group = 0; group < set.GroupCount; group++)
            {
                (int first, int end) = set.PuzzlesOf(group);
                Assert.Equal(7, end - first);
                string[] original = [];
                var images = new HashSet<string>();
                for (int puzzle = first; puzzle < end; puzzle++)
                {
                    (string task, ArcAugmentation augmentation) = ArcAugmentation.Parse(names[set.IdentifierOf(puzzle)]);
                    (int start, int stop) = set.ExamplesOf(puzzle);
                    var grids = Enumerable.Range(start, stop - start).Select(example => Decode(set, example)).ToArray();
                    string[] undone = [.. grids.Select(g => augmentation.Undo(g.Input).Hash() + augmentation.Undo(g.Output).Hash())];
                    original = puzzle == first ? undone : original;

                    Assert.Equal(puzzle == first, names[set.IdentifierOf(puzzle)] == task);
                    Assert.Equal(original, undone);
                    Assert.True(images.Add(string.Concat(grids.Select(g => g.Input.Hash() + g.Output.Hash()))));
                    Assert.Contains(grids, g => g.Place == (0, 0));
                    moved += grids.Count(g => g.Place != (0, 0));
                }
            }

            Assert.True(split == "train" ? moved > 100 : moved == 0);
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes_and_another_does_not()
    {
        string[] hashes = [.. new[] { ("a", 1), ("b", 1), ("c", 2) }.Select(run =>
        {
            ArcBuilder.Build(Options() with { Output = _folder.File(run.Item1), NumAug = 2, Seed = run.Item2 });
            return PuzzleDataset.Load(_folder.File(run.Item1), "train").DataHash;
        })];

        BuilderFiles.AssertSameFiles(_folder.File("a"), _folder.File("b"));
        Assert.NotEqual(hashes[0], hashes[2]);
    }

    [Fact]
    public void Folders_with_a_file_a_task_and_gzip_are_read_like_combined_files()
    {
        _folder.Write("data/training/b.json", Encoding.UTF8.GetBytes(Task));
        _folder.Write("data/training/a.json.gz", Gzip(Encoding.UTF8.GetBytes(Task.Replace("[[4]]", "[[0]]", StringComparison.Ordinal))));
        _folder.Write("data/training/readme.md", [1]);
        _folder.Write("k/arc_training_challenges.json.gz", Gzip(Encoding.UTF8.GetBytes($"{{\"a\": {Task.Replace("[[4]]", "[[0]]", StringComparison.Ordinal)}, \"b\": {Task}}}")));
        var options = new ArcBuildOptions { Source = _folder.File("data"), Subsets = ["training"], Output = _folder.File("x"), NumAug = 4, IdentifiersStart = 3 };

        DatasetSummary summary = ArcBuilder.Build(options);
        ArcBuilder.Build(options with { Source = _folder.File("k/arc"), Output = _folder.File("y") });

        BuilderFiles.AssertSameFiles(_folder.File("x"), _folder.File("y"));
        Assert.Equal([new SplitSummary("train", 2, 10, 20)], summary.Splits.ToArray());
        Assert.Equal(13, summary.Identifiers);
        Assert.Equal(["<blank>", "<blank>", "<blank>"], PuzzleDataset.Load(_folder.File("x"), "train").ReadIdentifiers()!.Value[..3].ToArray());
    }

    [Fact]
    public void Notes_tell_of_missing_solutions_scarce_images_and_leaks()
    {
        string plain = """{"train": [{"input": [[0]], "output": [[0]]}], "test": [{"input": [[0]]}]}""";
        _folder.Write("a_evaluation_challenges.json", Encoding.UTF8.GetBytes($"{{\"t\": {plain}}}"));
        _folder.Write("a_training_challenges.json", Encoding.UTF8.GetBytes($"{{\"t\": {plain}}}"));

        DatasetSummary summary = ArcBuilder.Build(
            new ArcBuildOptions { Source = _folder.File("a"), Subsets = ["training", "evaluation"], Output = _folder.File("out"), NumAug = 2 });

        Assert.Contains(summary.Notes, note => note.Contains("1 tests have no solution", StringComparison.Ordinal));
        Assert.Contains(summary.Notes, note => note.Contains("2 tasks have fewer different images than 2, 4 in all", StringComparison.Ordinal));
        Assert.Contains(summary.Notes, note => note.Contains("1 tested tasks are also in a subset that trains on its tests", StringComparison.Ordinal));
        Assert.Equal(
            """{"t": {"train": [{"input": [[0]], "output": [[0]]}], "test": [{"input": [[0]], "output": [[0]]}]}}""",
            File.ReadAllText(_folder.File("out/test_puzzles.json")));
    }

    [Theory]
    [InlineData("[]", "a list where an object with 'train' and 'test' must be")]
    [InlineData("""{"train": [{"input": [[1]], "output": [[1]]}]}""", "needs both 'train' and 'test'")]
    [InlineData("""{"train": [], "test": [{"input": [[1]]}]}""", "'train' is no list of examples, or an empty one")]
    [InlineData("""{"train": [{"input": [[1]]}], "test": [{"input": [[1]]}]}""", "train[0] has no 'output'")]
    [InlineData("""{"train": [{"output": [[1]]}], "test": [{"input": [[1]]}]}""", "train[0] has no 'input'")]
    [InlineData("""{"train": [{"input": [[1, 2], [3]], "output": [[1]]}], "test": [{"input": [[1]]}]}""", "row 1 of train[0].input has not 2 cells")]
    [InlineData("""{"train": [{"input": [[10]], "output": [[1]]}], "test": [{"input": [[1]]}]}""", "a cell of train[0].input is 10, colours are 0 to 9")]
    [InlineData("""{"train": [{"input": [["1"]], "output": [[1]]}], "test": [{"input": [[1]]}]}""", "a cell of train[0].input is a text")]
    [InlineData("""{"train": [{"input": [[]], "output": [[1]]}], "test": [{"input": [[1]]}]}""", "train[0].input is no grid of 1 to 30")]
    public void A_bad_task_is_named_by_file_and_task(string task, string what)
    {
        string path = _folder.Write("a_training_challenges.json", Encoding.UTF8.GetBytes($"{{\"t7\": {task}}}"));

        string error = Error("a", ["training"]);

        Assert.StartsWith($"{path}: task 't7': ", error, StringComparison.Ordinal);
        Assert.Contains(what, error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("out")));
    }

    [Fact]
    public void Missing_files_solutions_and_packed_floods_are_refused()
    {
        Assert.Contains("no such file, plain or .gz, and no folder", Error("a", ["training"]), StringComparison.Ordinal);
        _folder.Write("a_training_challenges.json", Encoding.UTF8.GetBytes($"{{\"t\": {Task}}}"));
        _folder.Write("a_training_solutions.json", "{}"u8.ToArray());
        Assert.Contains("task 't': the task is missing", Error("a", ["training"]), StringComparison.Ordinal);
        _folder.Write("a_training_solutions.json", "{\"t\": []}"u8.ToArray());
        Assert.Contains("do not give one grid for each of its 1 tests", Error("a", ["training"]), StringComparison.Ordinal);
        _folder.Write("b_training_challenges.json.gz", Gzip(new byte[50_000_000]));
        Assert.Contains("unpacks to more than", Error("b", ["training"]), StringComparison.Ordinal);
        _folder.Write("c_training_challenges.json.gz", [1, 2, 3]);
        Assert.Contains("not valid", Error("c", ["training"]), StringComparison.Ordinal);
        _folder.Write("d_training_challenges.json", Encoding.UTF8.GetBytes($"{{\"a|||b\": {Task}}}"));
        Assert.Contains("must not be empty nor hold", Error("d", ["training"]), StringComparison.Ordinal);
        _folder.Write("e_training_challenges.json", "{}"u8.ToArray());
        Assert.Contains("holds no task", Error("e", ["training"]), StringComparison.Ordinal);
        Assert.Contains("one comes twice", Error("a", ["training", "training"]), StringComparison.Ordinal);
    }

    private static (ArcGrid Input, ArcGrid Output, (int, int) Place) Decode(PuzzleSet set, int example)
    {
        int[] input = PuzzleFiles.Row(set, example, ArcSequence.Length);
        int[] output = [.. PuzzleFiles.Row(set, example, ArcSequence.Length, labels: true).Select(t => Math.Max(t, 0))];
        int[] used = [.. Enumerable.Range(0, 900).Where(cell => input[cell] > 1)];
        int shift = (used.Min(cell => cell / 30) * 30) + used.Min(cell => cell % 30);
        ArcGrid Crop(int[] tokens) => ArcSequence.Crop([.. tokens[shift..], .. new int[shift]])!;
        return (Crop(input), Crop(output), (shift / 30, shift % 30));
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var stream = new GZipStream(packed, CompressionLevel.Optimal))
        {
            stream.Write(bytes);
        }

        return packed.ToArray();
    }

    private ArcBuildOptions Options() => new()
    {
        Source = BuilderFiles.ArcMini,
        Subsets = ["training", "evaluation"],
        Output = _folder.File("out"),
    };

    private string Error(string source, string[] subsets) => Assert.Throws<HrmGenException>(() => ArcBuilder.Build(
        new ArcBuildOptions { Source = _folder.File(source), Subsets = subsets, Output = _folder.File("out"), NumAug = 1 })).Message;
}
