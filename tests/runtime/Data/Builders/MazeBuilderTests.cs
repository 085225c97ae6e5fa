using HrmGen.Data.Builders;

namespace HrmGen.Tests.Data.Builders;

public sealed class MazeBuilderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void With_the_eight_images_the_folder_is_the_official_one_byte_for_byte()
    {
        DatasetSummary summary = MazeBuilder.Build(Options() with { Augment = true });

        BuilderFiles.AssertSameFiles(PuzzleFiles.Official("maze8/official-50-dihedral8"), summary.Directory);
        Assert.Equal([new SplitSummary("train", 50, 400, 400), new SplitSummary("test", 50, 50, 50)], summary.Splits.ToArray());
        Assert.Equal((64, 6, 1), (summary.SeqLen, summary.VocabSize, summary.Identifiers));
    }

    [Fact]
    public void Without_augmentation_training_holds_the_table()
    {
        MazeBuilder.Build(Options());
        var expected = BuilderFiles.Boards(PuzzleFiles.Official("maze8/official-50-dihedral8"), "train").Chunk(8).Select(group => group[0]);

        Assert.Equal(
            expected.SelectMany(b => b.Question.Concat(b.Answer)),
            BuilderFiles.Boards(_folder.File("out"), "train").SelectMany(b => b.Question.Concat(b.Answer)));
    }

    [Fact]
    public void Subsamples_are_drawn_from_training_only()
    {
        DatasetSummary summary = MazeBuilder.Build(Options() with { SubsampleSize = 7 });

        Assert.Equal([7L, 50L], summary.Splits.Select(split => split.Groups));
        Assert.Equal(7, BuilderFiles.Boards(_folder.File("out"), "train").Select(b => string.Concat(b.Question)).Distinct().Count());
    }

    [Theory]
    [InlineData("maze8_train", 8)]
    [InlineData("maze8_test", 8)]
    [InlineData("maze30_train", 30)]
    public void Published_labels_are_those_of_the_label_rule(string table, int side)
    {
        MazeBuilder.Build(new MazeBuildOptions { TrainCsv = BuilderFiles.Csv(table), Output = _folder.File("out") });

        foreach ((byte[] question, byte[] answer) in BuilderFiles.Boards(_folder.File("out"), "train"))
        {
            MazeSolution solution = MazeSolver.Solve(question, side)!;
            Assert.Equal(answer, solution.Answer);
            Assert.Equal(side == 8, solution.IsUnique);
            Assert.True(MazeSolver.IsShortestPath(question, answer, side));
        }
    }

    [Fact]
    public void Another_path_counts_as_shortest_only_when_it_is_one()
    {
        byte[] maze = Tokens("S  " + "   " + "  G");

        Assert.Equal(Tokens("S  " + "o  " + "ooG"), MazeSolver.Solve(maze, 3)!.Answer);
        Assert.True(MazeSolver.IsShortestPath(maze, Tokens("So " + " oo" + "  G"), 3));
        Assert.False(MazeSolver.IsShortestPath(maze, Tokens("So " + "  o" + " oG"), 3));
        Assert.False(MazeSolver.IsShortestPath(maze, Tokens("So " + " o " + "  G"), 3));
        Assert.False(MazeSolver.IsShortestPath(maze, Tokens("Soo" + "  o" + " oG"), 3));
        Assert.False(MazeSolver.IsShortestPath(maze, Tokens("So#" + " oo" + "  G"), 3));
        Assert.Null(MazeSolver.Solve(Tokens("S# " + "## " + "  G"), 3));
        Assert.Null(MazeSolver.Solve(Tokens("S  " + "   " + "   "), 3));
    }

    [Theory]
    [InlineData("x,S G,SoG,2", "has 3 cells, which no square maze has")]
    [InlineData("x,S  ?,So G,2", "the question has '?' at row 2, column 2")]
    [InlineData("x,SS G,SSoG,2", "not one 'S', one 'G'")]
    [InlineData("x,So G,So G,2", "not one 'S', one 'G'")]
    [InlineData("x,S  G,So#G,2", "row 2, column 1 is ' ' in the question and '#' in the answer")]
    public void Bad_mazes_are_named_by_line(string row, string what)
    {
        string table = _folder.Table(row);

        string error = Assert.Throws<HrmGenException>(
            () => MazeBuilder.Build(new MazeBuildOptions { TrainCsv = table, Output = _folder.File("out") })).Message;

        Assert.StartsWith($"{table}(2): ", error, StringComparison.Ordinal);
        Assert.Contains(what, error, StringComparison.Ordinal);
    }

    private static byte[] Tokens(string maze) => [.. maze.Select(c => (byte)("# SGo".IndexOf(c) + 1))];

    private MazeBuildOptions Options() => new()
    {
        TrainCsv = BuilderFiles.Csv("maze8_train"),
        TestCsv = BuilderFiles.Csv("maze8_test"),
        Output = _folder.File("out"),
    };
}
