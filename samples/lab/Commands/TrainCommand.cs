using System.CommandLine;
using HrmGen.Checkpoints;
using HrmGen.Data;
using HrmGen.Lab.Console;
using HrmGen.Lab.Models;
using HrmGen.Lab.Runs;
using HrmGen.Training;
using static TorchSharp.torch;

namespace HrmGen.Lab.Commands;

/// <summary><c>hrmgen train</c>: a run from its first step, or from its last checkpoint.</summary>
internal sealed class TrainCommand
{
    private readonly Argument<string> spec = CommonOptions.Spec();
    private readonly Option<DirectoryInfo> data = CommonOptions.Data();
    private readonly Option<string?> output = new("--out") { Description = "The run's folder; runs/MODEL-SEED by default." };
    private readonly Option<bool> resume = new("--resume") { Description = "Go on from the newest whole checkpoint of the run's folder, byte for byte." };
    private readonly Option<long> seed = CommonOptions.Seed();
    private readonly Option<string[]> set = CommonOptions.Set();
    private readonly Option<string> device = CommonOptions.Device();
    private readonly Option<string?> lowering = CommonOptions.Lowering();
    private readonly Option<int?> threads = new("--threads") { Description = "Threads of libtorch; all cores by default." };
    private readonly Option<int> logEvery = new("--log-every") { Description = "Steps between rows of the logs.", DefaultValueFactory = _ => 50 };
    private readonly Option<long?> evalEvery = new("--eval-every") { Description = "Steps between evaluations; a tenth of the run by default." };
    private readonly Option<long?> saveEvery = new("--save-every") { Description = "Steps between checkpoints; as evaluations by default." };
    private readonly Option<int> keep = new("--keep") { Description = "Checkpoints that stay, besides the best.", DefaultValueFactory = _ => 3 };
    private readonly Option<bool> relabel = new("--relabel-digits") { Description = "Sudoku: permute the digits of each puzzle as it is drawn." };
    private readonly Option<int> batch = CommonOptions.BatchSize();

    public static Command Create(LabHost host)
    {
        var c = new TrainCommand();
        var command = new Command("train", "Train a model: live progress, logs (CSV, JSONL, TensorBoard), evaluations, checkpoints. Ctrl-C ends after the step at hand and saves.")
        {
            c.spec, c.data, c.output, c.resume, c.seed, c.set, c.device, c.lowering, c.threads, c.logEvery, c.evalEvery, c.saveEvery, c.keep, c.relabel, c.batch,
        };
        host.Action(command, (arguments, cancel) => c.Run(host, arguments, cancel));
        return command;
    }

    private int Run(LabHost host, ParseResult arguments, CancellationToken cancel)
    {
        var entry = host.Models.Find(arguments.GetRequiredValue(spec));
        var (train, test) = (Datasets.Load(arguments.GetRequiredValue(data), "train", entry.Spec), Datasets.Load(arguments.GetRequiredValue(data), "test", entry.Spec));
        if (arguments.GetValue(threads) is { } count)
        {
            set_num_threads(count);
        }

        var options = Length(RunTimeOptions.Apply(entry.Spec, arguments.GetValue(set) ?? []) with { Seed = arguments.GetValue(seed) }, train);
        var steps = options.TotalSteps!.Value;
        var evaluations = Math.Max(1, arguments.GetValue(evalEvery) ?? Math.Max(1, steps / 10));
        var plan = new RunPlan(steps, Math.Max(1, arguments.GetValue(logEvery)), evaluations, Math.Max(1, arguments.GetValue(saveEvery) ?? evaluations));
        var path = arguments.GetValue(output) ?? Path.Combine("runs", $"{entry.Spec.Name}-{arguments.GetValue(seed)}");
        var place = Devices.Of(arguments.GetRequiredValue(device));

        random.manual_seed(arguments.GetValue(seed));
        using var model = entry.Create(place);
        Lowerings.Apply(arguments.GetValue(lowering), model);
        TrainingMemory.Require(model, options);
        using var step = entry.CreateTrainingStep(model, options);
        var batches = new TrainingBatches(
            train, options.BatchSize, arguments.GetValue(seed), augmentation: arguments.GetValue(relabel) ? new SudokuDigitRelabelling(entry.Spec.VocabSize) : null, device: place);
        var checkpoints = new CheckpointFolder(Path.Combine(path, "checkpoints"), new CheckpointRetention(Math.Max(1, arguments.GetValue(keep)), "exact_accuracy"));
        var folder = arguments.GetValue(resume) ? Resume(host, path, checkpoints, step, batches) : RunFolder.Create(path);
        if (!arguments.GetValue(resume))
        {
            folder.Describe(model, options, train, arguments.GetValue(seed), place, plan);
        }

        var line = new ProgressLine(host);
        host.Output.WriteLine($"{entry.Spec.Name} ({entry.Spec.Parameters:N0} parameters), {train.ExampleCount:N0} training and {test.ExampleCount:N0} test puzzles, {steps:N0} steps of {options.BatchSize}; {folder.Path}");
        var run = new TrainingRun(step, batches, plan, folder, line.Show)
        {
            Evaluate = () => Evaluate(step, test, arguments.GetValue(batch)),
            Save = metrics => checkpoints.Save(step, batches, metrics.ToDictionary(m => m.Name, m => m.Value, StringComparer.Ordinal)),
            LastGood = () => checkpoints.FindLatest().Found?.Path ?? "none: this run has saved nothing yet",
        };
        var done = run.Run(cancel);
        line.End();
        if (!done)
        {
            host.Output.WriteLine($"stopped after step {step.StepCount:N0} of {steps:N0}, saved; go on with: train {entry.Spec.Name} --data {arguments.GetValue(data)} --out {folder.Path} --resume");
            return 130;
        }

        return 0;
    }

    // Everything over training needs to know how long it is.
    private static TrainingOptions Length(TrainingOptions options, PuzzleDataset train) => options switch
    {
        { TotalSteps: not null } => options,
        { Epochs: { } epochs } => options with { TotalSteps = train.Metadata.TotalSteps(epochs, options.BatchSize) },
        _ => throw new HrmGenException("Neither the spec nor --set says how long to train: give --set steps=N"),
    };

    private static RunFolder Resume(LabHost host, string path, CheckpointFolder checkpoints, ITrainingStep step, TrainingBatches batches)
    {
        var folder = RunFolder.Open(path);
        var search = checkpoints.FindLatest();
        foreach (var refused in search.Refused)
        {
            host.Error.WriteLine("note: passed over " + refused);
        }

        if (search.Found is not { } checkpoint)
        {
            host.Error.WriteLine($"note: {path} has no whole checkpoint; the run begins at its first step");
            return folder;
        }

        foreach (var note in checkpoint.Resume(step, batches))
        {
            host.Error.WriteLine($"note: {note}: the run goes on, and need not be the same byte for byte");
        }

        host.Output.WriteLine($"resumed from {checkpoint.Path}");
        return folder;
    }

    private static List<(string Name, double Value)> Evaluate(ITrainingStep step, PuzzleDataset test, int batchSize)
    {
        // Evaluation must not move what training draws.
        using var average = step.Ema?.Apply();
        var generator = get_rng_state();
        var result = Evaluator.Evaluate(step.Model, test, batchSize);
        set_rng_state(generator);
        step.Model.Module.train();
        return [("exact_accuracy", result.ExactAccuracy), ("accuracy", result.Accuracy), ("supervision_steps", result.AverageSteps)];
    }
}
