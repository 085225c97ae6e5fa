using System.Numerics;

namespace HrmGen.Data.Builders;

/// <summary>
/// Solves Sudokus and shows whether a solution is the only one: cells with one candidate and digits with one place first, then a guess
/// at the cell with the fewest candidates. One instance serves many boards of one size, one at a time.
/// </summary>
public sealed class SudokuSolver
{
    private readonly SudokuSize _size;
    private readonly uint _all;
    private readonly int[][] _units;
    private readonly int[] _rowOf;
    private readonly int[] _columnOf;
    private readonly int[] _boxOf;
    private readonly uint[] _free;
    private readonly byte[] _digits;
    private readonly int[] _trail;
    private int _trailLength;
    private int _limit;
    private RandomStream? _random;
    private byte[]? _solution;

    /// <summary>A solver of boards of one size.</summary>
    public SudokuSolver(SudokuSize size)
    {
        (_size, int side) = (size, size.Side);
        _all = ((1u << side) - 1) << 1;
        int[] cells = [.. Enumerable.Range(0, size.Cells)];
        // Three kinds of unit, and the masks of their free digits, in one list each.
        _rowOf = [.. cells.Select(cell => cell / side)];
        _columnOf = [.. cells.Select(cell => side + (cell % side))];
        _boxOf = [.. cells.Select(cell => (2 * side) + size.BoxOf(cell / side, cell % side))];
        _units = [.. Enumerable.Range(0, 3 * side)
            .Select(unit => cells.Where(cell => _rowOf[cell] == unit || _columnOf[cell] == unit || _boxOf[cell] == unit).ToArray())];
        _free = new uint[3 * side];
        _digits = new byte[size.Cells];
        _trail = new int[size.Cells];
    }

    /// <summary>Solutions that the last search found, up to its limit.</summary>
    public int Solutions { get; private set; }

    /// <summary>Digits that the last search tried at cells where reasoning left several: a measure of difficulty.</summary>
    public int Guesses { get; private set; }

    /// <summary>Counts solutions.</summary>
    /// <param name="board">Tokens: digit d is d + 1, anything lower a blank.</param>
    /// <param name="limit">Stops at this many; 2 tells whether a solution is unique.</param>
    /// <param name="solution">Receives the first solution found, as tokens; may be null.</param>
    /// <returns>0, 1 ... up to the limit. A board that repeats a digit in a unit has no solution.</returns>
    /// <exception cref="ArgumentException">The board is not of the solver's size.</exception>
    public int Count(ReadOnlySpan<byte> board, int limit, byte[]? solution = null) => Search(board, limit, null, solution);

    /// <summary>Fills an empty board at random: every solved grid can come, though not each equally often.</summary>
    internal byte[] RandomGrid(RandomStream random)
    {
        byte[] grid = new byte[_size.Cells];
        Search(new byte[_size.Cells], 1, random, grid);
        return grid;
    }

    private int Search(ReadOnlySpan<byte> board, int limit, RandomStream? random, byte[]? solution)
    {
        if (board.Length != _size.Cells)
        {
            throw new ArgumentException($"A board of {_size.Cells} cells is needed.", nameof(board));
        }

        (_limit, _random, _solution, Solutions, Guesses, _trailLength) = (limit, random, solution, 0, 0, 0);
        Array.Fill(_free, _all);
        Array.Clear(_digits);
        for (int cell = 0; cell < board.Length; cell++)
        {
            if (board[cell] > 1)
            {
                uint digit = 1u << (board[cell] - 1);
                if ((Candidates(cell) & digit) == 0)
                {
                    return 0;
                }

                Place(cell, digit);
            }
        }

        Search();
        return Solutions;
    }

    private void Search()
    {
        int mark = _trailLength;
        while (true)
        {
            if (!Fewest(out int cell, out uint candidates))
            {
                Found();
                break;
            }

            if (candidates == 0)
            {
                break;
            }

            if (!BitOperations.IsPow2(candidates) && !HasPlaces(ref cell, ref candidates))
            {
                break;
            }

            if (!BitOperations.IsPow2(candidates))
            {
                Guess(cell, candidates);
                break;
            }

            Place(cell, candidates);
        }

        while (_trailLength > mark)
        {
            Remove(_trail[--_trailLength]);
        }
    }

    private void Guess(int cell, uint candidates)
    {
        while (candidates != 0 && Solutions < _limit)
        {
            int skip = _random?.NextBelow(BitOperations.PopCount(candidates)) ?? 0;
            uint rest = candidates;
            for (; skip > 0; skip--)
            {
                rest &= rest - 1;
            }

            uint digit = rest & (0 - rest);
            candidates &= ~digit;
            Guesses++;
            Place(cell, digit);
            Search();
            Remove(_trail[--_trailLength]);
        }
    }

    private void Found()
    {
        if (Solutions++ == 0 && _solution is not null)
        {
            for (int cell = 0; cell < _digits.Length; cell++)
            {
                _solution[cell] = (byte)(_digits[cell] + 1);
            }
        }
    }

    private uint Candidates(int cell) => _free[_rowOf[cell]] & _free[_columnOf[cell]] & _free[_boxOf[cell]];

    /// <summary>The blank cell with the fewest candidates; false when none is blank.</summary>
    private bool Fewest(out int best, out uint candidates)
    {
        (best, candidates) = (-1, 0);
        int fewest = int.MaxValue;
        for (int cell = 0; cell < _digits.Length; cell++)
        {
            if (_digits[cell] != 0)
            {
                continue;
            }

            uint own = Candidates(cell);
            int count = BitOperations.PopCount(own);
            if (count < fewest)
            {
                (best, candidates, fewest) = (cell, own, count);
                if (count <= 1)
                {
                    break;
                }
            }
        }

        return best >= 0;
    }

    /// <summary>Takes a digit with one place left in a unit, if there is one; false where a digit has no place at all.</summary>
    private bool HasPlaces(ref int cell, ref uint candidates)
    {
        for (int unit = 0; unit < _units.Length; unit++)
        {
            (uint once, uint twice) = (0, 0);
            foreach (int other in _units[unit])
            {
                uint own = _digits[other] == 0 ? Candidates(other) : 0;
                twice |= once & own;
                once |= own;
            }

            if (once != _free[unit])
            {
                return false;
            }

            uint single = once & ~twice;
            if (single != 0)
            {
                single &= 0 - single;
                candidates = single;
                foreach (int other in _units[unit])
                {
                    if (_digits[other] == 0 && (Candidates(other) & single) != 0)
                    {
                        cell = other;
                    }
                }

                return true;
            }
        }

        return true;
    }

    private void Place(int cell, uint digit)
    {
        _digits[cell] = (byte)BitOperations.TrailingZeroCount(digit);
        _free[_rowOf[cell]] &= ~digit;
        _free[_columnOf[cell]] &= ~digit;
        _free[_boxOf[cell]] &= ~digit;
        _trail[_trailLength++] = cell;
    }

    private void Remove(int cell)
    {
        uint digit = 1u << _digits[cell];
        _digits[cell] = 0;
        _free[_rowOf[cell]] |= digit;
        _free[_columnOf[cell]] |= digit;
        _free[_boxOf[cell]] |= digit;
    }
}
