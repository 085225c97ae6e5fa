using HrmGen.Optimizers;
using HrmGen.Tests.Fixtures;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HrmGen.Tests.Optimizers;

public class ExponentialMovingAverageTests
{
    [Theory]
    [InlineData(0.9)]
    [InlineData(0.25)]
    [InlineData(1)]
    [InlineData(0)]
    public void Shadow_starts_at_the_parameters_and_follows_them(double rate)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(17);
        var p = new Parameter(randn(3, 2, ScalarType.Float64));
        ExponentialMovingAverage ema;
        using (NewDisposeScope())
        {
            ema = new ExponentialMovingAverage([("p", p)], rate);
        }
        using var _ = ema;
        var expected = p.detach().clone();
        TensorAssert.Close(expected, ema.Shadow["p"], 0, 0, "start");
        for (var step = 0; step < 4; step++)
        {
            using (no_grad())
            {
                p.add_(randn(3, 2, ScalarType.Float64));
            }
            TensorAssert.LeavesOnlyResults(0, ema.Update);
            expected = (1 - rate) * p.detach() + rate * expected;
            TensorAssert.Close(expected, ema.Shadow["p"], 1e-14, 0, $"step {step}");
        }
    }

    [Fact]
    public void Apply_swaps_the_shadow_in_until_disposed()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (new Parameter(zeros(2)), new Parameter(zeros(1)));
        using var ema = new ExponentialMovingAverage([("a", a), ("b", b)], 0.5);
        using (no_grad())
        {
            a.fill_(4);
            b.fill_(8);
        }
        ema.Update();
        IDisposable applied;
        using (NewDisposeScope())
        {
            applied = ema.Apply();
        }
        TensorAssert.Close(full([2], 2f), a.detach(), 0, 0, "a applied");
        TensorAssert.Close(full([1], 4f), b.detach(), 0, 0, "b applied");
        Assert.Throws<InvalidOperationException>(ema.Apply);
        Assert.Throws<InvalidOperationException>(ema.Update);
        applied.Dispose();
        applied.Dispose();
        TensorAssert.Close(full([2], 4f), a.detach(), 0, 0, "a restored");
        TensorAssert.Close(full([1], 8f), b.detach(), 0, 0, "b restored");
        TensorAssert.Close(full([2], 2f), ema.Shadow["a"], 0, 0, "shadow");
        Assert.True(a.requires_grad && a.is_leaf);
        ema.Apply().Dispose();
    }

    [Fact]
    public void Bad_arguments_are_named()
    {
        using var scope = NewDisposeScope();
        var p = new Parameter(zeros(1));
        Assert.Throws<ArgumentOutOfRangeException>("rate", () => new ExponentialMovingAverage([("p", p)], 1.5));
        Assert.Throws<ArgumentException>(() => new ExponentialMovingAverage([("p", p), ("p", p)], 0.5));
    }
}
