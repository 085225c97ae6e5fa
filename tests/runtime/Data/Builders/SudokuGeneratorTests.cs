using HrmGen.Data.Builders;

namespace HrmGen.Tests.Data.Builders;

public sealed class SudokuGeneratorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(4, 300, 60, 4, 9)]
    [InlineData(9, 60, 15, 24, 32)]
    public void Puzzles_have_one_solution_few_clues_and_no_image_in_the_other_split(int side, int train, int test, int fewest, int most)
    {
        var forms = new SudokuCanonicalForm(new SudokuSize(side == 4 ? 2 : 3));

        DatasetSummary summary = SudokuGenerator.Generate(Options() with { Side = side, Train = train, Test = test });

        Assert.Equal([train, test], summary.Splits.Select(split => (int)split.Groups));
        var classes = new List<HashSet<string>>();
        foreach (string split in new[] { "train", "test" })
        {
            List<(byte[] Question, byte[] Answer)> boards = BuilderFiles.Boards(_folder.File("out"), split);
            Assert.All(boards, board =>
            {
                // The slow solver proves it for every 4x4 and for some 9x9 puzzles.
                Assert.True(boards.IndexOf(board) >= (side == 4 ? 1000 : 12) || SudokuReference.Solutions(board.Question) == 1);
                Assert.InRange(board.Question.Count(token => token > 1), fewest, most);
                Assert.True(board.Question.Zip(board.Answer).All(pair => pair.First == 1 || pair.First == pair.Second));
                Assert.True(SudokuCodec.IsSolved(new SudokuSize(side == 4 ? 2 : 3), board.Answer, out _));
            });
            Assert.Equal(boards.Count, boards.Select(board => string.Concat(board.Question)).Distinct().Count());
            classes.Add([.. boards.Select(board => forms.Of(board.Question, board.Answer))]);
            if (side == 9)
            {
                classes[^1].UnionWith(classes[^1].Select(forms.GridOf).ToArray());
            }
        }

        Assert.Empty(classes[0].Intersect(classes[1]));
        Assert.Equal(side == 4 ? test : 2 * test, classes[1].Count);
    }

    [Fact]
    public void The_tables_beside_the_data_build_the_same_data_and_seeds_decide_all()
    {
        SudokuGenerator.Generate(Options() with { Train = 20, Test = 5, Side = 4, Seed = 1 });
        SudokuGenerator.Generate(Options() with { Train = 20, Test = 5, Side = 4, Seed = 1, Output = _folder.File("again") });
        SudokuGenerator.Generate(Options() with { Train = 20, Test = 5, Side = 4, Seed = 2, Output = _folder.File("other") });
        SudokuBuilder.Build(new SudokuBuildOptions
        {
            TrainCsv = _folder.File("out/csv/train.csv"),
            TestCsv = _folder.File("out/csv/test.csv"),
            Output = _folder.File("built"),
        });

        BuilderFiles.AssertSameFiles(_folder.File("out"), _folder.File("again"));
        BuilderFiles.AssertSameFiles(_folder.File("out/train"), _folder.File("built/train"));
        BuilderFiles.AssertSameFiles(_folder.File("out/test"), _folder.File("built/test"));
        Assert.NotEqual(File.ReadAllText(_folder.File("out/csv/test.csv")), File.ReadAllText(_folder.File("other/csv/test.csv")));
    }

    [Fact]
    public void Clues_and_difficulty_are_as_asked_for()
    {
        SudokuGenerator.Generate(Options() with { Train = 5, Test = 0, MinClues = 26, MaxClues = 27, MinDifficulty = 3 });
        string[] rows = File.ReadAllLines(_folder.File("out/csv/train.csv"))[1..];

        Assert.All(rows, row => Assert.InRange(row.Split(',')[1].Count(c => c != '.'), 26, 27));
        Assert.All(rows, row => Assert.True(int.Parse(row.Split(',')[3]) >= 3));
        Assert.False(Directory.Exists(_folder.File("out/test")));
    }

    [Fact]
    public void What_does_not_exist_is_refused()
    {
        string Error(SudokuGenerateOptions options) => Assert.Throws<HrmGenException>(() => SudokuGenerator.Generate(options)).Message;

        Assert.Contains("side of 16", Error(Options() with { Side = 16 }), StringComparison.Ordinal);
        Assert.Contains("is 16. Give 17 or more", Error(Options() with { MinClues = 16 }), StringComparison.Ordinal);
        Assert.Contains("The most clues is 20. Give 30 or more", Error(Options() with { MinClues = 30, MaxClues = 20 }), StringComparison.Ordinal);
        Assert.Contains("Give 80 or less", Error(Options() with { MaxClues = 81 }), StringComparison.Ordinal);
        // Up to symmetry there are only 13 puzzles of 4 clues; the 14th test puzzle cannot be found.
        Assert.Contains("after 13 of 14 puzzles for test", Error(Options() with { Side = 4, MinClues = 4, MaxClues = 4, Train = 1, Test = 14 }), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("out")));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    private SudokuGenerateOptions Options() => new() { Output = _folder.File("out"), Seed = 7 };
}
