using System.Text;

namespace HrmGen.Data.Builders;

/// <summary>
/// The representative of a 4x4 or 9x9 Sudoku among all its images under renamed digits, transposition and permuted bands, stacks, rows
/// and columns: two puzzles have the same exactly when one is an image of the other. The smallest solved grid in reading order,
/// and of the puzzles that belong to it the smallest.
/// </summary>
internal sealed class SudokuCanonicalForm
{
    private readonly SudokuSize _size;
    private readonly int[][] _columnOrders;
    private readonly byte[] _best;
    private readonly byte[] _bestQuestion;
    private readonly byte[] _row;
    private readonly int[] _rowOrder;
    private readonly int[] _digitOf;
    private bool _hasBest;

    /// <param name="size">4x4 or 9x9; larger boards have too many images to try.</param>
    public SudokuCanonicalForm(SudokuSize size)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size.Box, 3);
        _size = size;
        _columnOrders = [.. Orders(size)];
        (_best, _bestQuestion) = (new byte[size.Cells], new byte[size.Cells]);
        (_row, _rowOrder, _digitOf) = (new byte[size.Side], new int[size.Side], new int[size.Side + 2]);
    }

    /// <summary>The representative: side x side characters of the solved grid, then as many of the puzzle.</summary>
    /// <param name="question">Tokens of the puzzle.</param>
    /// <param name="answer">Tokens of its solution.</param>
    public string Of(ReadOnlySpan<byte> question, ReadOnlySpan<byte> answer)
    {
        byte[] turnedQuestion = Transposed(question);
        byte[] turnedAnswer = Transposed(answer);
        _hasBest = false;
        for (int row = 0; row < _size.Side; row++)
        {
            foreach (int[] columns in _columnOrders)
            {
                Try(question, answer, row, columns);
                Try(turnedQuestion, turnedAnswer, row, columns);
            }
        }

        return Encoding.ASCII.GetString(_best) + Encoding.ASCII.GetString(_bestQuestion);
    }

    /// <summary>The part of a representative that stands for the solved grid.</summary>
    public string GridOf(string form) => form[.._size.Cells];

    // Given which row comes first and how the columns stand, the smallest image is forced: the first row is renamed to 1, 2, ...,
    // and rows of a band, and bands, are sorted by their first cell.
    private void Try(ReadOnlySpan<byte> question, ReadOnlySpan<byte> answer, int first, int[] columns)
    {
        int side = _size.Side;
        for (int j = 0; j < side; j++)
        {
            _digitOf[answer[(first * side) + columns[j]]] = j + 1;
        }

        // All candidates begin with 1, 2, ...; the first cell of the second row already decides most of them.
        SortBand(answer, first / _size.Box, columns[0], 0);
        if (_hasBest && _digitOf[answer[(_rowOrder[1] * side) + columns[0]]] + '0' > _best[side])
        {
            return;
        }

        SortOtherBands(answer, first / _size.Box, columns[0]);
        int order = _hasBest ? 0 : -1;
        for (int i = 1; i < side && order <= 0; i++)
        {
            Map(answer, _rowOrder[i], columns);
            order = order < 0 ? order : _row.AsSpan().SequenceCompareTo(_best.AsSpan(i * side, side));
            if (order < 0)
            {
                // From here on it is a new best one; the rows above are equal.
                _row.CopyTo(_best, i * side);
            }
        }

        if (order > 0)
        {
            return;
        }

        if (!_hasBest)
        {
            Map(answer, first, columns);
            _row.CopyTo(_best, 0);
        }

        TryQuestion(question, columns, isBetter: order < 0);
        _hasBest = true;
    }

    private void TryQuestion(ReadOnlySpan<byte> question, int[] columns, bool isBetter)
    {
        int side = _size.Side;
        for (int i = 0; i < side; i++)
        {
            Map(question, _rowOrder[i], columns);
            Span<byte> best = _bestQuestion.AsSpan(i * side, side);
            int order = isBetter ? -1 : _row.AsSpan().SequenceCompareTo(best);
            if (order > 0)
            {
                return;
            }

            isBetter |= order < 0;
            _row.CopyTo(best);
        }
    }

    private void Map(ReadOnlySpan<byte> board, int row, int[] columns)
    {
        for (int j = 0; j < columns.Length; j++)
        {
            byte token = board[(row * columns.Length) + columns[j]];
            _row[j] = token <= 1 ? (byte)'.' : (byte)('0' + _digitOf[token]);
        }
    }

    private void SortBand(ReadOnlySpan<byte> answer, int band, int column, int at)
    {
        for (int i = 0; i < _size.Box; i++)
        {
            int row = (band * _size.Box) + i;
            int place = at + i;
            for (; place > at && FirstOf(answer, _rowOrder[place - 1], column) > FirstOf(answer, row, column); place--)
            {
                _rowOrder[place] = _rowOrder[place - 1];
            }

            _rowOrder[place] = row;
        }
    }

    private void SortOtherBands(ReadOnlySpan<byte> answer, int firstBand, int column)
    {
        int at = _size.Box;
        for (int band = 0; band < _size.Box; band++)
        {
            if (band != firstBand)
            {
                SortBand(answer, band, column, at);
                at += _size.Box;
            }
        }

        // At most two bands are left, as the side is at most 9.
        int box = _size.Box;
        if (box == 3 && FirstOf(answer, _rowOrder[box], column) > FirstOf(answer, _rowOrder[2 * box], column))
        {
            for (int i = box; i < 2 * box; i++)
            {
                (_rowOrder[i], _rowOrder[i + box]) = (_rowOrder[i + box], _rowOrder[i]);
            }
        }
    }

    private int FirstOf(ReadOnlySpan<byte> answer, int row, int column) => _digitOf[answer[(row * _size.Side) + column]];

    private byte[] Transposed(ReadOnlySpan<byte> board)
    {
        byte[] turned = new byte[board.Length];
        Dihedral.Apply(6, board, _size.Side, _size.Side, turned);
        return turned;
    }

    private static IEnumerable<int[]> Orders(SudokuSize size)
    {
        List<int[]> inner = [.. Permutations([.. Enumerable.Range(0, size.Box)])];
        foreach (int[] stacks in inner)
        {
            IEnumerable<int[]> orders = [[]];
            foreach (int stack in stacks)
            {
                orders = orders.SelectMany(_ => inner, (order, lines) => (int[])[.. order, .. lines.Select(line => (stack * size.Box) + line)]);
            }

            foreach (int[] order in orders)
            {
                yield return order;
            }
        }
    }

    private static IEnumerable<int[]> Permutations(int[] items) => items.Length == 1
        ? [items]
        : items.SelectMany(item => Permutations([.. items.Where(other => other != item)]), (item, rest) => (int[])[item, .. rest]);
}
