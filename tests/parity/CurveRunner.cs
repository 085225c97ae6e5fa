using System.Text.Json;
using HrmGen.Checkpoints;
using HrmGen.Data;
using HrmGen.Models;
using HrmGen.Training;
using static TorchSharp.torch;

namespace HrmGen.Parity;

/// <summary>
/// Replays a training curve of the official code: given weights, data order and draws. In float64 every loss and every halting is held
/// against it; in float32 only as far as the official code agrees with itself, and by the mean of the last losses.
/// </summary>
internal sealed class CurveRunner : IDisposable
{
    private readonly JsonDocument config;
    private readonly FixtureTensors golden;
    private readonly Comparer comparer;
    private readonly ModelEntry entry;
    private readonly Device device;
    private readonly string data;
    private readonly int steps;
    private readonly bool exact;

    public CurveRunner(string folder, ModelEntry entry, Device device, TextWriter output, string data, int? steps)
    {
        (this.entry, this.device, this.data) = (entry, device, data);
        config = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "config.json")));
        golden = new(Path.Combine(folder, "tensors.safetensors"));
        comparer = new($"{Path.GetFileName(folder)} ({entry.Spec.Name})", null, golden, output);
        var all = config.RootElement.GetProperty("steps").GetInt32();
        this.steps = Math.Min(steps ?? all, all);
        exact = entry.Spec.Name.EndsWith("F64", StringComparison.Ordinal);
    }

    private bool IsWhole => steps == config.RootElement.GetProperty("steps").GetInt32();

    public static bool IsCurve(string folder)
    {
        using var tensors = SafetensorsFile.Open(Path.Combine(folder, "tensors.safetensors"));
        return tensors.TryGetEntry("curve.lm_loss", out _);
    }

    public (int Compared, int Outside) Run()
    {
        using var scope = NewDisposeScope();
        using var model = entry.Create(device);
        GoldenWeights.Load(model, golden, comparer);
        var puzzles = Puzzles.Load(data);
        using var exploration = new RecordedExploration();
        using var step = entry.CreateTrainingStep(model, null);
        step.Exploration = exploration;
        var (order, draws) = (golden.Take("order"), golden.Take("min_halt_steps"));
        var curves = new Curves(golden);
        for (var t = 0; t < steps; t++)
        {
            using var inner = NewDisposeScope();
            exploration.Next = draws[t];
            using var batch = puzzles.Batch(order[t].data<int>().ToArray());
            curves.Add(t, step.Step(batch));
        }

        Compare(curves);
        CompareFinal(model);
        foreach (var name in golden.Unused)
        {
            comparer.Fail(name, "nothing compared this tensor");
        }

        return (comparer.Compared, comparer.Outside);
    }

    public void Dispose()
    {
        config.Dispose();
        golden.Dispose();
    }

    private void Compare(Curves curves)
    {
        var f32 = config.RootElement.GetProperty("lm_loss_max_abs_difference").GetProperty("f32");
        var agreed = !exact && f32.GetProperty("first_step_with_other_halting") is { ValueKind: JsonValueKind.Number } first
            ? Math.Min(steps, first.GetInt32())
            : steps;
        // In float32 the rule speaks of lm_loss and halting alone: a cell's argmax, and with it accuracy, may fall the other way.
        Func<int, double> tolerance = exact ? t => Math.Max(1e-9, 100 * Allowed("f64_perturbed_2e-16", t)) : t => 3 * Allowed("f32", t);
        foreach (var name in exact ? Curves.Losses : ["curve.lm_loss"])
        {
            comparer.CheckCurve(name, curves.Of(name), curves.Golden(name), agreed, tolerance);
        }

        foreach (var name in exact ? Curves.Counts : ["curve.count", "curve.steps"])
        {
            comparer.CheckCurve(name, curves.Of(name), curves.Golden(name), agreed, _ => name == "curve.accuracy" ? 1e-9 : 0);
        }

        foreach (var name in exact ? [] : Curves.Losses.Concat(Curves.Counts))
        {
            _ = curves.Golden(name);
        }

        comparer.CheckCurve("curve.halted", curves.HaltedDifferences, new double[steps], agreed, _ => 0);
        if (!exact && IsWhole)
        {
            var (own, official) = (curves.Of("curve.lm_loss").TakeLast(100).Average(), curves.Golden("curve.lm_loss").TakeLast(100).Average());
            comparer.CheckMean("curve.lm_loss, mean of the last 100", own, official, 0.05);
        }
    }

    // The entry of the next listed step.
    private double Allowed(string kind, int t) => config.RootElement.GetProperty("lm_loss_max_abs_difference").GetProperty(kind).EnumerateObject()
        .Where(e => int.TryParse(e.Name, out var listed) && listed >= t + 1)
        .Select(e => (Step: int.Parse(e.Name, System.Globalization.CultureInfo.InvariantCulture), Value: e.Value.GetDouble()))
        .MinBy(e => e.Step).Value;

    private void CompareFinal(IRecursiveModel model)
    {
        var weights = StateDict.Of(model.Module).ToDictionary(s => StateDict.OfficialPrefix + s.name, s => s.tensor, StringComparer.Ordinal);
        foreach (var name in golden.Below("final."))
        {
            if (exact && IsWhole)
            {
                comparer.Check(name, weights.GetValueOrDefault(name["final.".Length..]), Math.Max(1e-9, 100 * Allowed("f64_perturbed_2e-16", steps - 1)));
            }
            else
            {
                // A shortened replay ends before these, and float32 has long gone its own way.
                using var unused = golden.Take(name);
            }
        }
    }

    /// <summary>The curves of a run beside the golden ones.</summary>
    private sealed class Curves(FixtureTensors golden)
    {
        public static readonly string[] Losses = ["curve.lm_loss", "curve.q_halt_loss", "curve.q_continue_loss"];
        public static readonly string[] Counts = ["curve.count", "curve.exact", "curve.accuracy", "curve.steps"];

        private readonly Dictionary<string, List<double>> own = Losses.Concat(Counts).ToDictionary(n => n, _ => new List<double>(), StringComparer.Ordinal);
        private readonly Dictionary<string, double[]> official = [];
        private readonly Tensor halted = golden.Take("curve.halted");

        public List<double> HaltedDifferences { get; } = [];

        public List<double> Of(string name) => own[name];

        public double[] Golden(string name)
        {
            if (!official.TryGetValue(name, out var values))
            {
                using var scope = NewDisposeScope();
                official[name] = values = golden.TakeOrNull(name)?.to(float64).data<double>().ToArray() ?? [];
            }

            return values;
        }

        public void Add(int t, StepOutput output)
        {
            void Keep(string name, Tensor? value) => own[name].Add(value?.to(float64).item<double>() ?? 0);
            Keep("curve.lm_loss", output.Losses.lm_loss);
            Keep("curve.q_halt_loss", output.Losses.q_halt_loss);
            Keep("curve.q_continue_loss", output.Losses.q_continue_loss);
            Keep("curve.count", output.Metrics.count);
            Keep("curve.exact", output.Metrics.exact_accuracy);
            Keep("curve.accuracy", output.Metrics.accuracy);
            Keep("curve.steps", output.Metrics.steps);
            HaltedDifferences.Add((output.halted.cpu() != halted[t]).sum().item<long>());
        }
    }

    /// <summary>The 4x4 training puzzles, with half of the labels hidden as config.json says.</summary>
    private sealed class Puzzles(PuzzleSet set, int cells)
    {
        public static Puzzles Load(string data)
        {
            var dataset = PuzzleDataset.Load(data, "train");
            return new(dataset.Sets[0], dataset.Metadata.seq_len);
        }

        public PuzzleBatch Batch(int[] rows)
        {
            var (inputs, labels) = (new int[rows.Length, cells], new int[rows.Length, cells]);
            var (question, answer) = (new int[cells], new int[cells]);
            for (var i = 0; i < rows.Length; i++)
            {
                set.CopyInputs(rows[i], question);
                set.CopyLabels(rows[i], answer);
                for (var cell = 0; cell < cells; cell++)
                {
                    inputs[i, cell] = question[cell];
                    var hidden = rows[i] % 2 == 0 && question[cell] == 1;
                    labels[i, cell] = hidden ? PuzzleBatch.IgnoreLabel : answer[cell];
                }
            }

            return PuzzleBatch.Create(inputs, labels);
        }
    }
}
