namespace HrmGen.Data.Builders;

/// <summary>
/// A symmetry of Sudoku: digits renamed, the board transposed or not, rows and columns permuted so that bands and stacks stay together.
/// It is <c>shuffle_sudoku</c> of the official builders (<c>dataset/build_sudoku_dataset.py</c>) for given draws.
/// </summary>
/// <param name="DigitMap">New digit of each digit; entry 0, the blank, is 0.</param>
/// <param name="Transpose">Whether rows and columns change places first.</param>
/// <param name="Rows">For each new row the row (of the transposed board) that it comes from.</param>
/// <param name="Columns">For each new column the column that it comes from.</param>
public sealed record SudokuTransform(
    IReadOnlyList<int> DigitMap, bool Transpose, IReadOnlyList<int> Rows, IReadOnlyList<int> Columns)
{
    /// <summary>A symmetry drawn as the official builder draws it: each part uniformly.</summary>
    public static SudokuTransform Random(SudokuSize size, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(random);
        int[] digits = [.. Enumerable.Range(0, size.Side + 1)];
        random.Draw(digits.AsSpan(1), size.Side);
        bool transpose = random.NextDouble() < 0.5;
        return new SudokuTransform(digits, transpose, Lines(size, random), Lines(size, random));
    }

    /// <summary>Maps a board of tokens (0 padding, 1 blank, digit d is d + 1).</summary>
    /// <param name="board">Side x side tokens.</param>
    /// <param name="destination">Takes as many; must not overlap the board.</param>
    public void Apply(ReadOnlySpan<byte> board, Span<byte> destination)
    {
        int side = Rows.Count;
        for (int row = 0; row < side; row++)
        {
            for (int column = 0; column < side; column++)
            {
                (int fromRow, int fromColumn) = Transpose ? (Columns[column], Rows[row]) : (Rows[row], Columns[column]);
                byte token = board[(fromRow * side) + fromColumn];
                destination[(row * side) + column] = token == 0 ? (byte)0 : (byte)(DigitMap[token - 1] + 1);
            }
        }
    }

    private static int[] Lines(SudokuSize size, RandomStream random)
    {
        int[] bands = [.. Enumerable.Range(0, size.Box)];
        random.Draw<int>(bands, size.Box);
        var lines = new List<int>(size.Side);
        foreach (int band in bands)
        {
            int[] inBand = [.. Enumerable.Range(band * size.Box, size.Box)];
            random.Draw<int>(inBand, size.Box);
            lines.AddRange(inBand);
        }

        return [.. lines];
    }
}
