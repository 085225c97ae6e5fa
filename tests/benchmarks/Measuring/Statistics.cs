namespace HrmGen.Benchmarks.Measuring;

/// <summary>Medians and their spread.</summary>
internal static class Statistics
{
    /// <summary>The middle value; that of an even number of values is the mean of two.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>The median of ratios, and the 95 % interval of it by bootstrap.</summary>
    public static (double Median, double Low, double High) Interval(double[] ratios)
    {
        var draw = new Random(1);
        var medians = Enumerable.Range(0, 2000).Select(_ => Median(Enumerable.Range(0, ratios.Length).Select(_ => ratios[draw.Next(ratios.Length)]))).Order().ToArray();
        return (Median(ratios), medians[50], medians[1949]);
    }

    /// <summary>The interval of one side's time over another's, as a cell of a table.</summary>
    /// <param name="rows">Times of all sides, turn by turn.</param>
    /// <param name="over">The side above the line.</param>
    /// <param name="under">The side below it.</param>
    public static string Ratio(IReadOnlyList<double[]> rows, int over, int under)
    {
        var (median, low, high) = Interval([.. rows.Select(r => r[over] / r[under])]);
        return FormattableString.Invariant($"{median:F2} [{low:F2}, {high:F2}]");
    }
}
