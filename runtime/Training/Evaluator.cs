using System.Collections.Immutable;
using HrmGen.Data;
using HrmGen.Halting;
using HrmGen.Models;
using static TorchSharp.torch;

namespace HrmGen.Training;

/// <summary>Accuracy over a split.</summary>
/// <param name="Count">Puzzles.</param>
/// <param name="Exact">Those without a wrong cell.</param>
/// <param name="Accuracy">Mean part of right cells.</param>
/// <param name="ExactByStep">Puzzles without a wrong cell after each supervision step; an answer that stands counts on.</param>
/// <param name="AverageSteps">Supervision steps that a puzzle took, on average.</param>
public sealed record EvaluationResult(long Count, long Exact, double Accuracy, ImmutableArray<long> ExactByStep, double AverageSteps)
{
    /// <summary>Part of the puzzles without a wrong cell: the accuracy that the papers state.</summary>
    public double ExactAccuracy => (double)Exact / Math.Max(1, Count);
}

/// <summary>Evaluates models.</summary>
public static class Evaluator
{
    /// <summary>Runs every puzzle of a split through the supervision steps.</summary>
    /// <param name="model">The model, with the weights to evaluate.</param>
    /// <param name="dataset">The split.</param>
    /// <param name="batch_size">Puzzles at a time.</param>
    /// <param name="steps">Supervision steps at most; the spec's N_sup when null.</param>
    /// <param name="halting">When an answer stands; as the spec says (act.evaluate) when null.</param>
    public static EvaluationResult Evaluate(IRecursiveModel model, PuzzleDataset dataset, int batch_size = 256, int? steps = null, EvaluationHalting? halting = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(dataset);
        var count = steps ?? model.Info.N_sup;
        var exact = new long[count];
        var (puzzles, accuracy, taken) = (0L, 0.0, 0L);
        foreach (var part in new EvaluationBatches(dataset, batch_size))
        {
            using (part)
            {
                puzzles += part.RealRows;
                var (step, right) = (0, 0L);
                foreach (var output in model.Evaluate(part.Batch, count, halting))
                {
                    using var scope = NewDisposeScope();

                    // Rows that only fill the batch up have no label, and so no loss count.
                    var real = output.Predictions.loss_counts > 0;
                    right = (real & output.Predictions.seq_is_correct).sum().item<long>();
                    exact[step++] += right;
                    accuracy += output.Metrics.accuracy.item<double>();
                    taken += output.Metrics.steps.item<long>();
                }

                // All answers stood before the last step.
                for (; step < count; step++)
                {
                    exact[step] += right;
                }
            }
        }

        return new(puzzles, exact[^1], accuracy / Math.Max(1, puzzles), [.. exact], (double)taken / Math.Max(1, puzzles));
    }
}
