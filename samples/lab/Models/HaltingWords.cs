using System.Globalization;
using HrmGen.Halting;
using HrmGen.Models;

namespace HrmGen.Lab.Models;

/// <summary><c>--halting</c>.</summary>
internal static class HaltingWords
{
    /// <summary>The rule of a word; the spec's own when null.</summary>
    /// <exception cref="HrmGenException">The word is none.</exception>
    public static EvaluationHalting Parse(string? word, ModelSpec spec)
    {
        var compact = word?.Replace(" ", "", StringComparison.Ordinal);
        if (compact is not null && compact.StartsWith("residual<", StringComparison.Ordinal)
            && double.TryParse(compact.AsSpan("residual<".Length), NumberStyles.Float, CultureInfo.InvariantCulture, out var threshold) && threshold > 0)
        {
            return EvaluationHalting.WhenSettled(threshold);
        }

        return compact switch
        {
            null => spec.Evaluation,
            "all_steps" => EvaluationHalting.AllSteps,
            "halt" => EvaluationHalting.WhenHalting,
            _ => throw new HrmGenException($"--halting {word}: it is all_steps, halt, or residual<EPS, as in residual<0.01"),
        };
    }
}
