using System.Diagnostics;
using System.Globalization;
using HrmGen.Data;
using static TorchSharp.torch;

namespace HrmGen.Training;

/// <summary>How training is going.</summary>
/// <param name="Step">Optimizer steps so far.</param>
/// <param name="TotalSteps">Optimizer steps in all.</param>
/// <param name="Loss">Loss per row, mean over the steps since the last report.</param>
/// <param name="Accuracy">Part of right cells of the rows that halted in those steps.</param>
/// <param name="ExactAccuracy">Part of those rows without a wrong cell.</param>
/// <param name="AverageSteps">Supervision steps after which they halted, on average.</param>
/// <param name="SamplesPerSecond">Rows through a supervision step a second, over the whole run.</param>
/// <param name="Elapsed">Time since the start.</param>
/// <param name="Remaining">Time left at the speed so far.</param>
public sealed record TrainingProgress(
    long Step, long TotalSteps, double Loss, double Accuracy, double ExactAccuracy, double AverageSteps,
    double SamplesPerSecond, TimeSpan Elapsed, TimeSpan Remaining);

/// <summary>Runs a training step over batches.</summary>
public static class Trainer
{
    /// <summary>Trains for a number of optimizer steps.</summary>
    /// <param name="step">The training state.</param>
    /// <param name="batches">Offers a batch at every step.</param>
    /// <param name="steps">Optimizer steps to make.</param>
    /// <param name="report">Gets the progress every <paramref name="interval"/> steps and at the end.</param>
    /// <param name="interval">Steps between reports; numbers are read from the device only then.</param>
    /// <param name="cancel">Ends the run after the step at hand.</param>
    /// <exception cref="HrmGenException">The loss is not a finite number.</exception>
    public static void Run(
        ITrainingStep step, TrainingBatches batches, long steps, Action<TrainingProgress>? report = null, int interval = 50, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(step);
        ArgumentNullException.ThrowIfNull(batches);
        ArgumentOutOfRangeException.ThrowIfLessThan(interval, 1);
        using var sums = new MetricSums(step.Model.Device);
        var watch = Stopwatch.StartNew();
        using var offers = new OfferedBatches(batches);
        for (long done = 1; done <= steps && !cancel.IsCancellationRequested; done++)
        {
            sums.Add(step.Step(offers.For(step)));

            if (done % interval == 0 || done == steps)
            {
                var means = sums.Take(step.Options.BatchSize);
                if (!double.IsFinite(means.Loss))
                {
                    throw new HrmGenException(string.Create(CultureInfo.InvariantCulture,
                        $"{step.Model.Info.Name}: the loss became {means.Loss} between steps {step.StepCount - interval + 1} and {step.StepCount}; lower the learning rate ({step.Options.LearningRate}) or lengthen the warm-up"));
                }

                var elapsed = watch.Elapsed;
                report?.Invoke(new(
                    done, steps, means.Loss, means.Accuracy, means.Exact, means.Steps,
                    done * step.Options.BatchSize / elapsed.TotalSeconds, elapsed, elapsed * ((double)(steps - done) / done)));
            }
        }
    }

    // Sums on the device: reading a number waits for it.
    private sealed class MetricSums(Device device) : IDisposable
    {
        private readonly Tensor sums = zeros(5, dtype: float64, device: device).DetachFromDisposeScope();
        private int count;

        public void Add(StepOutput output)
        {
            using var scope = NewDisposeScope();
            var m = output.Metrics;
            _ = sums.add_(stack(new[] { output.Losses.loss, m.count, m.accuracy, m.exact_accuracy, m.steps }.Select(t => t.to(float64))));
            count++;
        }

        public (double Loss, double Accuracy, double Exact, double Steps) Take(int batchSize)
        {
            using var scope = NewDisposeScope();
            var v = sums.cpu().data<double>().ToArray();
            var (steps, rows) = (count, Math.Max(1, v[1]));
            _ = sums.zero_();
            count = 0;
            return (v[0] / steps / batchSize, v[2] / rows, v[3] / rows, v[4] / rows);
        }

        public void Dispose() => sums.Dispose();
    }
}
