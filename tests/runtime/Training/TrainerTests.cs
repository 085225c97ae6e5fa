using HrmGen.Data;
using HrmGen.Tests.Small;
using HrmGen.Training;
using static TorchSharp.torch;

namespace HrmGen.Tests.Training;

public class TrainerTests
{
    private static PuzzleDataset Sudoku4(string split) => PuzzleDataset.Load(Path.Combine(AppContext.BaseDirectory, "Data", "quickstart", "sudoku4"), split);

    [Fact]
    public void It_reports_at_intervals_and_at_the_end()
    {
        random.manual_seed(0);
        using var model = new TrmAttSudoku();
        using var step = new TrmAttSudokuTrainingStep(model);
        var reports = new List<TrainingProgress>();
        Trainer.Run(step, new TrainingBatches(Sudoku4("train"), 8, seed: 0), 7, reports.Add, interval: 3);
        Assert.Equal([3, 6, 7], reports.Select(r => r.Step));
        Assert.All(reports, r => Assert.True(r is { TotalSteps: 7, Loss: > 0, SamplesPerSecond: > 0 }));
        Assert.Equal(TimeSpan.Zero, reports[^1].Remaining);
        Assert.InRange(reports[0].AverageSteps, 1, TrmAttSudoku.N_sup);
    }

    [Fact]
    public void It_stops_when_asked()
    {
        using var model = new TrmAttSudoku();
        using var step = new TrmAttSudokuTrainingStep(model);
        using var cancel = new CancellationTokenSource();
        Trainer.Run(step, new TrainingBatches(Sudoku4("train"), 8, seed: 0), 100, _ => cancel.Cancel(), interval: 2, cancel.Token);
        Assert.Equal(2, step.StepCount);
    }

    [Fact]
    public void A_loss_that_is_not_finite_ends_the_run_with_the_steps_named()
    {
        using var model = new TrmAttSudoku();
        using var step = new TrmAttSudokuTrainingStep(model, TrmAttSudoku.Spec.Training with { LearningRate = double.NaN });
        var e = Assert.Throws<HrmGenException>(() => Trainer.Run(step, new TrainingBatches(Sudoku4("train"), 8, seed: 0), 10, interval: 5));
        Assert.Contains("steps 1 and 5", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluation_counts_every_puzzle_once_whatever_the_batch_size()
    {
        random.manual_seed(0);
        using var model = new TrmAttSudoku();
        var test = Sudoku4("test");
        var one = Evaluator.Evaluate(model, test, 400);
        var other = Evaluator.Evaluate(model, test, 150);
        Assert.Equal(400, one.Count);
        Assert.Equal((one.Count, one.Exact), (other.Count, other.Exact));
        Assert.Equal(one.Accuracy, other.Accuracy, 1e-6);
        Assert.Equal(TrmAttSudoku.N_sup, one.ExactByStep.Length);
        Assert.Equal(one.Exact, one.ExactByStep[^1]);
    }
}
