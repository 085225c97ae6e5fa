using System.Diagnostics;
using System.Globalization;
using HrmGen.Data;
using HrmGen.Training;
using static TorchSharp.torch;

namespace HrmGen.Lab.Runs;

/// <summary>How often a run does what.</summary>
/// <param name="Steps">Optimizer steps in all.</param>
/// <param name="LogEvery">Steps between rows of the logs.</param>
/// <param name="EvaluateEvery">Steps between evaluations; one comes at the end in any case.</param>
/// <param name="SaveEvery">Steps between checkpoints; one comes at the end in any case.</param>
internal sealed record RunPlan(long Steps, int LogEvery, long EvaluateEvery, long SaveEvery);

/// <summary>One training run: steps, logs, evaluations and checkpoints, until the plan is done or somebody stops it.</summary>
internal sealed class TrainingRun(ITrainingStep step, TrainingBatches batches, RunPlan plan, RunFolder folder, Action<string, bool> show)
{
    /// <summary>Called for an evaluation; gives its row.</summary>
    public required Func<IReadOnlyList<(string Name, double Value)>> Evaluate { get; init; }

    /// <summary>Called for a checkpoint, with the numbers of the last evaluation.</summary>
    public required Action<IReadOnlyList<(string Name, double Value)>> Save { get; init; }

    /// <summary>Says which checkpoint is the last good one, for a message.</summary>
    public required Func<string> LastGood { get; init; }

    /// <summary>Runs on from where the training state stands.</summary>
    /// <returns>True when the plan is done, false when it was stopped.</returns>
    /// <exception cref="HrmGenException">The loss is not a finite number.</exception>
    public bool Run(CancellationToken cancel)
    {
        var metrics = new MetricLogs(folder.Path, "metrics", step.StepCount);
        var evaluations = new MetricLogs(folder.Path, "eval", step.StepCount);
        using var meter = new TrainingMeter(step.Model.Device, step.Options.BatchSize);
        using var offers = new OfferedBatches(batches);
        IReadOnlyList<(string Name, double Value)> last = [];
        var (watch, begun, evaluated, saved) = (Stopwatch.StartNew(), step.StepCount, -1L, -1L);
        var (since, sinceSteps) = (watch.Elapsed, step.StepCount);
        while (step.StepCount < plan.Steps && !cancel.IsCancellationRequested)
        {
            var next = step.StepCount + 1;
            var logs = next % plan.LogEvery == 0 || next == plan.Steps;
            using var probe = logs ? NetworkProbe.Before(step) : null;
            var output = step.Step(offers.For(step));
            RequireFinite(output);
            meter.Add(output);
            if (logs)
            {
                var rate = (step.StepCount - sinceSteps) * step.Options.BatchSize / Math.Max(1e-9, (watch.Elapsed - since).TotalSeconds);
                (since, sinceSteps) = (watch.Elapsed, step.StepCount);
                var row = meter.Take(output.Outputs.q_halt is not null, output.Losses.q_continue_loss is not null)
                    .Concat([("lr", output.LearningRate), ("samples_per_second", rate)])
                    .Concat(output.Residuals.Select(r => ("residual/" + r.Key, r.Value.Residual)))
                    .Concat(probe!.After()).ToList();
                metrics.Add(step.StepCount, row);
                show(Line(row, watch.Elapsed * ((double)(plan.Steps - step.StepCount) / Math.Max(1, step.StepCount - begun))), true);
            }

            if (step.StepCount % plan.EvaluateEvery == 0 || step.StepCount == plan.Steps)
            {
                last = Evaluation(evaluations);
                evaluated = step.StepCount;
            }

            if (step.StepCount % plan.SaveEvery == 0 || step.StepCount == plan.Steps)
            {
                Save(evaluated == step.StepCount ? last : []);
                saved = step.StepCount;
            }
        }

        if (saved != step.StepCount && step.StepCount > begun)
        {
            Save([]);
        }

        return step.StepCount >= plan.Steps;
    }

    private IReadOnlyList<(string Name, double Value)> Evaluation(MetricLogs logs)
    {
        var row = Evaluate();
        logs.Add(step.StepCount, row);
        show(string.Create(CultureInfo.InvariantCulture, $"step {step.StepCount}: test {string.Join("  ", row.Select(r => $"{r.Name} {r.Value:0.####}"))}"), false);
        return row;
    }

    private void RequireFinite(StepOutput output)
    {
        using var scope = NewDisposeScope();
        if (double.IsFinite(output.Losses.loss.to(float64).item<double>()))
        {
            return;
        }

        var bad = NonFinite.FirstBad(step, output);
        var batch = NonFinite.SaveBatch(folder.Path, step.StepCount, output);
        throw new HrmGenException(string.Create(CultureInfo.InvariantCulture,
            $"{step.Model.Info.Name}: the loss of step {step.StepCount} is not a finite number; the first bad tensor is {bad}. The batch is in {batch}; the last good checkpoint is {LastGood()}. "
            + $"Lower the learning rate ({step.Options.LearningRate}), lengthen the warm-up ({step.Options.WarmupSteps} steps) or clip the gradient (--set clip_norm=1), and go on with --resume"));
    }

    private string Line(IReadOnlyList<(string Name, double Value)> row, TimeSpan left)
    {
        double Of(string name) => row.First(r => r.Name == name).Value;
        return string.Create(CultureInfo.InvariantCulture,
            $"step {step.StepCount}/{plan.Steps}  loss {Of("loss"):F3}  exact {Of("exact_accuracy"):F3}  steps {Of("supervision_steps"):F2}  {Of("samples_per_second"):F0} samples/s  {left:h\\:mm\\:ss} left");
    }
}
