using HrmGen.Data.Builders;

namespace HrmGen.Tests.Data.Builders;

public sealed class MazeGeneratorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(8, MazeStyle.Scattered, null, 200, 50)]
    [InlineData(5, MazeStyle.Scattered, 3, 100, 50)]
    [InlineData(30, MazeStyle.Scattered, null, 10, 5)]
    [InlineData(30, MazeStyle.Carved, 110, 10, 5)]
    [InlineData(13, MazeStyle.Carved, null, 50, 10)]
    public void Mazes_have_one_shortest_path_of_enough_moves_and_no_image_in_the_other_split(
        int side, MazeStyle style, int? moves, int train, int test)
    {
        MazeGenerator.Generate(Options() with { Side = side, Style = style, MinLength = moves, Train = train, Test = test });

        var forms = new List<string>[2];
        foreach ((string split, int index) in new[] { ("train", 0), ("test", 1) })
        {
            var boards = BuilderFiles.Boards(_folder.File("out"), split);
            Assert.Equal(index == 0 ? train : test, boards.Count);
            Assert.All(boards, board =>
            {
                (int length, int paths) = ShortestPaths(board.Question, side);
                Assert.Equal(1, paths);
                Assert.True(length >= (moves ?? side));
                Assert.Equal(length - 1, board.Answer.Count(token => token == 5));
                Assert.True(MazeSolver.IsShortestPath(board.Question, board.Answer, side));
            });
            forms[index] = [.. boards.Select(board => Enumerable.Range(0, 8).Select(image =>
            {
                byte[] turned = new byte[side * side];
                Dihedral.Apply(image, board.Question, side, side, turned);
                return string.Concat(turned);
            }).Min(StringComparer.Ordinal)!)];
        }

        Assert.Empty(forms[0].Intersect(forms[1]));
        Assert.Equal(test, forms[1].Distinct().Count());
    }

    [Fact]
    public void The_eight_images_of_a_maze_have_one_form()
    {
        byte[] image = new byte[64];
        var boards = BuilderFiles.Boards(PuzzleFiles.Official("maze8/official-50-dihedral8"), "test");
        Assert.All(boards, board => Assert.Single(Enumerable.Range(0, 8).Select(transform =>
        {
            Dihedral.Apply(transform, board.Question, 8, 8, image);
            return MazeGenerator.Form(image, 8);
        }).Distinct()));
        Assert.Equal(50, boards.Select(board => MazeGenerator.Form(board.Question, 8)).Distinct().Count());
    }

    [Fact]
    public void Seeds_decide_all_and_the_tables_build_the_same_data()
    {
        MazeGenerator.Generate(Options() with { Train = 10, Test = 4 });
        MazeGenerator.Generate(Options() with { Train = 10, Test = 4, Output = _folder.File("again") });
        MazeGenerator.Generate(Options() with { Train = 10, Test = 4, Output = _folder.File("other"), Seed = 10 });
        MazeBuilder.Build(new MazeBuildOptions
        {
            TrainCsv = _folder.File("out/csv/train.csv"),
            TestCsv = _folder.File("out/csv/test.csv"),
            Output = _folder.File("built"),
        });

        BuilderFiles.AssertSameFiles(_folder.File("out"), _folder.File("again"));
        BuilderFiles.AssertSameFiles(_folder.File("out/train"), _folder.File("built/train"));
        Assert.NotEqual(File.ReadAllText(_folder.File("out/csv/test.csv")), File.ReadAllText(_folder.File("other/csv/test.csv")));
    }

    [Fact]
    public void What_does_not_exist_is_refused()
    {
        string Error(MazeGenerateOptions options) => Assert.Throws<HrmGenException>(() => MazeGenerator.Generate(options)).Message;

        Assert.Contains("side of the mazes is 2. Give 3 or more", Error(Options() with { Side = 2 }), StringComparison.Ordinal);
        Assert.Contains("side of the mazes is 101", Error(Options() with { Side = 101 }), StringComparison.Ordinal);
        Assert.Contains("fewest moves is 33. Give 32 or less", Error(Options() with { MinLength = 33 }), StringComparison.Ordinal);
        Assert.Contains("tries in a row gave none", Error(Options() with { Side = 30, MinLength = 400, Train = 1, Test = 1 }), StringComparison.Ordinal);
        Assert.Contains("training puzzles is 0", Error(Options() with { Train = 0 }), StringComparison.Ordinal);
    }

    /// <summary>Length and number of shortest paths, by counting ways level by level: no code of the library.</summary>
    private static (int Length, int Paths) ShortestPaths(byte[] maze, int side)
    {
        var ways = new Dictionary<int, int> { [Array.IndexOf(maze, (byte)3)] = 1 };
        var done = new HashSet<int>(ways.Keys);
        int goal = Array.IndexOf(maze, (byte)4);
        for (int length = 1; ways.Count > 0; length++)
        {
            var next = new Dictionary<int, int>();
            foreach ((int cell, int count) in ways)
            {
                foreach ((int row, int column) in new[] { (0, 1), (1, 0), (0, -1), (-1, 0) })
                {
                    (int r, int c) = ((cell / side) + row, (cell % side) + column);
                    int other = (r * side) + c;
                    if (r >= 0 && r < side && c >= 0 && c < side && maze[other] != 1 && !done.Contains(other))
                    {
                        next[other] = Math.Min(1000, next.GetValueOrDefault(other) + count);
                    }
                }
            }

            if (next.TryGetValue(goal, out int paths))
            {
                return (length, paths);
            }

            done.UnionWith(next.Keys);
            ways = next;
        }

        return (0, 0);
    }

    private MazeGenerateOptions Options() => new() { Output = _folder.File("out"), Seed = 9 };
}
