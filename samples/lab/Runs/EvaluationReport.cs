using System.Globalization;
using HrmGen.Data;
using HrmGen.Models;
using HrmGen.Training;

namespace HrmGen.Lab.Runs;

/// <summary>An evaluation in words: exact accuracy first, because token accuracy flatters.</summary>
internal static class EvaluationReport
{
    public static void Write(LabHost host, ModelSpec spec, string weights, PuzzleDataset dataset, EvaluationResult result)
    {
        void Line(FormattableString line) => host.Output.WriteLine(line.ToString(CultureInfo.InvariantCulture));
        Line($"{spec.Name}, {weights}");
        Line($"{dataset.Directory} ({dataset.Split}): {result.Count:N0} puzzles");
        Line($"exact accuracy    {Percent(result.ExactAccuracy)}  ({result.Exact:N0} of {result.Count:N0})");
        Line($"token accuracy    {Percent(result.Accuracy)}");
        Line($"supervision steps {result.AverageSteps:0.00} on average");
        Line($"exact accuracy by supervision step:");
        for (var step = 0; step < result.ExactByStep.Length; step++)
        {
            Line($"  {step + 1,3}  {Percent((double)result.ExactByStep[step] / Math.Max(1, result.Count))}");
        }
    }

    private static string Percent(double share) => (100 * share).ToString("0.00", CultureInfo.InvariantCulture) + " %";
}
