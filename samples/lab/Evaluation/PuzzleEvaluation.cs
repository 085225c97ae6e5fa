using HrmGen.Data;
using HrmGen.Halting;
using HrmGen.Models;
using static TorchSharp.torch;

namespace HrmGen.Lab.Evaluation;

/// <summary>Evaluates puzzle by puzzle, so that answers can be looked at and not only counted.</summary>
internal static class PuzzleEvaluation
{
    /// <summary>Every puzzle of a split, in its order.</summary>
    public static IEnumerable<EvaluatedPuzzle> Run(IRecursiveModel model, PuzzleDataset dataset, int batchSize, int? steps, EvaluationHalting halting)
    {
        foreach (var part in new EvaluationBatches(dataset, batchSize))
        {
            using (part)
            {
                foreach (var puzzle in Batch(model, part.Batch, part.RealRows, steps ?? model.Info.N_sup, halting))
                {
                    yield return puzzle;
                }
            }
        }
    }

    private static List<EvaluatedPuzzle> Batch(IRecursiveModel model, PuzzleBatch batch, int rows, int steps, EvaluationHalting halting)
    {
        using var scope = NewDisposeScope();
        var right = Enumerable.Range(0, rows).Select(_ => new bool[steps]).ToList();
        var (answers, taken, confidence) = (Array.Empty<int>(), Array.Empty<int>(), Array.Empty<double>());
        var step = 0;
        foreach (var output in model.Evaluate(batch, steps, halting))
        {
            var now = output.Predictions.seq_is_correct.cpu().data<bool>().ToArray();
            for (var row = 0; row < rows; row++)
            {
                Array.Fill(right[row], now[row], step, steps - step);
            }

            (answers, taken) = (Ints(output.Predictions.preds), Ints(output.steps));
            confidence = output.Outputs.q_halt is { } q ? q.to(float64).sigmoid().cpu().data<double>().ToArray() : [];
            step++;
        }

        var (questions, labels, puzzles, length) = (Ints(batch.inputs), Ints(batch.labels), Ints(batch.puzzle_identifiers), (int)batch.inputs.size(1));
        int[] Row(int[] all, int row) => all[(row * length)..((row + 1) * length)];
        return [.. Enumerable.Range(0, rows).Select(r =>
            new EvaluatedPuzzle(Row(questions, r), Row(labels, r), Row(answers, r), right[r], taken[r], puzzles[r], confidence.Length > 0 ? confidence[r] : double.NaN))];
    }

    /// <summary>A tensor's whole numbers.</summary>
    public static int[] Ints(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.to(int32).cpu().flatten().data<int>().ToArray();
    }
}
