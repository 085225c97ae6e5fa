using HrmGen.Data;
using HrmGen.Models;
using static TorchSharp.torch;

namespace HrmGen.Tests.Fused;

/// <summary>A long run needs no more memory than a short one; tests/benchmarks has ten thousand steps of it (memory).</summary>
public sealed class MemoryTests : IDisposable
{
    private const int Steps = 300;

    private readonly int threads = get_num_threads();

    public void Dispose() => set_num_threads(threads);

    [Fact]
    public void Steps_hold_no_more_and_no_more()
    {
        // TorchSharp counts tensors by thread.
        set_num_threads(1);
        var entry = HrmModels.All.Single(m => m.Spec.Name == "ClaimRecursion_Sudoku4_T1n1");
        using var model = entry.Create(null);
        model.Lowering = Lowering.Fused;
        using var step = entry.CreateTrainingStep(model, entry.Spec.Training with { BatchSize = 32 });
        random.manual_seed(2);
        using var batch = new PuzzleBatch(randint(1, 6, [32, 16], dtype: int32), randint(1, 6, [32, 16], dtype: int32), zeros(32, dtype: int32));
        (long Bytes, long Tensors) After(int count)
        {
            for (var i = 0; i < count; i++)
            {
                step.Step(batch);
            }

            GC.Collect();
            GC.WaitForPendingFinalizers();
            return (Environment.WorkingSet, TorchSharp.DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
        }

        // The first steps load code and fill the allocators.
        After(100);
        var before = After(50);
        var after = After(Steps);

        // The empty handles that stand for the gradient of a latent which no loss reads: there is no memory behind them.
        Assert.Equal(before.Tensors + Steps, after.Tensors);

        // One latent of one step is 139 kB; a quarter of one is more than allocators and the just-in-time compiler still take.
        Assert.InRange(after.Bytes - before.Bytes, long.MinValue, Steps * 139_000L / 4);
    }
}
