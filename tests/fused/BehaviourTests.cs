using HrmGen.Data;
using HrmGen.Models;
using static TorchSharp.torch;

namespace HrmGen.Tests.Fused;

/// <summary>What the fused form has to do besides computing right.</summary>
public sealed class BehaviourTests : IDisposable
{
    private readonly int threads = get_num_threads();
    private readonly ModelEntry entry = HrmModels.All.Single(m => m.Spec.Name == "Sudoku4Trm");

    public void Dispose() => set_num_threads(threads);

    [Fact]
    public void It_is_the_default_on_the_CPU_and_can_be_left()
    {
        using var model = entry.Create(null);
        Assert.Equal(Lowering.Fused, model.Lowering);
        model.Lowering = Lowering.Reference;
        Assert.Equal(Lowering.Reference, model.Lowering);
    }

    [Fact]
    public void A_model_without_a_fused_form_says_why_it_cannot()
    {
        using var model = HrmModels.All.First(m => m.Spec.Name.StartsWith("Urm", StringComparison.Ordinal)).Create(null);
        Assert.Equal(Lowering.Reference, model.Lowering);
        Assert.Contains("HrmLowering", Assert.Throws<HrmGenException>(() => model.Lowering = Lowering.Fused).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_run_gives_the_same_bytes_twice_whatever_the_threads(int count)
    {
        set_num_threads(count);
        Assert.Equal(Train(5), Train(5));
    }

    [Theory]
    [InlineData(Lowering.Reference)]
    [InlineData(Lowering.Fused)]
    public void Steps_leave_nothing_behind(Lowering lowering)
    {
        // TorchSharp counts by thread, and gradients of another thread are disposed by this one.
        set_num_threads(1);
        using var model = entry.Create(null);
        model.Lowering = lowering;
        using var step = entry.CreateTrainingStep(model, entry.Spec.Training with { BatchSize = 4 });
        using var batch = Batch(4);
        for (var i = 0; i < 20; i++)
        {
            step.Step(batch);
        }

        var before = TorchSharp.DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        const int Steps = 50;
        for (var i = 0; i < Steps; i++)
        {
            step.Step(batch);
        }

        // TorchSharp counts the empty handle that stands for the gradient of a latent which no loss reads; there is no memory behind it.
        var empty = lowering == Lowering.Fused ? Steps : 0;
        Assert.Equal(before + empty, TorchSharp.DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Two_passes_may_be_open_at_once_and_come_back_in_any_order()
    {
        double[] Gradient(bool both, bool firstLast)
        {
            using var scope = NewDisposeScope();
            random.manual_seed(3);
            using var model = entry.Create(null);
            var (x, y) = (randn(3, 17, 32, dtype: float64).requires_grad_(), randn(3, 17, 32, dtype: float64).requires_grad_());
            var first = model.Recur(model.InitialLatents(3), x).Named.First().Value.sum();
            var second = both ? model.Recur(model.InitialLatents(3), y).Named.First().Value.sum() : null;
            if (firstLast)
            {
                second!.backward();
            }

            first.backward();
            return [.. x.grad!.flatten().data<double>()];
        }

        Assert.Equal(Gradient(false, false), Gradient(true, false));
        Assert.Equal(Gradient(false, false), Gradient(true, true));
    }

    [Fact]
    public void A_network_that_is_watched_shows_all_examples()
    {
        using var scope = NewDisposeScope();
        using var model = entry.Create(null);
        var stack = model.Module.named_children().Select(c => c.module).OfType<Layers.LayerStack>().Single();
        List<Tensor> Seen(Lowering lowering)
        {
            model.Lowering = lowering;
            var seen = new List<Tensor>();
            stack.Observer = t => seen.Add(t.detach().clone().DetachFromDisposeScope());
            random.manual_seed(4);
            using (no_grad())
            {
                _ = model.Recur(model.InitialLatents(40), randn(40, 17, 32, dtype: float64));
            }

            return seen;
        }

        var (expected, actual) = (Seen(Lowering.Reference), Seen(Lowering.Fused));
        Assert.Equal(expected.Count, actual.Count);
        Assert.All(expected.Zip(actual), p => Assert.True(p.First.allclose(p.Second, 1e-9, 1e-9)));
    }

    private byte[] Train(int steps)
    {
        random.manual_seed(1);
        using var model = entry.Create(null);
        using var step = entry.CreateTrainingStep(model, entry.Spec.Training with { BatchSize = 13 });
        using var batch = Batch(13);
        for (var i = 0; i < steps; i++)
        {
            step.Step(batch);
        }

        return [.. model.Module.parameters().SelectMany(p => p.detach().flatten().data<double>().SelectMany(BitConverter.GetBytes))];
    }

    private PuzzleBatch Batch(int rows)
    {
        random.manual_seed(2);
        return new(randint(1, 6, [rows, entry.Spec.SeqLen], dtype: int32), randint(1, 6, [rows, entry.Spec.SeqLen], dtype: int32), zeros(rows, dtype: int32));
    }
}
