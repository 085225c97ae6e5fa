namespace HrmGen.Lab.Puzzles;

/// <summary>Puzzles of one character a cell: the characters in order, and messages that say where.</summary>
internal static class CellText
{
    /// <summary>Reads exactly the cells of a board.</summary>
    /// <param name="text">The puzzle, in one line or in rows.</param>
    /// <param name="shape">The board.</param>
    /// <param name="what">Its name in messages, such as <c>a 4x4 Sudoku</c>.</param>
    /// <param name="token">The token of a character, or null.</param>
    /// <param name="allowed">The characters in words.</param>
    /// <param name="isSpace">Characters between the cells.</param>
    public static int[] Read(string text, (int Rows, int Columns) shape, string what, Func<char, int?> token, string allowed, Func<char, bool> isSpace)
    {
        var (tokens, cells) = (new List<int>(), shape.Rows * shape.Columns);
        foreach (var c in text)
        {
            if (isSpace(c))
            {
                continue;
            }

            if (tokens.Count == cells)
            {
                throw new HrmGenException($"puzzle: {what} has {cells} cells, and '{c}' at position {cells + 1} is one too many");
            }

            tokens.Add(token(c) ?? throw new HrmGenException($"puzzle: '{c}' at {Place(tokens.Count, shape.Columns)} is none of {allowed}"));
        }

        return tokens.Count == cells
            ? [.. tokens]
            : throw new HrmGenException($"puzzle: {what} has {cells} cells, and this ends after {tokens.Count}: the cell at {Place(tokens.Count, shape.Columns)} is missing");
    }

    /// <summary>A cell in words, counted from 1.</summary>
    public static string Place(int cell, int columns) => $"position {cell + 1} (row {(cell / columns) + 1}, column {(cell % columns) + 1})";
}
