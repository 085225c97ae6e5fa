using HrmGen.Data;
using HrmGen.Models;
using HrmGen.Training;
using static TorchSharp.torch;

namespace HrmGen.Benchmarks.Scaling;

/// <summary>A compiled model in training on one random batch, in the fused lowering.</summary>
internal sealed class TrainingRun : IDisposable
{
    private readonly PuzzleBatch batch;

    /// <summary>Creates the model and its training state.</summary>
    /// <param name="name">The model.</param>
    /// <param name="rows">Rows of the batch.</param>
    public TrainingRun(string name, int rows)
    {
        var entry = HrmModels.All.Single(m => m.Spec.Name == name);
        random.manual_seed(1);
        Model = entry.Create(null);
        Model.Lowering = Lowering.Fused;
        State = entry.CreateTrainingStep(Model, entry.Spec.Training with { BatchSize = rows });
        batch = new(
            randint(1, Model.Info.VocabSize, [rows, Model.Info.SeqLen], dtype: int32), randint(1, Model.Info.VocabSize, [rows, Model.Info.SeqLen], dtype: int32), zeros(rows, dtype: int32));
    }

    public IRecursiveModel Model { get; }

    public ITrainingStep State { get; }

    public void Step()
    {
        using var scope = NewDisposeScope();
        _ = State.Step(batch).Losses.loss.to(float64).item<double>();
    }

    public void Dispose()
    {
        State.Dispose();
        Model.Dispose();
        batch.Dispose();
    }
}
