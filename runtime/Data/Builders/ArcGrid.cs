using System.Security.Cryptography;

namespace HrmGen.Data.Builders;

/// <summary>An ARC grid: 1 to 30 rows and columns of colours 0 to 9.</summary>
/// <param name="Rows">Number of rows.</param>
/// <param name="Columns">Number of columns.</param>
/// <param name="Cells">The colours, row after row.</param>
public sealed record ArcGrid(int Rows, int Columns, byte[] Cells)
{
    /// <summary>The most rows and columns that a grid has, and those of a sequence.</summary>
    public const int MaximumSide = 30;

    /// <summary>Number of colours.</summary>
    public const int Colours = 10;

    /// <summary>
    /// SHA-256 of one byte of rows, one of columns and the colours: <c>grid_hash</c> of the official builder, by which it tells
    /// augmentations apart and by which votes are counted. Lower-case hexadecimal.
    /// </summary>
    public string Hash()
    {
        byte[] bytes = [(byte)Rows, (byte)Columns, .. Cells];
        return Convert.ToHexStringLower(SHA256.HashData(bytes));
    }

    /// <summary>Whether size and colours are the same.</summary>
    public bool Equals(ArcGrid? other) =>
        other is not null && Rows == other.Rows && Columns == other.Columns && Cells.AsSpan().SequenceEqual(other.Cells);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Columns);
        hash.AddBytes(Cells);
        return hash.ToHashCode();
    }
}
