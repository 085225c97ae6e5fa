namespace HrmGen.Lab.Inspection;

/// <summary>Rows of text in columns.</summary>
internal static class TextTable
{
    /// <summary>Writes rows with two blanks between columns and none at the ends of lines.</summary>
    /// <param name="output">Takes the lines.</param>
    /// <param name="alignment">One character a column: <c>&lt;</c> left, <c>&gt;</c> right.</param>
    /// <param name="rows">The cells.</param>
    public static void Write(TextWriter output, string alignment, IReadOnlyList<string[]> rows)
    {
        int[] widths = [.. alignment.Select((_, column) => rows.Max(r => r[column].Length))];
        foreach (var row in rows)
        {
            output.WriteLine(string.Join("  ", row.Select((cell, i) => alignment[i] == '<' ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i]))).TrimEnd());
        }
    }
}
