using System.Globalization;
using System.Text;

namespace HrmGen.Lab.Sweeps;

/// <summary>Results over seeds as a Markdown table: mean and deviation.</summary>
internal static class SweepTable
{
    /// <summary>One row a model, in the order given.</summary>
    public static string Write(IEnumerable<SweepResult> results)
    {
        var text = new StringBuilder("| model | exact accuracy % | steps in training | GFLOPs an example | exact by step % | q_halt by step | q_continue by step | seconds |\n|---|---|---|---|---|---|---|---|\n");
        foreach (var model in results.GroupBy(r => r.Model, StringComparer.Ordinal))
        {
            var runs = model.ToList();
            text.Append(CultureInfo.InvariantCulture,
                $"| {model.Key} | {Spread(runs.Select(r => 100 * r.Exact), "0.0")} | {Spread(runs.Select(r => r.TrainingSteps), "0.00")} | {Spread(runs.Select(r => r.GFlopsPerExample), "0.000")} "
                + $"| {ByStep(runs.Select(r => r.ExactByStep), 100, "0.0")} | {ByStep(runs.Select(r => r.Halt), 1, "0.00")} | {ByStep(runs.Select(r => r.Continue), 1, "0.00")} | {runs.Average(r => r.Seconds):0} |\n");
        }

        return text.ToString();
    }

    /// <summary>Mean and sample deviation.</summary>
    public static string Spread(IEnumerable<double> values, string format)
    {
        var list = values.ToList();
        var mean = list.Average();
        var deviation = list.Count < 2 ? double.NaN : Math.Sqrt(list.Sum(v => (v - mean) * (v - mean)) / (list.Count - 1));
        return mean.ToString(format, CultureInfo.InvariantCulture) + (double.IsNaN(deviation) ? "" : " ± " + deviation.ToString(format, CultureInfo.InvariantCulture));
    }

    private static string ByStep(IEnumerable<double[]> runs, double scale, string format)
    {
        var list = runs.ToList();
        return string.Join(" ", Enumerable.Range(0, list.Min(r => r.Length)).Select(s => (scale * list.Average(r => r[s])).ToString(format, CultureInfo.InvariantCulture)));
    }
}
