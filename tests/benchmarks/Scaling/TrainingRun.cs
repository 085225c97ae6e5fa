using HrmGen.Benchmarks.Measuring;
using HrmGen.Data;
using HrmGen.Models;
using HrmGen.Training;
using static TorchSharp.torch;

namespace HrmGen.Benchmarks.Scaling;

/// <summary>A compiled model in training on one random batch.</summary>
internal sealed class TrainingRun : IDisposable
{
    private readonly PuzzleBatch batch;

    /// <summary>Creates the model and its training state.</summary>
    /// <param name="name">The model.</param>
    /// <param name="rows">Rows of the batch.</param>
    /// <param name="lowering">How it runs.</param>
    public TrainingRun(string name, int rows, Lowering lowering = Lowering.Fused)
    {
        var entry = HrmModels.All.Single(m => m.Spec.Name == name);
        random.manual_seed(1);
        Model = entry.Create(null);
        Model.Lowering = lowering;
        State = entry.CreateTrainingStep(Model, entry.Spec.Training with { BatchSize = rows });
        batch = new(
            randint(1, Model.Info.VocabSize, [rows, Model.Info.SeqLen], dtype: int32), randint(1, Model.Info.VocabSize, [rows, Model.Info.SeqLen], dtype: int32), zeros(rows, dtype: int32));
    }

    /// <summary>Six steps of a run on one thread, and the most bytes that they need beside what the process has already loaded.</summary>
    public static (TrainingRun Run, long Bytes) Grow(Func<TrainingRun> start)
    {
        set_num_threads(1);
        using (var other = new TrainingRun("Depth_T2n3", 2))
        {
            other.Step();
            other.Step();
        }

        GC.Collect();
        var before = Resident.Now;
        Resident.Forget();
        var run = start();
        for (var step = 0; step < 6; step++)
        {
            run.Step();

            // Garbage of the managed heap stands until a collection, which comes when it likes.
            GC.Collect();
        }

        return (run, Resident.Peak - before);
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
