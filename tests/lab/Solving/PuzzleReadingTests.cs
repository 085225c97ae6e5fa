using HrmGen.Lab.Puzzles;
using HrmGen.Models;

namespace HrmGen.Lab.Tests.Solving;

/// <summary>Puzzles as people write them become the tokens of the official builders; what is none says where.</summary>
public sealed class PuzzleReadingTests
{
    private static ModelSpec Spec(string name) => Specs.HrmModels.All.Single(m => m.Spec.Name == name).Spec;

    private static IPuzzleKind Kind(int vocabulary, int rows, int columns, string? kind = null) =>
        PuzzleKinds.Of(kind, Spec("TrmGrid_T1_n2") with { VocabSize = vocabulary, SeqLen = rows * columns, Grid = (rows, columns) });

    [Theory]
    [InlineData("TrmGrid_T1_n2", "sudoku")]
    [InlineData("TrmMlpSudoku", "sudoku")]
    [InlineData("TrmAttMaze", "maze")]
    [InlineData("TrmAttArc1", "arc")]
    public void KindFollowsTheModel(string model, string kind) => Assert.Equal(kind, PuzzleKinds.Of(null, Spec(model)).Name);

    [Fact]
    public void WhatNothingTellsIsTokens() => Assert.Equal("tokens", Kind(7, 2, 3).Name);

    [Fact]
    public void SudokuInOneLineOrInRows()
    {
        var kind = Kind(6, 4, 4);
        int[] tokens = [1, 2, 3, 4, 5, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 5];
        Assert.Equal(tokens, kind.Read(".1234...1......4"));
        Assert.Equal(tokens, kind.Read("0123\n4000\n1000\r\n0004\n"));
        Assert.Equal(".1234...1......4", string.Concat(tokens.Select(kind.Glyph)));
    }

    [Fact]
    public void SudokuVerdicts()
    {
        var kind = Kind(6, 4, 4);
        int[] Grid(string text) => kind.Read(text);
        Assert.Equal("a valid solution", kind.Judge(Grid("1..............."), Grid("1234341221434321"))!.Text);
        Assert.Contains("not a solution: 2 rows", kind.Judge(Grid("................"), Grid("1234341221434312"))!.Text);
        Assert.Contains("1 given cells were changed", kind.Judge(Grid("2..............."), Grid("1234341221434321"))!.Text);

        // Rows and columns are right, and the boxes are not.
        Assert.Contains("not a solution: 4 rows", kind.Judge(Grid("................"), Grid("1234234134124123"))!.Text);
    }

    [Fact]
    public void MazeKeepsItsSpaces()
    {
        var kind = Kind(6, 2, 4);
        Assert.Equal("maze", kind.Name);
        int[] tokens = [3, 2, 2, 1, 1, 5, 4, 2];
        Assert.Equal(tokens, kind.Read("S  #\n#oG \n"));
        Assert.Equal(tokens, kind.Read("S..##oG."));
    }

    [Fact]
    public void ArcClosesTheGridAsTheOfficialBuilderDoes()
    {
        var kind = Kind(12, 4, 4);
        Assert.Equal([2, 11, 1, 0, 5, 2, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0], kind.Read("[[0, 9], [3, 0]]"));
        Assert.Equal([2, 2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0], kind.Read("[[0, 0, 0, 0]]"));
    }

    [Fact]
    public void TokensInAnyLayout() => Assert.Equal([1, 2, 3, 4, 5, 6], Kind(7, 2, 3).Read(" 1 2,3\n4\t5 6\n"));

    [Theory]
    [InlineData(6, 4, 4, null, ".1..x", "'x' at position 5 (row 2, column 1)")]
    [InlineData(6, 4, 4, null, "...5", "'5' at position 4 (row 1, column 4)")]
    [InlineData(6, 4, 4, null, "....", "a 4x4 Sudoku has 16 cells, and this ends after 4: the cell at position 5 (row 2, column 1) is missing")]
    [InlineData(6, 4, 4, null, "................3", "'3' at position 17 is one too many")]
    [InlineData(6, 2, 4, null, "#  x", "'x' at position 4 (row 1, column 4)")]
    [InlineData(6, 2, 4, null, "#  ?", "'?' at position 4 (row 1, column 4)")]
    [InlineData(12, 4, 4, null, "[[1, 10]]", "10 at row 1, column 2 is no colour")]
    [InlineData(12, 4, 4, null, "[[1, 2], [3]]", "row 2 has 1 colours, row 1 has 2")]
    [InlineData(12, 4, 4, null, "[[1, 2,]", "line 1, position 8 is not JSON")]
    [InlineData(12, 4, 4, null, "[[1, 2, 3, 4, 5]]", "a model of 4x4 takes 1 to 4 of each")]
    [InlineData(12, 4, 4, null, "[]", "the grid has 0 rows")]
    [InlineData(7, 2, 3, null, "1 2 7 1 1 1", "'7' at position 3 (row 1, column 3) is no token from 0 to 6")]
    [InlineData(7, 2, 3, null, "1 2 3 4 5", "position 6 (row 2, column 3) is missing")]
    [InlineData(7, 2, 3, null, "1 2 3 4 5 6 1", "position 7 is one too many")]
    [InlineData(7, 2, 3, "maze", "", "takes a vocabulary of 6")]
    [InlineData(7, 2, 3, "sodoku", "", "did you mean 'sudoku'")]
    public void ErrorsSayWhere(int vocabulary, int rows, int columns, string? kind, string text, string message)
    {
        var error = Assert.Throws<HrmGenException>(() => Kind(vocabulary, rows, columns, kind).Read(text));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }
}
