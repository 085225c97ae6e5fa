using HrmGen.Data;
using HrmGen.Models;
using static TorchSharp.torch;

namespace HrmGen.Lab.Evaluation;

/// <summary>
/// Breadth at test time: several runs of each puzzle with noise on the answer's latent before every supervision step, of which the one
/// stands that the halting head trusts most (PTRM, arXiv 2605.19943; the noise is on the answer's latent alone, as its reimplementations have it).
/// </summary>
internal static class Rollouts
{
    /// <summary>Every puzzle of a split by its best run.</summary>
    /// <param name="model">A model with a halting head.</param>
    /// <param name="dataset">The split.</param>
    /// <param name="batchSize">Runs at a time.</param>
    /// <param name="steps">Supervision steps of a run.</param>
    /// <param name="count">Runs of a puzzle.</param>
    /// <param name="noise">Standard deviation.</param>
    /// <exception cref="HrmGenException">Nothing tells the runs apart by their quality.</exception>
    public static IEnumerable<EvaluatedPuzzle> Run(IRecursiveModel model, PuzzleDataset dataset, int batchSize, int steps, int count, double noise)
    {
        if (model.FeedsBack)
        {
            throw new HrmGenException($"--rollouts: {model.Info.Name} feeds its answer back, and rollouts do not");
        }

        foreach (var part in new EvaluationBatches(dataset, Math.Max(1, batchSize / count)))
        {
            using (part)
            {
                foreach (var puzzle in Batch(model, part.Batch, part.RealRows, steps, count, noise))
                {
                    yield return puzzle;
                }
            }
        }
    }

    private static List<EvaluatedPuzzle> Batch(IRecursiveModel model, PuzzleBatch batch, int rows, int steps, int count, double noise)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        model.Module.eval();
        var all = (int)batch.inputs.size(0);
        using var data = batch.To(model.Device);
        var x = model.Embed(data.inputs.repeat_interleave(count, 0), data.puzzle_identifiers.repeat_interleave(count, 0));
        var latents = model.InitialLatents(all * count);
        var right = Enumerable.Range(0, rows).Select(r => new bool[steps]).ToList();
        var (answers, best) = (Array.Empty<int>(), Array.Empty<double>());
        for (var step = 0; step < steps; step++)
        {
            var before = latents;
            latents = model.LatentsFrom(name => name == model.AnswerLatent ? before[name] + (noise * randn_like(before[name])) : before[name]);
            latents = model.Recur(latents, model.AtStep(x, full([all * count], step + 1, dtype: int32, device: model.Device)));
            var q = model.Q(latents).q_halt ?? throw new HrmGenException($"--rollouts: {model.Info.Name} has no halting head to choose by");

            // The answer of the run that the head trusts most.
            var scores = q.to(float64).view(all, count);
            var winners = (arange(0, all, dtype: int64, device: model.Device) * count) + scores.argmax(-1);
            var preds = model.Logits(latents).argmax(-1).index_select(0, winners);
            var correct = (preds.eq(data.labels) | data.labels.eq(-100)).all(-1).cpu().data<bool>().ToArray();
            for (var row = 0; row < rows; row++)
            {
                right[row][step] = correct[row];
            }

            (answers, best) = (PuzzleEvaluation.Ints(preds), scores.amax([-1]).sigmoid().cpu().data<double>().ToArray());
        }

        var (questions, labels, puzzles, length) = (PuzzleEvaluation.Ints(batch.inputs), PuzzleEvaluation.Ints(batch.labels), PuzzleEvaluation.Ints(batch.puzzle_identifiers), (int)batch.inputs.size(1));
        int[] Row(int[] from, int row) => from[(row * length)..((row + 1) * length)];
        return [.. Enumerable.Range(0, rows).Select(r => new EvaluatedPuzzle(Row(questions, r), Row(labels, r), Row(answers, r), right[r], steps, puzzles[r], best[r]))];
    }
}
