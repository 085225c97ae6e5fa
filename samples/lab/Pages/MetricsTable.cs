using System.Globalization;

namespace HrmGen.Lab.Pages;

/// <summary>Columns of numbers, the first of which the others are drawn over.</summary>
/// <param name="Path">The file.</param>
/// <param name="Columns">Their names.</param>
/// <param name="Rows">A value each, or null where the file has none.</param>
internal sealed record MetricsTable(string Path, string[] Columns, IReadOnlyList<double?[]> Rows)
{
    /// <summary>Reads a CSV file with a line of names. A last line that was cut off, as a killed run leaves it, does not count.</summary>
    /// <exception cref="HrmGenException">The file is missing, or a line does not fit.</exception>
    public static MetricsTable Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new HrmGenException($"{path}: there is no such file; give the folder that 'hrmgen train' wrote");
        }

        var text = File.ReadAllText(path).ReplaceLineEndings("\n");
        var lines = text.Split('\n');
        var complete = lines[..^1].Where(l => l.Length > 0).ToList();
        if (complete.Count < 2)
        {
            throw new HrmGenException($"{path}: there is no line of numbers yet; wait for the run's first report");
        }

        var columns = complete[0].Split(',');
        return new(path, columns, [.. complete.Skip(1).Select((line, i) => Row(path, line, i + 2, columns))]);
    }

    /// <summary>A column that has numbers, over the first one.</summary>
    public IReadOnlyList<(double X, double Y)> Curve(int column) =>
        [.. Rows.Where(r => r[0] is not null && r[column] is { } y && double.IsFinite(y)).Select(r => (r[0]!.Value, r[column]!.Value))];

    private static double?[] Row(string path, string line, int number, string[] columns)
    {
        var fields = line.Split(',');
        if (fields.Length != columns.Length)
        {
            throw new HrmGenException($"{path}({number}): {fields.Length} values where line 1 names {columns.Length} columns; delete the line, or let the run write the file again");
        }

        return [.. fields.Select((field, i) => field.Length == 0 ? null
            : double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value
            : i == 0 ? throw new HrmGenException($"{path}({number}): '{field}' is no {columns[0]}") : (double?)null)];
    }
}
