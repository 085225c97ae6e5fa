using HrmGen.Data;
using HrmGen.Data.Builders;

namespace HrmGen.Tests.Data.Builders;

public sealed class PuzzleTextTests
{
    [Theory]
    [InlineData("sudoku4/official-50-aug-7", PuzzleKind.Sudoku)]
    [InlineData("sudoku9/official-25-aug-7", PuzzleKind.Sudoku)]
    [InlineData("maze8/official-50-dihedral8", PuzzleKind.Maze)]
    [InlineData("arc/official-mini-aug-3", PuzzleKind.Arc)]
    public void Kinds_are_recognized(string folder, PuzzleKind kind) =>
        Assert.Equal(kind, PuzzleText.KindOf(PuzzleDataset.Load(PuzzleFiles.Official(folder), "test")));

    [Fact]
    public void A_maze_of_sixteen_cells_is_no_sudoku_and_other_tasks_are_tokens()
    {
        using var folder = new TemporaryFolder();
        string table = folder.Table("x,S ##  ## # G#  #,So## o## #oG#  #,3");
        MazeBuilder.Build(new MazeBuildOptions { TrainCsv = table, Output = folder.File("out") });

        Assert.Equal(PuzzleKind.Maze, PuzzleText.KindOf(PuzzleDataset.Load(folder.File("out"), "train")));
        Assert.Equal(PuzzleKind.Tokens, PuzzleText.KindOf(PuzzleFiles.Build(folder, [[1], [1]])));
    }

    [Fact]
    public void Sudokus_have_lines_between_boxes()
    {
        int[] tokens = [2, 1, 1, 5, 1, 1, 3, 1, 4, 1, 1, 1, 0, 9, -100, -7];

        Assert.Equal(["1 . │ . 4", ". . │ 2 .", "────┼────", "3 . │ . .", "  ? │   ?"], PuzzleText.Lines(PuzzleKind.Sudoku, tokens));
        IReadOnlyList<string> nine = PuzzleText.Lines(PuzzleKind.Sudoku, [.. Enumerable.Repeat(10, 81)]);
        Assert.Equal((11, "9 9 9 │ 9 9 9 │ 9 9 9", "──────┼───────┼──────"), (nine.Count, nine[0], nine[3]));
        Assert.Equal("G . ", PuzzleText.Lines(PuzzleKind.Sudoku, [17, .. Enumerable.Repeat(1, 255)])[0][..4]);
    }

    [Fact]
    public void Mazes_are_two_characters_a_cell_and_styles_see_every_cell()
    {
        int[] tokens = [3, 2, 1, 5, 4, 1, 0, 6, -100];

        Assert.Equal(["S   ██", "o G ██", "  ?   "], PuzzleText.Lines(PuzzleKind.Maze, tokens));
        Assert.Equal(["[0:S ][1:  ][2:██]", "[3:o ][4:G ][5:██]", "[6:  ][7:? ][8:  ]"], PuzzleText.Lines(PuzzleKind.Maze, tokens, (cell, text) => $"[{cell}:{text}]"));
    }

    [Fact]
    public void Arc_grids_are_cropped_and_show_their_end()
    {
        byte[] tokens = new byte[ArcSequence.Length];
        ArcSequence.Encode(new ArcGrid(2, 3, [0, 1, 2, 9, 0, 5]), 1, 1, tokens);

        Assert.Equal(["          ", "  . 1 2 + ", "  9 . 5 + ", "  + + +   "], PuzzleText.Lines(PuzzleKind.Arc, [.. tokens.Select(t => (int)t)]));
        Assert.Empty(PuzzleText.Lines(PuzzleKind.Arc, new int[ArcSequence.Length]));
        Assert.Equal("? ", PuzzleText.Lines(PuzzleKind.Arc, [12, .. new int[899]])[0]);
    }

    [Fact]
    public void Other_tasks_show_their_tokens_and_wrong_sizes_are_refused()
    {
        Assert.Equal(["7 8 "], PuzzleText.Lines(PuzzleKind.Tokens, [7, 8]));
        Assert.Equal(2, PuzzleText.Lines(PuzzleKind.Tokens, new int[33]).Count);
        Assert.Throws<ArgumentException>(() => PuzzleText.Lines(PuzzleKind.Sudoku, new int[25]));
        Assert.Throws<ArgumentException>(() => PuzzleText.Lines(PuzzleKind.Maze, new int[15]));
        Assert.Throws<ArgumentException>(() => PuzzleText.Lines(PuzzleKind.Arc, new int[899]));
    }
}
