using HrmGen.Data;
using HrmGen.Halting;
using HrmGen.Models;
using HrmGen.Tests.Models;
using HrmGen.Training;
using static TorchSharp.torch;

namespace HrmGen.Tests.Halting;

/// <summary><c>act.evaluate</c>: rows whose answer stands before the last supervision step.</summary>
public class EvaluationHaltingTests
{
    private const int Rows = 16;

    private sealed record Seen(double[][] Logits, double[] Halt, int[] Steps, bool[] Halted, double[][] Answer);

    private static List<Seen> Run(IRecursiveModel model, PuzzleBatch batch, EvaluationHalting? halting, int? steps = null) =>
        [.. model.Evaluate(batch, steps, halting).Select(o => new Seen(
            Split(o.Outputs.logits), o.Outputs.q_halt.Doubles(), o.steps.Ints(), o.halted.Bools(), Split(o.Latents["z_H"])))];

    private static double[][] Split(Tensor tensor) => [.. tensor.Doubles().Chunk((int)(tensor.numel() / tensor.size(0)))];

    // Rows of which some stop early and some never do.
    private static (IRecursiveModel Model, PuzzleBatch Batch) Setup(string name)
    {
        var model = TinyModels.Create(name, seed: 3);
        return (model, Puzzles.Batch(Rows, model.Info, 1));
    }

    private static void Compare(List<Seen> all, List<Seen> adaptive, int[] stops)
    {
        Assert.True(stops.Min() < stops.Max(), "every row takes as many steps: " + stops[0]);
        Assert.Equal(stops.Max(), adaptive.Count);
        for (var step = 1; step <= adaptive.Count; step++)
        {
            var now = adaptive[step - 1];
            for (var row = 0; row < Rows; row++)
            {
                var at = Math.Min(step, stops[row]);
                Assert.Equal(all[at - 1].Logits[row], now.Logits[row]);
                Assert.Equal(at, now.Steps[row]);
                Assert.Equal(stops[row] <= step, now.Halted[row]);
            }
        }
    }

    [Fact]
    public void A_row_stops_where_it_would_halt_and_keeps_its_answer()
    {
        var (model, batch) = Setup("EvaluateHalt");
        using var _ = model;
        using var __ = batch;
        Assert.Equal(EvaluationHalting.WhenHalting, model.Info.Evaluation);
        var all = Run(model, batch, EvaluationHalting.AllSteps);
        Assert.Equal(model.Info.N_sup, all.Count);
        var stops = Enumerable.Range(0, Rows).Select(r => all.FindIndex(s => s.Halt[r] > 0) is >= 0 and var i ? i + 1 : all.Count).ToArray();
        Compare(all, Run(model, batch, null), stops);
    }

    [Fact]
    public void A_row_stops_where_its_answer_has_settled()
    {
        var (model, batch) = Setup("EvaluateResidual");
        using var _ = model;
        using var __ = batch;
        Assert.Equal(EvaluationHalting.WhenSettled(0.05), model.Info.Evaluation);
        var all = Run(model, batch, EvaluationHalting.AllSteps);
        var initial = Split(model.InitialLatents(Rows)["z_H"]);
        double Change(int row, int step)
        {
            var (old, now) = (step == 0 ? initial[row] : all[step - 1].Answer[row], all[step].Answer[row]);
            return Math.Sqrt(old.Zip(now, (a, b) => (b - a) * (b - a)).Sum()) / Math.Sqrt(old.Sum(v => v * v));
        }

        // A threshold between what the rows do, so that some settle and some do not.
        var smallest = Enumerable.Range(0, Rows).Select(r => Enumerable.Range(0, all.Count).Min(s => Change(r, s))).Order().ToList();
        var threshold = (smallest[(Rows / 2) - 1] + smallest[Rows / 2]) / 2;
        var stops = Enumerable.Range(0, Rows)
            .Select(r => Enumerable.Range(0, all.Count).FirstOrDefault(s => Change(r, s) < threshold, all.Count - 1) + 1).ToArray();
        Compare(all, Run(model, batch, EvaluationHalting.WhenSettled(threshold)), stops);
    }

    [Fact]
    public void Evaluation_ends_when_every_row_has_stopped()
    {
        var (model, batch) = Setup("EvaluateResidual");
        using var _ = model;
        using var __ = batch;
        var last = Assert.Single(Run(model, batch, EvaluationHalting.WhenSettled(1e9)));
        Assert.All(last.Halted, Assert.True);
    }

    [Fact]
    public void The_evaluator_counts_the_steps_taken_and_answers_that_stand()
    {
        using var model = TinyModels.Create("EvaluateHalt", seed: 3);
        var test = PuzzleDataset.Load(Path.Combine(AppContext.BaseDirectory, "Data", "quickstart", "sudoku4"), "test");
        var result = Evaluator.Evaluate(model, test, 150);
        var (taken, exact, puzzles) = (0, 0, 0);
        foreach (var part in new EvaluationBatches(test, 150))
        {
            using (part)
            {
                var steps = model.Evaluate(part.Batch).Select(o => (o.steps.Ints(), o.Predictions.seq_is_correct.Bools())).ToList()[^1];
                taken += steps.Item1.Take(part.RealRows).Sum();
                exact += steps.Item2.Take(part.RealRows).Count(r => r);
                puzzles += part.RealRows;
            }
        }

        Assert.Equal((puzzles, exact, (double)taken / puzzles), (result.Count, result.Exact, result.AverageSteps));
        Assert.InRange(result.AverageSteps, 1.01, model.Info.N_sup - 0.01);
        Assert.Equal(model.Info.N_sup, result.ExactByStep.Length);
        Assert.Equal(model.Info.N_sup, Evaluator.Evaluate(model, test, 150, halting: EvaluationHalting.AllSteps).AverageSteps);
    }

    [Fact]
    public void A_model_without_a_halting_head_says_so()
    {
        using var model = new HrmGen.Tests.Own.NoAct();
        using var batch = Puzzles.Batch(2, model.Info, 1);
        Assert.Contains("has no halting head", Assert.Throws<HrmGenException>(() => model.Evaluate(batch, null, EvaluationHalting.WhenHalting).Count()).Message, StringComparison.Ordinal);
    }
}
