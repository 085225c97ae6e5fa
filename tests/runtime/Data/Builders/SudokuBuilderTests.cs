using HrmGen.Data;
using HrmGen.Data.Builders;

namespace HrmGen.Tests.Data.Builders;

public sealed class SudokuBuilderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("sudoku4", "official-50-aug-7", 2)]
    [InlineData("sudoku9", "official-25-aug-7", 3)]
    public void With_the_official_draws_the_folder_is_the_official_one_byte_for_byte(string name, string folder, int box)
    {
        string official = PuzzleFiles.Official($"{name}/{folder}");
        List<(byte[] Question, byte[] Answer)> boards = BuilderFiles.Boards(official, "train");
        var draws = new Queue<SudokuTransform>(boards.Chunk(8).SelectMany(group =>
            group.Skip(1).Select(member => SudokuReference.Between(new SudokuSize(box), group[0], member)!)));

        DatasetSummary summary = SudokuBuilder.Build(Options(name) with { NumAug = 7 }, _ => draws.Dequeue());

        BuilderFiles.AssertSameFiles(official, summary.Directory);
        Assert.Empty(draws);
    }

    [Theory]
    [InlineData("sudoku4", "official-50-aug-7", 2)]
    [InlineData("sudoku9", "official-25-aug-7", 3)]
    public void Without_augmentation_training_holds_the_table_and_both_builds_share_the_test_split(string name, string folder, int box)
    {
        string official = PuzzleFiles.Official($"{name}/{folder}");

        DatasetSummary summary = SudokuBuilder.Build(Options(name));

        BuilderFiles.AssertSameFiles(Path.Combine(official, "test"), Path.Combine(summary.Directory, "test"));
        List<(byte[] Question, byte[] Answer)> expected = [.. BuilderFiles.Boards(official, "train").Chunk(8).Select(group => group[0])];
        Assert.Equal(expected.SelectMany(b => b.Question.Concat(b.Answer)), Built("train").SelectMany(b => b.Question.Concat(b.Answer)));
        Assert.Equal((byte)'u', File.ReadAllBytes(_folder.File("out/train/all__inputs.npy"))[22]);
        Assert.Equal((box * box * box * box, (box * box) + 2, 1), (summary.SeqLen, summary.VocabSize, summary.Identifiers));
    }

    [Theory]
    [InlineData("sudoku4", 2)]
    [InlineData("sudoku9", 3)]
    public void Own_augmentations_are_images_of_their_puzzle_and_all_kinds_occur(string name, int box)
    {
        var size = new SudokuSize(box);
        var forms = new SudokuCanonicalForm(size);

        DatasetSummary summary = SudokuBuilder.Build(Options(name) with { NumAug = 5, Seed = 3, Compact = true });

        PuzzleSet set = PuzzleDataset.Load(summary.Directory, "train").Sets[0];
        List<(byte[] Question, byte[] Answer)> boards = Built("train");
        Assert.Equal(new SplitSummary("train", boards.Count / 6, boards.Count, boards.Count), summary.Splits[0]);
        var found = new List<SudokuTransform>();
        for (int group = 0; group < set.GroupCount; group++)
        {
            Assert.Equal((group * 6, (group * 6) + 6), set.PuzzlesOf(group));
            (byte[] Question, byte[] Answer)[] members = [.. boards.Skip(group * 6).Take(6)];
            Assert.Single(members.Select(m => forms.Of(m.Question, m.Answer)).Distinct());
            Assert.True(members.Select(m => string.Concat(m.Question)).Distinct().Count() > 1);
            found.AddRange(members.Skip(1).Take(group < 8 ? 5 : 0).Select(m => Assert.IsType<SudokuTransform>(SudokuReference.Between(size, members[0], m))));
        }

        Assert.Contains(found, t => t.Transpose);
        Assert.Contains(found, t => !t.Transpose);
        Assert.Contains(found, t => t.Rows[0] >= box);
        Assert.Contains(found, t => t.Columns[0] >= box);
        Assert.Contains(found, t => t.Rows[0] % box != 0);
        Assert.Contains(found, t => t.DigitMap[1] != 1);
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes_and_another_does_not()
    {
        string Hash(string output, long seed)
        {
            SudokuBuilder.Build(Options("sudoku4") with { Output = _folder.File(output), NumAug = 2, SubsampleSize = 20, Seed = seed });
            return PuzzleDataset.Load(_folder.File(output), "train").DataHash;
        }

        Assert.Equal(Hash("a", 1), Hash("b", 1));
        Assert.NotEqual(Hash("c", 1), Hash("d", 2));
        BuilderFiles.AssertSameFiles(_folder.File("a"), _folder.File("b"));
    }

    [Fact]
    public void A_subsample_is_a_random_choice_of_different_training_rows_and_leaves_the_test_split_whole()
    {
        SudokuBuilder.Build(Options("sudoku9"));
        List<string> all = [.. Built("train").Select(b => PuzzleFiles.Sudoku(b.Question.Select(t => (int)t)))];

        DatasetSummary summary = SudokuBuilder.Build(Options("sudoku9") with { SubsampleSize = 10, Overwrite = true, Seed = 5 });

        List<string> chosen = [.. Built("train").Select(b => PuzzleFiles.Sudoku(b.Question.Select(t => (int)t)))];
        Assert.Equal(10, chosen.Distinct().Count());
        Assert.Subset(all.ToHashSet(), chosen.ToHashSet());
        Assert.NotEqual(all[..10], chosen);
        Assert.Equal([10L, 25L], summary.Splits.Select(s => s.Groups));
        Assert.Contains("all 25 were taken", SudokuBuilder.Build(Options("sudoku9") with { SubsampleSize = 26, Overwrite = true }).Notes[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_minimum_difficulty_holds_for_both_splits_and_says_what_it_left_out()
    {
        int Harder(string split) => File.ReadLines(BuilderFiles.Csv("sudoku9_" + split)).Skip(1).Count(line => int.Parse(line.Split(',')[3]) >= 22);

        DatasetSummary summary = SudokuBuilder.Build(Options("sudoku9") with { MinDifficulty = 22 });

        Assert.Equal([Harder("train"), Harder("test")], summary.Splits.Select(s => (int)s.Groups));
        Assert.Contains($"{50 - Harder("train") - Harder("test")} puzzles with a rating below 22", summary.Notes[0], StringComparison.Ordinal);
        string error = Error(Options("sudoku9") with { MinDifficulty = 100_000, Overwrite = true });
        Assert.Contains("25 puzzles has a rating of at least 100000; the highest is", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Sixteen_by_sixteen_boards_use_letters_and_quotes_are_read()
    {
        const string Digits = "123456789ABCDEFG";
        string answer = string.Concat(Enumerable.Range(0, 256).Select(i => Digits[((i / 16 * 4) + (i / 64) + (i % 16)) % 16]));
        string table = _folder.Table($"\"big, \"\"quoted\"\"\",0{answer[1..]},{answer},7");

        DatasetSummary summary = SudokuBuilder.Build(new SudokuBuildOptions { TrainCsv = table, Output = _folder.File("out") });

        Assert.Equal((256, 18), (summary.SeqLen, summary.VocabSize));
        Assert.Equal(new byte[] { 1, 3, 4 }, Built("train")[0].Question[..3]);
        Assert.Equal(17, Built("train")[0].Answer[15]);
        Assert.False(Directory.Exists(_folder.File("out/test")));
    }

    [Theory]
    [InlineData("a,1..23.1..1.343.1,1432321421434321", "3 fields where 4 must be")]
    [InlineData("a,1..23.1..1.343.1,1432321421434321,7,8", "5 fields where 4 must be")]
    [InlineData("a,1..23.1..1.343.,1432321421434321,7", "the question has 15 cells, the first puzzle of the table 16")]
    [InlineData("a,1..23.1..1.343.1,143232142143432,7", "the answer has 15 cells")]
    [InlineData("a,1..23.1..1.343.x,1432321421434321,7", "the question has 'x' at row 4, column 4")]
    [InlineData("a,1..25.1..1.343.1,1432521421434321,7", "the question has '5' at row 2, column 1")]
    [InlineData("a,2..23.1..1.343.1,1432321421434321,7", "at row 1, column 1 the answer has '1' and the question '2'")]
    [InlineData("a,1..23.1..1.343.1,143232142143432.,7", "the answer has '.'")]
    [InlineData("a,................,1432123421434321,7", "repeats the digit 1 at row 2, column 1")]
    [InlineData("\"a,1..23.1..1.343.1,1432321421434321,7", "a quote is not closed")]
    [InlineData("\"a\"b,1..23.1..1.343.1,1432321421434321,7", "text follows the closing quote of field 1")]
    [InlineData("a,1..23.1..1.343.1,1432321421434321,seven", "the rating 'seven' is no whole number")]
    public void A_bad_row_is_named_by_file_and_line_before_anything_is_written(string row, string what)
    {
        string table = _folder.Table("a,1..23.1..1.343.1,1432321421434321,7", "", row);

        string error = Error(new SudokuBuildOptions { TrainCsv = table, Output = _folder.File("out"), MinDifficulty = 1 });

        Assert.StartsWith($"{table}(4): ", error, StringComparison.Ordinal);
        Assert.Contains(what, error, StringComparison.Ordinal);
        Assert.Equal([table], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Tables_without_header_puzzles_or_matching_sizes_are_refused()
    {
        string Bad(string text) => Error(new SudokuBuildOptions { TrainCsv = _folder.Write("bad.csv", System.Text.Encoding.UTF8.GetBytes(text)), Output = _folder.File("out") });

        Assert.Contains("the first line is a puzzle", Bad("a,1..23.1..1.343.1,1432321421434321,7\n"), StringComparison.Ordinal);
        Assert.Contains("(1): the file is empty", Bad(""), StringComparison.Ordinal);
        Assert.Contains("no puzzle below the header", Bad("\uFEFFsource,question,answer,rating\r\n"), StringComparison.Ordinal);
        Assert.Contains("no Sudoku has", Bad("s,q,a,r\nx,12,12,1\n"), StringComparison.Ordinal);
        Assert.Contains("longer than", Bad("s,q,a,r\n" + new string('1', 3 << 20)), StringComparison.Ordinal);
        Assert.Contains("no such file", Error(Options("sudoku4") with { TestCsv = _folder.File("none.csv") }), StringComparison.Ordinal);
        Assert.Contains("have 81 cells, those of", Error(Options("sudoku4") with { TestCsv = BuilderFiles.Csv("sudoku9_test") }), StringComparison.Ordinal);
        Assert.Contains("number of augmentations is -1", Error(Options("sudoku4") with { NumAug = -1 }), StringComparison.Ordinal);
        Assert.Contains("subsample size is 0", Error(Options("sudoku4") with { SubsampleSize = 0 }), StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_that_cross_the_read_buffer_and_lack_a_last_newline_are_whole()
    {
        string[] rows = [.. Enumerable.Range(0, 5000).Select(i => $"{new string('x', i % 97)},1..23.1..1.343.1,1432321421434321,{i}")];
        string table = _folder.Write("long.csv", System.Text.Encoding.UTF8.GetBytes("s,q,a,r\r\n" + string.Join("\r\n", rows)));

        DatasetSummary summary = SudokuBuilder.Build(new SudokuBuildOptions { TrainCsv = table, Output = _folder.File("out"), MinDifficulty = 0 });

        Assert.Equal(5000, summary.Splits[0].Examples);
        Assert.All(Built("train"), board => Assert.Equal("1..23.1..1.343.1", PuzzleFiles.Sudoku(board.Question.Select(t => (int)t))));
    }

    private SudokuBuildOptions Options(string name) => new()
    {
        TrainCsv = BuilderFiles.Csv(name + "_train"),
        TestCsv = BuilderFiles.Csv(name + "_test"),
        Output = _folder.File("out"),
    };

    private List<(byte[] Question, byte[] Answer)> Built(string split) => BuilderFiles.Boards(_folder.File("out"), split);

    private static string Error(SudokuBuildOptions options) => Assert.Throws<HrmGenException>(() => SudokuBuilder.Build(options)).Message;
}
