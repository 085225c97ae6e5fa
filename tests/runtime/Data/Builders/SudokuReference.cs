using HrmGen.Data.Builders;

namespace HrmGen.Tests.Data.Builders;

/// <summary>Slow and plain Sudoku code of the tests' own, to hold the library's against.</summary>
internal static class SudokuReference
{
    /// <summary>Counts solutions, up to 2, by trying every digit at the first blank: no reasoning, and nothing shared with the library.</summary>
    public static int Solutions(byte[] tokens)
    {
        int side = (int)Math.Sqrt(tokens.Length);
        int box = (int)Math.Sqrt(side);
        byte[] board = [.. tokens];
        bool Fits(int cell, int token)
        {
            for (int other = 0; other < board.Length; other++)
            {
                bool sees = other / side == cell / side || other % side == cell % side
                    || (other / side / box == cell / side / box && other % side / box == cell % side / box);
                if (other != cell && sees && board[other] == token)
                {
                    return false;
                }
            }

            return true;
        }

        int Count(int limit)
        {
            int cell = Array.IndexOf(board, (byte)1);
            if (cell < 0)
            {
                return 1;
            }

            int found = 0;
            for (int token = 2; token < side + 2 && found < limit; token++)
            {
                if (Fits(cell, token))
                {
                    board[cell] = (byte)token;
                    found += Count(limit - found);
                    board[cell] = 1;
                }
            }

            return found;
        }

        return Enumerable.Range(0, board.Length).All(cell => board[cell] == 1 || Fits(cell, board[cell])) ? Count(2) : 0;
    }

    /// <summary>The symmetry that maps one puzzle with its solution onto another, found by trying; null where there is none.</summary>
    public static SudokuTransform? Between(SudokuSize size, (byte[] Question, byte[] Answer) from, (byte[] Question, byte[] Answer) to)
    {
        int side = size.Side;
        byte[] image = new byte[size.Cells];
        foreach (bool transpose in new[] { false, true })
        {
            int At(int row, int column) => from.Answer[transpose ? (column * side) + row : (row * side) + column] - 1;
            foreach (int[] columns in Lines(size))
            {
                for (int first = 0; first < side; first++)
                {
                    int[] digits = new int[side + 1];
                    for (int j = 0; j < side; j++)
                    {
                        digits[At(first, columns[j])] = to.Answer[j] - 1;
                    }

                    int[] rows = [.. Enumerable.Range(0, side).Select(i =>
                        Enumerable.Range(0, side).First(row => digits[At(row, columns[0])] == to.Answer[i * side] - 1))];
                    if (digits[At(rows[1], columns[1])] != to.Answer[side + 1] - 1)
                    {
                        continue;
                    }

                    var transform = new SudokuTransform(digits, transpose, rows, columns);
                    transform.Apply(from.Answer, image);
                    if (image.AsSpan().SequenceEqual(to.Answer) && KeepsBands(size, rows))
                    {
                        transform.Apply(from.Question, image);
                        if (image.AsSpan().SequenceEqual(to.Question))
                        {
                            return transform;
                        }
                    }
                }
            }
        }

        return null;
    }

    private static bool KeepsBands(SudokuSize size, int[] rows) =>
        rows.Chunk(size.Box).All(band => band.All(row => row / size.Box == band[0] / size.Box));

    private static IEnumerable<int[]> Lines(SudokuSize size)
    {
        IEnumerable<int[]> orders = [[]];
        for (int i = 0; i < size.Side; i++)
        {
            orders = [.. orders.SelectMany(
                order => Enumerable.Range(0, size.Side).Where(line => !order.Contains(line)
                    && (order.Length % size.Box == 0 || order[^1] / size.Box == line / size.Box)),
                (order, line) => (int[])[.. order, line])];
        }

        return orders;
    }
}
