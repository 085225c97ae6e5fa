namespace HrmGen.Data.Builders;

/// <summary>
/// ARC grids as sequences of 30 x 30 tokens: 0 padding, 1 end, colour c is c + 2
/// (<c>np_grid_to_seq_translational_augment</c> of the official builders, <c>_crop</c> of TRM's <c>evaluators/arc.py</c>).
/// </summary>
public static class ArcSequence
{
    /// <summary>Tokens of a sequence.</summary>
    public const int Length = ArcGrid.MaximumSide * ArcGrid.MaximumSide;

    /// <summary>Number of token values.</summary>
    public const int VocabSize = ArcGrid.Colours + FirstColour;

    private const int FirstColour = 2;
    private const byte End = 1;

    /// <summary>Writes a grid, and end tokens along its lower and right edge where there is room; the corner stays padding.</summary>
    /// <param name="grid">The grid.</param>
    /// <param name="top">Rows of padding above; the grid must fit below.</param>
    /// <param name="left">Columns of padding to the left; the grid must fit beside.</param>
    /// <param name="tokens">Takes <see cref="Length"/> tokens.</param>
    public static void Encode(ArcGrid grid, int top, int left, Span<byte> tokens)
    {
        ArgumentNullException.ThrowIfNull(grid);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(top, ArcGrid.MaximumSide - grid.Rows);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(left, ArcGrid.MaximumSide - grid.Columns);
        tokens = tokens[..Length];
        tokens.Clear();
        (int bottom, int right) = (top + grid.Rows, left + grid.Columns);
        for (int row = 0; row < grid.Rows; row++)
        {
            Span<byte> line = tokens.Slice((top + row) * ArcGrid.MaximumSide, ArcGrid.MaximumSide);
            for (int column = 0; column < grid.Columns; column++)
            {
                line[left + column] = (byte)(grid.Cells[(row * grid.Columns) + column] + FirstColour);
            }

            if (right < ArcGrid.MaximumSide)
            {
                line[right] = End;
            }
        }

        if (bottom < ArcGrid.MaximumSide)
        {
            tokens.Slice((bottom * ArcGrid.MaximumSide) + left, grid.Columns).Fill(End);
        }
    }

    /// <summary>
    /// The grid that a sequence shows at its top left: the largest rectangle from there that holds colours only, the shortest of equal
    /// ones. Null where the first token is no colour.
    /// </summary>
    /// <param name="tokens"><see cref="Length"/> tokens, for instance predictions of a model.</param>
    public static ArcGrid? Crop(ReadOnlySpan<int> tokens)
    {
        (int rows, int columns) = (0, 0);
        int width = ArcGrid.MaximumSide;
        for (int row = 0; row < ArcGrid.MaximumSide; row++)
        {
            int offEnd = tokens.Slice(row * ArcGrid.MaximumSide, width).IndexOfAnyExceptInRange(FirstColour, VocabSize - 1);
            width = offEnd < 0 ? width : offEnd;
            if ((row + 1) * width > rows * columns)
            {
                (rows, columns) = (row + 1, width);
            }
        }

        byte[] cells = new byte[rows * columns];
        for (int i = 0; i < cells.Length; i++)
        {
            cells[i] = (byte)(tokens[(i / columns * ArcGrid.MaximumSide) + (i % columns)] - FirstColour);
        }

        return cells.Length == 0 ? null : new ArcGrid(rows, columns, cells);
    }
}
