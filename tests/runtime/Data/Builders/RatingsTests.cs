using HrmGen.Data;
using HrmGen.Data.Builders;

namespace HrmGen.Tests.Data.Builders;

/// <summary>What a table rates its puzzles with comes along, beside the files that the official builders write.</summary>
public sealed class RatingsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_image_of_a_puzzle_has_its_rating()
    {
        DatasetSummary sudoku = SudokuBuilder.Build(new()
        {
            TrainCsv = BuilderFiles.Csv("sudoku9_train"),
            TestCsv = BuilderFiles.Csv("sudoku9_test"),
            NumAug = 2,
            Output = _folder.File("sudoku"),
        });
        DatasetSummary maze = MazeBuilder.Build(new()
        {
            TrainCsv = BuilderFiles.Csv("maze8_train"),
            TestCsv = BuilderFiles.Csv("maze8_test"),
            Augment = true,
            Output = _folder.File("maze"),
        });

        Assert.Equal(Column("sudoku9_train").SelectMany(r => Enumerable.Repeat(r, 3)), Ratings(sudoku, "train"));
        Assert.Equal(Column("sudoku9_test"), Ratings(sudoku, "test"));
        Assert.Equal(Column("maze8_train").SelectMany(r => Enumerable.Repeat(r, 8)), Ratings(maze, "train"));
        Assert.Equal(Column("maze8_test"), Ratings(maze, "test"));
        Assert.Empty(sudoku.Notes.Concat(maze.Notes));
    }

    /// <summary>Row i of the table has the rating i, and so many clues that its question tells i.</summary>
    [Fact]
    public void A_subsample_keeps_puzzle_and_rating_together()
    {
        const string Answer = "1432321421434321";
        string[] rows = [.. Enumerable.Range(1, 15).Select(i => $"a,{Answer[..i].PadRight(16, '.')},{Answer},{i}")];

        DatasetSummary summary = SudokuBuilder.Build(new() { TrainCsv = _folder.Table(rows), SubsampleSize = 10, MinDifficulty = 3, Output = _folder.File("out") });

        List<int> clues = [.. BuilderFiles.Boards(summary.Directory, "train").Select(b => b.Question.Count(t => t > 1))];
        Assert.Equal(10, clues.Distinct().Count());
        Assert.NotEqual(clues.Order(), clues);
        Assert.Equal(clues, Ratings(summary, "train"));
    }

    [Fact]
    public void Generated_puzzles_have_the_ratings_of_their_table()
    {
        DatasetSummary summary = MazeGenerator.Generate(new() { Side = 6, Train = 12, Test = 5, Output = _folder.File("out") });

        foreach (string split in new[] { "train", "test" })
        {
            List<int> table = Ratings(File.ReadLines(_folder.File($"out/csv/{split}.csv")));
            Assert.True(table.Distinct().Count() > 1);
            Assert.Equal(table, Ratings(summary, split));
        }
    }

    [Fact]
    public void A_table_without_whole_ratings_is_built_without_and_the_line_is_told()
    {
        string table = _folder.Table("a,1..23.1..1.343.1,1432321421434321,7", "a,1..23.1..1.343.1,1432321421434321,hard", "a,1..23.1..1.343.1,1432321421434321,");

        DatasetSummary summary = SudokuBuilder.Build(new() { TrainCsv = table, TestCsv = BuilderFiles.Csv("sudoku4_test"), Output = _folder.File("out") });

        Assert.Equal($"{table}(3): the rating is no whole number, so the split has no ratings.", Assert.Single(summary.Notes));
        Assert.Null(PuzzleDataset.Load(summary.Directory, "train").Sets[0].Ratings);
        Assert.Equal(Column("sudoku4_test"), Ratings(summary, "test"));
    }

    private static List<int> Column(string table) => Ratings(File.ReadLines(BuilderFiles.Csv(table)));

    private static List<int> Ratings(IEnumerable<string> lines) =>
        [.. lines.Skip(1).Where(l => l.Length > 0).Select(l => int.Parse(l[(l.LastIndexOf(',') + 1)..], System.Globalization.CultureInfo.InvariantCulture))];

    private static List<int> Ratings(DatasetSummary built, string split)
    {
        IntegerArray ratings = PuzzleDataset.Load(built.Directory, split).Sets[0].Ratings!;
        return [.. Enumerable.Range(0, (int)ratings.Length).Select(i => ratings[i])];
    }
}
