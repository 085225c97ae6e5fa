using HrmGen.Checkpoints;
using HrmGen.Data;
using HrmGen.Models;
using HrmGen.Tests.Models;
using HrmGen.Training;
using static TorchSharp.torch;

namespace HrmGen.Tests.Checkpoints;

/// <summary>A training run of a tiny model on 4x4 Sudoku, and what it has become, in bytes.</summary>
internal sealed class TinyRun : IDisposable
{
    private readonly int threads = get_num_threads();
    private OfferedBatches offers;

    public TinyRun(string model, int seed = 1, Func<TrainingOptions, TrainingOptions>? change = null, string data = "sudoku4", long batchSeed = 4)
    {
        // The models are far too small for two threads to be worth their waiting for each other.
        set_num_threads(1);
        Model = TinyModels.Create(model, seed);
        Step = TinyModels.Step(Model, o => (change ?? (p => p))(o with { Seed = 6, TotalSteps = o.TotalSteps ?? 20 }));
        Batches = new(PuzzleDataset.Load(System.IO.Path.Combine(AppContext.BaseDirectory, "Data", "quickstart", data), "train"), 8, batchSeed,
            augmentation: new SudokuDigitRelabelling(6));
        offers = new(Batches);
    }

    public IRecursiveModel Model { get; }

    public ITrainingStep Step { get; }

    public TrainingBatches Batches { get; }

    /// <summary>Trains, and gives losses and metrics of each step in bytes.</summary>
    public List<string> Train(int steps)
    {
        var figures = new List<string>();
        for (var i = 0; i < steps; i++)
        {
            var output = Step.Step(offers.For(Step));
            figures.Add(string.Join(' ', Numbers(output).Select(Bytes)));
        }

        return figures;
    }

    /// <summary>As in a process that has just begun: no batch is at hand.</summary>
    public void ForgetOffer()
    {
        offers.Dispose();
        offers = new(Batches);
    }

    /// <summary>Everything that the run is, by name.</summary>
    public Dictionary<string, string> Snapshot()
    {
        using var scope = NewDisposeScope();
        var tensors = StateDict.Of(Model.Module).Select(s => ("model." + s.name, s.tensor)).Concat(Step.State)
            .Concat(Step.Ema?.Shadow.Select(s => ("ema." + s.Key, s.Value)) ?? []);
        var all = tensors.ToDictionary(t => t.Item1, t => Bytes(t.Item2));
        all["sampler"] = Batches.ExportState().ToJson();
        return all;
    }

    public void Dispose()
    {
        set_num_threads(threads);
        offers.Dispose();
        Step.Dispose();
        Model.Dispose();
    }

    public static string Bytes(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return $"{tensor.dtype} [{string.Join(',', tensor.shape)}] {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(tensor.detach().cpu().contiguous().bytes))}";
    }

    private static IEnumerable<Tensor> Numbers(StepOutput o) =>
        [o.Outputs.logits, o.Losses.loss, o.Metrics.count, o.Metrics.accuracy, o.Metrics.exact_accuracy, o.Metrics.steps, o.halted, o.Data.inputs];
}
