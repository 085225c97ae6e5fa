namespace HrmGen.Data.Builders;

/// <summary>The measures of a Sudoku: boxes of <see cref="Box"/> x <see cref="Box"/> cells on a square of <see cref="Side"/>.</summary>
/// <param name="Box">Rows and columns of a box; also boxes in a row.</param>
public readonly record struct SudokuSize(int Box)
{
    // 25 digits are what 1-9 and A-P can write.
    private const int LargestBox = 5;

    /// <summary>Rows, columns and digits: 4, 9, 16 or 25.</summary>
    public int Side => Box * Box;

    /// <summary>Cells: the task's seq_len.</summary>
    public int Cells => Side * Side;

    /// <summary>Tokens: padding, blank and the digits.</summary>
    public int VocabSize => Side + 2;

    /// <summary>The size with this many cells; null where there is none.</summary>
    public static SudokuSize? WithCells(int cells)
    {
        for (int box = 2; box <= LargestBox; box++)
        {
            if (new SudokuSize(box) is var size && size.Cells == cells)
            {
                return size;
            }
        }

        return null;
    }

    /// <summary>The box that a cell lies in.</summary>
    internal int BoxOf(int row, int column) => (row / Box * Box) + (column / Box);
}
