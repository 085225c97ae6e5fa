namespace HrmGen.Data.Builders;

/// <summary>
/// The eight images of a rectangle, numbered as <c>dihedral_transform</c> of the official builders (<c>dataset/common.py</c>): 0 itself,
/// 1 to 3 quarter turns against the clock, 4 left and right exchanged, 5 top and bottom exchanged, 6 and 7 mirrored at the two diagonals.
/// </summary>
public static class Dihedral
{
    /// <summary>Number of images.</summary>
    public const int Count = 8;

    /// <summary>Maps a grid.</summary>
    /// <param name="transform">Which image, 0 to 7.</param>
    /// <param name="grid">rows x columns cells.</param>
    /// <param name="rows">Rows of the grid.</param>
    /// <param name="columns">Columns of the grid.</param>
    /// <param name="destination">Takes as many cells; must not overlap the grid.</param>
    /// <returns>Rows and columns of the image.</returns>
    public static (int Rows, int Columns) Apply(int transform, ReadOnlySpan<byte> grid, int rows, int columns, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(transform);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(transform, Count);
        bool turned = transform is 1 or 3 or 6 or 7;
        (int newRows, int newColumns) = turned ? (columns, rows) : (rows, columns);
        for (int i = 0; i < newRows; i++)
        {
            for (int j = 0; j < newColumns; j++)
            {
                (int row, int column) = transform switch
                {
                    0 => (i, j),
                    1 => (j, columns - 1 - i),
                    2 => (rows - 1 - i, columns - 1 - j),
                    3 => (rows - 1 - j, i),
                    4 => (i, columns - 1 - j),
                    5 => (rows - 1 - i, j),
                    6 => (j, i),
                    _ => (rows - 1 - j, columns - 1 - i),
                };
                destination[(i * newColumns) + j] = grid[(row * columns) + column];
            }
        }

        return (newRows, newColumns);
    }

    /// <summary>The image that undoes another: quarter turns undo each other, mirrors themselves.</summary>
    public static int Inverse(int transform) => transform switch
    {
        1 => 3,
        3 => 1,
        _ => transform,
    };
}
