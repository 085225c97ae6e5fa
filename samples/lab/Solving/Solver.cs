using HrmGen.Data;
using HrmGen.Halting;
using HrmGen.Lab.Puzzles;
using HrmGen.Models;
using static TorchSharp.torch;

namespace HrmGen.Lab.Solving;

/// <summary>Runs one puzzle through a model and keeps what happens.</summary>
internal sealed class Solver(IRecursiveModel model, long seed)
{
    // The head has two outputs in any case; without a continue loss, and so without its second pass, one of them means nothing.
    private readonly bool learnsToContinue = model.Info.ForwardPasses > 1;

    /// <summary>All supervision steps, whatever the halting head says: it is part of what one wants to see.</summary>
    public Solution Solve(string weights, IPuzzleKind kind, int[] question, int puzzle, int? steps)
    {
        using var batch = Batch(question, puzzle);
        var solved = new List<SolvedStep>();
        var updates = new List<UpdateResidual>();
        using var observer = new UpdateObserver(model, update => updates.Add(new(update.Latent, Change(update))));

        // Seeded: latents may start at random.
        random.manual_seed(seed);
        foreach (var output in model.Evaluate(batch, steps, EvaluationHalting.AllSteps))
        {
            using var scope = NewDisposeScope();
            var predictions = output.Predictions.preds.to(int64);
            var confidence = output.Outputs.logits.to(float32).softmax(-1).gather(-1, predictions.unsqueeze(-1));
            solved.Add(new(
                [.. predictions.cpu().data<long>().Select(t => (int)t)], [.. confidence.to(float64).cpu().data<double>()],
                Probability(output.Outputs.q_halt), learnsToContinue ? Probability(output.Outputs.q_continue) : null, [.. updates]));
            updates.Clear();
        }

        return new(model.Info, weights, kind, question, solved, HaltsAt(batch, solved));
    }

    private static PuzzleBatch Batch(int[] question, int puzzle)
    {
        var (inputs, labels) = (new int[1, question.Length], new int[1, question.Length]);
        for (var i = 0; i < question.Length; i++)
        {
            (inputs[0, i], labels[0, i]) = (question[i], PuzzleBatch.IgnoreLabel);
        }

        return PuzzleBatch.Create(inputs, labels, [puzzle]);
    }

    private int? HaltsAt(PuzzleBatch batch, List<SolvedStep> solved)
    {
        if (solved[0].Halt is null)
        {
            return null;
        }

        random.manual_seed(seed);
        var count = model.Evaluate(batch, solved.Count, EvaluationHalting.WhenHalting).Count();
        return count < solved.Count ? count : null;
    }

    private static double? Change(LatentUpdate update)
    {
        if (update.Before is null)
        {
            return null;
        }

        using var change = Latent.RelativeChange(update.Before, update.After);
        using var wide = change.to(float64);
        return wide.item<double>() is var value && double.IsFinite(value) ? value : null;
    }

    private static double? Probability(Tensor? logit) => logit?.to(float64).sigmoid().item<double>();
}
