using HrmGen.Training;
using static TorchSharp.torch;

namespace HrmGen.Lab.Runs;

/// <summary>Sums what training steps give, on the device, and reads the means now and then: reading waits for the device.</summary>
internal sealed class TrainingMeter(Device device, int batchSize) : IDisposable
{
    private static readonly string[] Names =
        ["loss", "lm_loss", "q_halt_loss", "q_continue_loss", "count", "accuracy", "exact", "steps", "halts", "halts_right", "right", "rows"];

    private readonly Tensor sums = zeros(Names.Length, dtype: float64, device: device).DetachFromDisposeScope();
    private int taken;

    /// <summary>Adds a step.</summary>
    public void Add(StepOutput output)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var (losses, metrics, predictions) = (output.Losses, output.Metrics, output.Predictions);
        var none = zeros(1, dtype: float64, device: device).squeeze();
        var labelled = predictions.loss_counts > 0;
        var right = labelled & predictions.seq_is_correct;

        // Calibration of the halting head over all rows, not those alone that halted: would it stop, and is the answer right?
        var halts = output.Outputs.q_halt is { } q ? labelled & (q > 0) : labelled & false;
        Tensor[] values =
        [
            losses.loss, losses.lm_loss, losses.q_halt_loss ?? none, losses.q_continue_loss ?? none,
            metrics.count, metrics.accuracy, metrics.exact_accuracy, metrics.steps,
            halts.sum(), (halts & right).sum(), right.sum(), labelled.sum(),
        ];
        sums.add_(stack(values.Select(v => v.detach().to(float64))));
        taken++;
    }

    /// <summary>The means since the last time, by name.</summary>
    public IReadOnlyList<(string Name, double Value)> Take(bool halts, bool continues)
    {
        using var scope = NewDisposeScope();
        var v = Names.Zip(sums.cpu().data<double>().ToArray()).ToDictionary(p => p.First, p => p.Second, StringComparer.Ordinal);
        var (rows, steps) = (Math.Max(1, v["count"]), Math.Max(1, taken));
        sums.zero_();
        taken = 0;
        double PerRow(string name) => v[name] / steps / batchSize;
        static double Share(double part, double whole) => whole > 0 ? part / whole : double.NaN;
        var means = new List<(string, double)>
        {
            ("loss", PerRow("loss")), ("lm_loss", PerRow("lm_loss")), ("exact_accuracy", v["exact"] / rows), ("accuracy", v["accuracy"] / rows), ("supervision_steps", v["steps"] / rows),
        };
        if (halts)
        {
            means.AddRange([("q_halt_loss", PerRow("q_halt_loss")), ("halt_precision", Share(v["halts_right"], v["halts"])), ("halt_recall", Share(v["halts_right"], v["right"]))]);
        }

        if (continues)
        {
            means.Add(("q_continue_loss", PerRow("q_continue_loss")));
        }

        return means;
    }

    public void Dispose() => sums.Dispose();
}
