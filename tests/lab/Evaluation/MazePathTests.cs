using HrmGen.Lab.Evaluation;

namespace HrmGen.Lab.Tests.Evaluation;

public class MazePathTests
{
    private const string Maze = """
        #####
        #S  #
        #   #
        #  G#
        #####
        """;

    [Theory]
    [InlineData("#####\n#Soo#\n#  o#\n#  G#\n#####", true)]
    [InlineData("#####\n#So #\n# oo#\n#  G#\n#####", true)] // another one, no shorter
    [InlineData("#####\n#S  #\n#oo #\n# oG#\n#####", true)]
    [InlineData("#####\n#Soo#\n# oo#\n#  G#\n#####", false)] // a cell too many
    [InlineData("#####\n#Soo#\n#   #\n#  G#\n#####", false)] // broken off
    [InlineData("#####\n#Soo#\n#  o#\n#   #\n#####", false)] // the goal is gone
    [InlineData("####o\n#Soo#\n#  o#\n#  G#\n#####", false)] // through a wall
    [InlineData("#####\n#S  #\n#   #\n#  G#\n#####", false)]
    public void Any_shortest_path_counts_and_nothing_else(string answer, bool expected) =>
        Assert.Equal(expected, MazePath.IsShortest(Tokens(Maze), Tokens(answer), 5));

    [Fact]
    public void A_maze_without_a_way_has_no_shortest_path()
    {
        var closed = Tokens("#####\n#S###\n#####\n###G#\n#####");
        Assert.Null(MazePath.Distance(closed, 5, t => t != 1));
        Assert.False(MazePath.IsShortest(closed, closed, 5));
        Assert.Equal(4, MazePath.Distance(Tokens(Maze), 5, t => t != 1));
    }

    private static int[] Tokens(string maze) => [.. maze.Where(c => c is not ('\n' or '\r')).Select(c => 1 + "# SGo".IndexOf(c))];
}
