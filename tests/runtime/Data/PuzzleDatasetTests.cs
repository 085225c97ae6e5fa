using System.Text;
using HrmGen.Data;

namespace HrmGen.Tests.Data;

public sealed class PuzzleDatasetTests : IDisposable
{
    private readonly TemporaryFolder _folder = TemporaryFolder.InMemory();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("sudoku4/official-50-aug-7", "train", 400, 400, 50, 16, 6, 1)]
    [InlineData("sudoku4/official-50-aug-7", "test", 50, 50, 50, 16, 6, 1)]
    [InlineData("sudoku9/official-25-aug-7", "train", 200, 200, 25, 81, 11, 1)]
    [InlineData("sudoku9/official-25-aug-7", "test", 25, 25, 25, 81, 11, 1)]
    [InlineData("maze8/official-50-dihedral8", "test", 50, 50, 50, 64, 6, 1)]
    [InlineData("arc/official-hrm-v1-mini-aug-1", "train", 48, 12, 6, 900, 12, 13)]
    [InlineData("arc/official-hrm-v1-mini-aug-1", "test", 6, 4, 2, 900, 12, 13)]
    [InlineData("arc/official-mini-aug-3", "test", 40, 32, 8, 900, 12, 81)]
    public void Official_folders_load_with_their_sizes(
        string folder, string split, long examples, int puzzles, int groups, int seqLen, int vocabSize, int identifiers)
    {
        PuzzleDataset dataset = PuzzleDataset.Load(PuzzleFiles.Official(folder), split);
        PuzzleSet set = Assert.Single(dataset.Sets);

        Assert.Equal((examples, puzzles, groups), (set.ExampleCount, set.PuzzleCount, set.GroupCount));
        Assert.Equal(
            (seqLen, vocabSize, identifiers),
            (dataset.Metadata.seq_len, dataset.Metadata.vocab_size, dataset.Metadata.num_puzzle_identifiers));
        Assert.Equal(groups, dataset.Metadata.total_groups);
        Assert.Equal(folder.Contains("hrm-v1", StringComparison.Ordinal) ? null : groups == 8 ? 32L : groups, dataset.Metadata.total_puzzles);
        Assert.Equal(identifiers, dataset.ReadIdentifiers()!.Value.Length);
        Assert.Equal("<blank>", dataset.ReadIdentifiers()!.Value[0]);
        dataset.RequireCompatible(seqLen, vocabSize, identifiers);
    }

    [Fact]
    public void Sudoku_rows_are_those_of_the_published_tables()
    {
        PuzzleSet test = PuzzleDataset.Load(PuzzleFiles.Official("sudoku9/official-25-aug-7"), "test").Sets[0];
        PuzzleSet train = PuzzleDataset.Load(PuzzleFiles.Official("sudoku9/official-25-aug-7"), "train").Sets[0];
        PuzzleSet small = PuzzleDataset.Load(PuzzleFiles.Quickstart, "test").Sets[0];

        Assert.Equal(
            "6....5.....4.7....8....3754..6.49..52...5..47...2....8.9.....63.8.......7....2..1", PuzzleFiles.Sudoku(PuzzleFiles.Row(test, 0, 81)));
        Assert.Equal(
            "617425389354978126829163754176849235238651947945237618592714863481396572763582491",
            PuzzleFiles.Sudoku(PuzzleFiles.Row(test, 0, 81, labels: true)));
        Assert.Equal(
            ".47.5....6.9.3.4..53..........9..6.....3.6.82.....5.4.79...4..64.37......56.9....", PuzzleFiles.Sudoku(PuzzleFiles.Row(train, 0, 81)));
        Assert.Equal("423.132...133...", PuzzleFiles.Sudoku(PuzzleFiles.Row(small, 399, 16)));
        Assert.Equal("4231132424133142", PuzzleFiles.Sudoku(PuzzleFiles.Row(small, 399, 16, labels: true)));
        Assert.Equal((0, 8), train.PuzzlesOf(0));
        Assert.Equal((192, 200), train.PuzzlesOf(24));
    }

    [Fact]
    public void Maze_rows_are_those_of_the_table()
    {
        PuzzleSet set = PuzzleDataset.Load(PuzzleFiles.Official("maze8/official-50-dihedral8"), "test").Sets[0];
        static string Maze(int[] tokens) => string.Concat(tokens.Select(t => "?# SGo"[t]));

        Assert.Equal(" ## # #  ## # G#      #  # # #####    # ## #     # #  #   # S## ", Maze(PuzzleFiles.Row(set, 1, 64)));
        Assert.Equal(" ## # #  ## #oG#    oo#  # #o#####  o # ## #o    # #o #   # S## ", Maze(PuzzleFiles.Row(set, 1, 64, labels: true)));
    }

    [Fact]
    public void Arc_puzzles_have_several_examples_and_padding_is_ignored()
    {
        PuzzleSet set = PuzzleDataset.Load(PuzzleFiles.Official("arc/official-hrm-v1-mini-aug-1"), "train").Sets[0];
        int[] inputs = PuzzleFiles.Row(set, 47, 900);
        int[] labels = PuzzleFiles.Row(set, 47, 900, labels: true);

        Assert.Equal((43, 48), set.ExamplesOf(11));
        Assert.Equal(5, set.LargestPuzzle);
        Assert.Equal((12, 11, 0, 0), (set.IdentifierOf(11), set.PuzzleOf(47), set.PuzzleOf(2), set.PuzzleOf(0)));
        Assert.Equal((1, 10), (set.PuzzleOf(3), set.PuzzleOf(42)));
        Assert.Contains(0, inputs);
        Assert.Contains(-100, labels);
        Assert.DoesNotContain(0, labels);
    }

    [Fact]
    public void Without_an_ignored_label_every_label_stays()
    {
        PuzzleFiles.Build(_folder, [[1], [1]]);
        EditMetadata("\"ignore_label_id\": 0", "\"ignore_label_id\": null");

        PuzzleDataset dataset = PuzzleDataset.Load(_folder.Path, "train");

        Assert.Null(dataset.Metadata.ignore_label_id);
        Assert.Equal([0, 2, 2, 2], PuzzleFiles.Row(dataset.Sets[0], 0, 4, labels: true));
    }

    [Fact]
    public void A_missing_split_lists_those_that_exist()
    {
        string error = Error(PuzzleFiles.Official("sudoku4/official-50-aug-7"), "eval");

        Assert.Contains("no split 'eval'", error, StringComparison.Ordinal);
        Assert.Contains("test, train", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_folder_says_what_it_is()
    {
        string split = Path.Combine(PuzzleFiles.Official("sudoku4/official-50-aug-7"), "train");

        Assert.Contains("this is a split", Error(split, "train"), StringComparison.Ordinal);
        Assert.Contains("no such folder", Error(_folder.File("nowhere/at/all"), "train"), StringComparison.Ordinal);
        Assert.Contains(_folder.Path, Error(_folder.File("nowhere/at/all"), "train"), StringComparison.Ordinal);
        Assert.Contains("No folder in", Error(_folder.Path, "train"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("inputs", "<i4", new long[] { 2, 4 }, new long[] { 2, 2, 2, 2, 3, 3, 1000, 3 }, "token 1000 at example 1, cell 2")]
    [InlineData("inputs", "<i4", new long[] { 2, 4 }, new long[] { 2, 2, 2, 2, 3, -1, 3, 3 }, "token -1 at example 1, cell 1")]
    [InlineData("inputs", "<i4", new long[] { 4, 2 }, new long[] { 2, 2, 2, 2, 3, 3, 3, 3 }, "(examples, 4)")]
    [InlineData("inputs", "<i4", new long[] { 0, 4 }, new long[] { }, "(examples, 4)")]
    [InlineData("labels", "<i4", new long[] { 1, 4 }, new long[] { 2, 2, 2, 2 }, "all inputs have (2, 4)")]
    [InlineData("labels", "<i4", new long[] { 2, 4 }, new long[] { 2, 2, 2, 2, 3, 3, 3, -100 }, "label -100 at example 1, cell 3")]
    [InlineData("puzzle_identifiers", "<i4", new long[] { 2 }, new long[] { 1, 3 }, "identifier 3 at position 1")]
    [InlineData("puzzle_identifiers", "<i4", new long[] { 1 }, new long[] { 1 }, "number of puzzles (1)")]
    [InlineData("puzzle_identifiers", "<i4", new long[] { 2, 1 }, new long[] { 1, 2 }, "one dimension")]
    [InlineData("puzzle_indices", "<i4", new long[] { 3 }, new long[] { 0, 1, 3 }, "goes from 0 to 3")]
    [InlineData("puzzle_indices", "<i4", new long[] { 3 }, new long[] { 1, 1, 2 }, "goes from 1 to 2")]
    [InlineData("puzzle_indices", "<i4", new long[] { 4 }, new long[] { 0, 2, 1, 2 }, "offset 2 is 1 after 2")]
    [InlineData("puzzle_indices", "<i4", new long[] { 2 }, new long[] { 0, 2 }, "need one more")]
    [InlineData("group_indices", "<i4", new long[] { 4 }, new long[] { 0, 1, 1, 2 }, "offset 2 is 1 after 1")]
    [InlineData("group_indices", "<i4", new long[] { 0 }, new long[] { }, "it is empty")]
    [InlineData("group_indices", "<i4", new long[] { 2 }, new long[] { 0, 2 }, "'total_groups' is 2, but the arrays hold 1")]
    [InlineData("ratings", "<i4", new long[] { 3 }, new long[] { 5, 6, 7 }, "one rating for each of 2 puzzles must be, (2,). Build the data set again, or delete the file")]
    [InlineData("ratings", "<i4", new long[] { 1, 2 }, new long[] { 5, 6 }, "shape (1, 2) where one rating for each of 2 puzzles")]
    public void Arrays_that_contradict_one_another_are_refused(string array, string descr, long[] shape, long[] values, string what)
    {
        PuzzleFiles.Build(_folder, [[1], [1]]);
        _folder.Write(Path.Combine("train", $"all__{array}.npy"), PuzzleFiles.Npy(descr, shape, values));

        Assert.Contains(what, Error(_folder.Path, "train"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"vocab_size\": 1000, ", "", "'vocab_size' is missing")]
    [InlineData("\"vocab_size\": 1000", "\"vocab_size\": \"1000\"", "'vocab_size' is a text")]
    [InlineData("\"vocab_size\": 1000", "\"vocab_size\": 1e99", "'vocab_size' is 1e99")]
    [InlineData("\"vocab_size\": 1000", "\"vocab_size\": 1000, \"vocab_size\": 7", "not valid JSON")]
    [InlineData("\"pad_id\": 0", "\"pad_id\": 1000", "must be below 'vocab_size' (1000)")]
    [InlineData("\"mean_puzzle_examples\": 1", "\"mean_puzzle_examples\": 1e999", "'mean_puzzle_examples'")]
    [InlineData("\"mean_puzzle_examples\": 1", "\"mean_puzzle_examples\": NaN", "not valid JSON")]
    [InlineData("[\"all\"]", "[\"../all\"]", "'sets'")]
    [InlineData("[\"all\"]", "[]", "'sets'")]
    [InlineData("[\"all\"]", "[\"all\", \"all\"]", "'sets'")]
    [InlineData("[\"all\"]", "[\"\\ud800\"]", "not valid JSON")]
    [InlineData("[\"all\"]", "[\"concept\"]", "concept__inputs.npy: no such file")]
    public void Metadata_errors_name_the_key(string old, string replacement, string what)
    {
        PuzzleFiles.Build(_folder, [[1], [1]]);
        EditMetadata(old, replacement);

        string error = Error(_folder.Path, "train");

        Assert.StartsWith(_folder.Path, error, StringComparison.Ordinal);
        Assert.Contains(what, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Models_of_another_task_are_refused_with_both_sides()
    {
        PuzzleDataset dataset = PuzzleDataset.Load(PuzzleFiles.Official("arc/official-mini-aug-3"), "test");

        string error = Assert.Throws<HrmGenException>(() => dataset.RequireCompatible(81, 11, 1)).Message;

        Assert.Contains("task.seq_len 81, the data 900", error, StringComparison.Ordinal);
        Assert.Contains("task.vocab_size 11, the data 12", error, StringComparison.Ordinal);
        Assert.Contains("task.puzzle_embedding.count 1, the data 81", error, StringComparison.Ordinal);
        dataset.RequireCompatible(900, 12, 0);
        dataset.RequireCompatible(900, 12, 1000);
        Assert.Throws<HrmGenException>(() => dataset.RequireCompatible(900, 12, 80));
        Assert.Throws<HrmGenException>(() => dataset.RequireCompatible(900, 13, 81));
    }

    [Fact]
    public void Ratings_are_optional_whole_and_no_part_of_the_hash()
    {
        PuzzleDataset plain = PuzzleFiles.Build(_folder, [[1, 2], [1]]);
        Assert.Null(plain.Sets[0].Ratings);

        byte[] file = PuzzleFiles.Npy("<i4", [3], [7, -2, 70000]);
        _folder.Write("train/all__ratings.npy", file);
        PuzzleDataset rated = PuzzleDataset.Load(_folder.Path, "train");
        IntegerArray ratings = rated.Sets[0].Ratings!;
        Assert.Equal((7, -2, 70000, 3L), (ratings[0], ratings[1], ratings[2], ratings.Length));
        Assert.Equal(plain.DataHash, rated.DataHash);

        _folder.Write("train/all__ratings.npy", file[..^1]);
        Assert.Contains("all__ratings.npy: ", Error(_folder.Path, "train"), StringComparison.Ordinal);
    }

    [Fact]
    public void Identifiers_are_optional_but_must_fit()
    {
        PuzzleDataset dataset = PuzzleFiles.Build(_folder, [[1], [1]]);

        Assert.Null(dataset.ReadIdentifiers());
        _folder.Write("identifiers.json", "[\"<blank>\", \"a\"]"u8.ToArray());
        Assert.Contains("2 names where a list of 3", Assert.Throws<HrmGenException>(() => dataset.ReadIdentifiers()).Message, StringComparison.Ordinal);
        _folder.Write("identifiers.json", "[\"<blank>\", \"a\", 3]"u8.ToArray());
        Assert.Contains("entry 2 is 3", Assert.Throws<HrmGenException>(() => dataset.ReadIdentifiers()).Message, StringComparison.Ordinal);
        _folder.Write("identifiers.json", "[\"<blank>\", \"a\", \"b\"]"u8.ToArray());
        Assert.Equal(new[] { "<blank>", "a", "b" }, dataset.ReadIdentifiers()!.Value.ToArray());
    }

    [Fact]
    public void Total_steps_are_the_official_number()
    {
        PuzzleDatasetMetadata sudoku = PuzzleDataset.Load(PuzzleFiles.Quickstart, "train").Metadata with { total_groups = 1000 };

        Assert.Equal(26_041, sudoku.TotalSteps(epochs: 20_000, batch_size: 768));
        Assert.Equal(0, sudoku.TotalSteps(epochs: 1, batch_size: 1001));
        Assert.Equal(7, (sudoku with { total_groups = 5, mean_puzzle_examples = 3.8 }).TotalSteps(epochs: 4, batch_size: 10));
    }

    [Fact]
    public void Mutated_metadata_gives_an_error_or_a_data_set()
    {
        PuzzleFiles.Build(_folder, [[1], [2]]);
        string path = Path.Combine(_folder.Path, "train", "dataset.json");
        byte[] valid = File.ReadAllBytes(path);

        Fuzz.Run(seed: 12, count: 10_000, valid, limit: valid.Length, bytes =>
        {
            File.WriteAllBytes(path, bytes);
            PuzzleDataset.Load(_folder.Path, "train");
        });
    }

    [Theory]
    [InlineData("inputs")]
    [InlineData("puzzle_indices")]
    [InlineData("group_indices")]
    public void Mutated_arrays_give_an_error_or_a_data_set(string array)
    {
        PuzzleFiles.Build(_folder, [[1], [2, 1]]);
        string path = Path.Combine(_folder.Path, "train", $"all__{array}.npy");
        byte[] valid = File.ReadAllBytes(path);

        Fuzz.Run(seed: 13, count: 500, valid, limit: valid.Length, bytes =>
        {
            File.WriteAllBytes(path, bytes);
            PuzzleDataset.Load(_folder.Path, "train");
        });
    }

    private static string Error(string folder, string split) =>
        Assert.Throws<HrmGenException>(() => PuzzleDataset.Load(folder, split)).Message;

    private void EditMetadata(string old, string replacement)
    {
        string path = Path.Combine(_folder.Path, "train", "dataset.json");
        string text = File.ReadAllText(path);
        Assert.Contains(old, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(old, replacement, StringComparison.Ordinal), new UTF8Encoding(false));
    }
}
