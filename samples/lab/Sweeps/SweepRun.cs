using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using HrmGen.Checkpoints;
using HrmGen.Data;
using HrmGen.Lab.Models;
using HrmGen.Models;
using HrmGen.Training;
using static TorchSharp.torch;

namespace HrmGen.Lab.Sweeps;

/// <summary>What one training run of a sweep gave.</summary>
/// <param name="Model">The model.</param>
/// <param name="Seed">The seed.</param>
/// <param name="SpecHash">Of the model.</param>
/// <param name="DataHash">Of the training split.</param>
/// <param name="Steps">Optimizer steps.</param>
/// <param name="Exact">Exact accuracy on the test split.</param>
/// <param name="ExactByStep">The same after each supervision step.</param>
/// <param name="TrainingSteps">Supervision steps that an example took in training, on average over the run.</param>
/// <param name="GFlopsPerExample">Operations that an example cost in training: its supervision steps times what one costs, look-ahead included.</param>
/// <param name="Halt">Mean probability of halting by supervision step, on the test split; empty without a head.</param>
/// <param name="Continue">Mean probability of going on; empty where nothing trains it.</param>
/// <param name="Seconds">Time that training took.</param>
internal sealed record SweepResult(
    string Model, long Seed, string SpecHash, string DataHash, long Steps, double Exact, double[] ExactByStep, double TrainingSteps, double GFlopsPerExample,
    double[] Halt, double[] Continue, double Seconds)
{
    /// <summary>Rows of a batch.</summary>
    public int BatchSize { get; init; }

    /// <summary>After the warmup.</summary>
    public double LearningRate { get; init; }

    /// <summary>Whether rows took their examples from a queue (data.refill); results from before there was a choice do not say it, and are read as false.</summary>
    public bool FromQueue { get; init; }

    /// <summary>Threads of libtorch.</summary>
    public int Threads { get; init; }

    /// <summary>Of the CPU.</summary>
    public string InstructionSet { get; init; } = "";

    /// <summary>How the recursion was computed.</summary>
    public string Lowering { get; init; } = "reference";
}

/// <summary>JSON of results, without reflection.</summary>
[JsonSerializable(typeof(SweepResult))]
[JsonSourceGenerationOptions(WriteIndented = true)]
internal sealed partial class SweepJson : JsonSerializerContext;

/// <summary>Trains one model with one seed.</summary>
internal static class SweepRun
{
    /// <summary>Trains and evaluates; a run that a former sweep finished, with the same model, data, steps, rows, learning rate and refill, is read instead.</summary>
    public static SweepResult Run(ModelEntry entry, TrainingOptions options, string? lowering, long seed, PuzzleDataset train, PuzzleDataset test, string file, Action<string> show, CancellationToken cancel)
    {
        if (Read(file) is { } done && (done.SpecHash, done.DataHash, done.Steps, done.BatchSize, done.LearningRate, done.FromQueue)
            == (entry.Spec.Hash, train.DataHash, options.TotalSteps, options.BatchSize, options.LearningRate, options.Refill == RefillMode.Queue))
        {
            return done;
        }

        random.manual_seed(seed);
        using var model = entry.Create(null);
        Lowerings.Apply(lowering, model);
        TrainingMemory.Require(model, options);
        using var step = entry.CreateTrainingStep(model, options with { Seed = seed });
        var batches = new TrainingBatches(train, options.BatchSize, seed, augmentation: train.Metadata.seq_len == 16 ? new SudokuDigitRelabelling(entry.Spec.VocabSize) : null);
        var (taken, rows, watch) = (0.0, 0.0, Stopwatch.StartNew());
        using (var offers = new OfferedBatches(batches))
        {
            for (var i = 1L; i <= options.TotalSteps; i++)
            {
                cancel.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                var output = step.Step(offers.For(step));
                (taken, rows) = (taken + output.Metrics.steps.item<long>(), rows + output.Metrics.count.item<long>());
                if (i % 100 == 0)
                {
                    show($"{entry.Spec.Name} seed {seed}: step {i}/{options.TotalSteps}  loss {output.Losses.loss.to(float64).item<double>() / options.BatchSize:F3}");
                }
            }
        }

        var seconds = watch.Elapsed.TotalSeconds;
        using var average = step.Ema?.Apply();
        var result = Evaluator.Evaluate(model, test);
        var (halt, going) = Probabilities(model, test);
        var mean = taken / Math.Max(1, rows);
        var whole = new SweepResult(
            entry.Spec.Name, seed, entry.Spec.Hash, train.DataHash, options.TotalSteps!.Value, result.ExactAccuracy,
            [.. result.ExactByStep.Select(e => (double)e / Math.Max(1, result.Count))], mean, mean * entry.Spec.StepFlops / 1e9, halt, entry.Spec.ForwardPasses == 2 ? going : [], seconds)
        {
            BatchSize = options.BatchSize,
            LearningRate = options.LearningRate,
            FromQueue = options.Refill == RefillMode.Queue,
            Threads = get_num_threads(),
            InstructionSet = CheckpointManifest.VectorInstructions,
            Lowering = Lowerings.Word(model.Lowering),
        };
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        var temporary = file + ".tmp";
        File.WriteAllText(temporary, JsonSerializer.Serialize(whole, SweepJson.Default.SweepResult));
        File.Move(temporary, file, overwrite: true);
        return whole;
    }

    private static SweepResult? Read(string file)
    {
        try
        {
            return File.Exists(file) ? JsonSerializer.Deserialize(File.ReadAllText(file), SweepJson.Default.SweepResult) : null;
        }
        catch (JsonException)
        {
            return null; // made again
        }
    }

    // By supervision step, over the test split.
    private static (double[] Halt, double[] Continue) Probabilities(IRecursiveModel model, PuzzleDataset test)
    {
        var (halt, going, count) = (new double[model.Info.N_sup], new double[model.Info.N_sup], 0L);
        var heads = false;
        foreach (var part in new EvaluationBatches(test, 256))
        {
            using (part)
            {
                count += part.RealRows;
                var at = 0;
                foreach (var output in model.Evaluate(part.Batch, halting: Halting.EvaluationHalting.AllSteps))
                {
                    using var scope = NewDisposeScope();
                    if (output.Outputs.q_halt is { } q)
                    {
                        heads = true;
                        halt[at] += q.narrow(0, 0, part.RealRows).to(float64).sigmoid().sum().item<double>();
                        going[at] += output.Outputs.q_continue?.narrow(0, 0, part.RealRows).to(float64).sigmoid().sum().item<double>() ?? 0;
                    }

                    at++;
                }
            }
        }

        return heads ? ([.. halt.Select(h => h / count)], [.. going.Select(g => g / count)]) : ([], []);
    }
}
