using HrmGen.Losses;
using HrmGen.Tests.Fixtures;
using static TorchSharp.torch;

namespace HrmGen.Tests.Losses;

public class CrossEntropyTests
{
    [Fact]
    public void Losses_and_gradients_equal_the_official_ones()
    {
        using var scope = NewDisposeScope();
        using var fixture = new OperatorFixture("stablemax");
        var labels = fixture.Input("labels");

        var x = fixture.Input("logits").to(ScalarType.Float64);
        fixture.AssertClose("s_f64", CrossEntropy.s(x), rtol: 1e-12);
        fixture.AssertClose("log_stablemax_f64", CrossEntropy.log_s(x).sub(CrossEntropy.log_normalizer(x)), rtol: 1e-12);

        foreach (var (prefix, grad_rtol) in new[] { ("", 1e-6), ("bf16.", 1e-6) })
        {
            var logits = fixture.Input(prefix + "logits").clone().requires_grad_();
            var loss = CrossEntropy.Stablemax(logits, labels, ScalarType.Float64);
            fixture.AssertClose(prefix + "stablemax_ce", loss, rtol: 1e-12);
            loss.sum().backward();
            fixture.AssertClose(prefix + "stablemax_ce.grad_logits", logits.grad!, 1e-12, grad_rtol);
        }

        var softmaxLogits = fixture.Input("softmax.logits").clone().requires_grad_();
        var softmax = CrossEntropy.Softmax(softmaxLogits, fixture.Input("softmax.labels"), ScalarType.Float32);
        fixture.AssertClose("softmax_ce", softmax, atol: 1e-5);
        softmax.sum().backward();
        fixture.AssertClose("softmax_ce.grad_logits", softmaxLogits.grad!, 1e-12, 1e-6);

        var q = fixture.Input("bce.logits").clone().requires_grad_();
        var targets = fixture.Input("bce.targets");
        var each = Enumerable.Range(0, 9).Select(i => HaltingLoss.BinaryCrossEntropy(q.narrow(0, i, 1), targets.narrow(0, i, 1)));
        fixture.AssertClose("bce.loss", stack(each.ToArray()), rtol: 1e-6);
        HaltingLoss.BinaryCrossEntropy(q, targets).backward();
        fixture.AssertClose("bce.grad", q.grad!, rtol: 1e-6);
        fixture.AssertAllUsed();
    }

    [Fact]
    public void Stablemax_in_float32_has_the_gradient_of_float64()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(13);
        var values = randn(16, 9, 11) * 2;
        // The points where the official formula breaks in float32 (1) or changes branch (0).
        values[0, 0, 0] = tensor(1f);
        values[0, 0, 1] = tensor(0f);
        values[0, 1] = ones(11);
        values[0, 2] = zeros(11);
        var labels = randint(11, [16, 9], ScalarType.Int32);
        labels[3, 3] = tensor(-100);

        var (narrow, wide) = (values.clone().requires_grad_(), values.clone().requires_grad_());
        var loss32 = CrossEntropy.Stablemax(narrow, labels, ScalarType.Float32);
        var loss64 = CrossEntropy.Stablemax(wide, labels, ScalarType.Float64);
        loss32.sum().backward();
        loss64.sum().backward();
        Assert.Equal(ScalarType.Float32, loss32.dtype);
        Assert.Equal(ScalarType.Float64, loss64.dtype);
        TensorAssert.Close(loss64, loss32.to(ScalarType.Float64), 1e-6, 1e-5, "loss");
        TensorAssert.Close(wide.grad!, narrow.grad!, 1e-12, 1e-5, "gradient");
    }

    [Fact]
    public void Stablemax_is_finite_for_every_mixture_of_extreme_logits()
    {
        using var scope = NewDisposeScope();
        float[] extremes = [0, 1, -1, 1e30f, -1e30f, 3e38f, -3e38f, float.MaxValue, float.MinValue];
        foreach (var a in extremes)
        {
            foreach (var b in extremes)
            {
                foreach (var label in new[] { 0, 1 })
                {
                    using var inner = NewDisposeScope();
                    var values = tensor(new[] { a, b, a, b, a }).view(1, 1, 5);
                    var labels = full([1, 1], label, ScalarType.Int64);
                    var (narrow, wide) = (values.clone().requires_grad_(), values.clone().requires_grad_());
                    var loss32 = CrossEntropy.Stablemax(narrow, labels, ScalarType.Float32);
                    var loss64 = CrossEntropy.Stablemax(wide, labels, ScalarType.Float64);
                    loss32.sum().backward();
                    loss64.sum().backward();
                    TensorAssert.AllFinite(loss32, $"loss of ({a}, {b})");
                    TensorAssert.AllFinite(narrow.grad!, $"gradient of ({a}, {b})");
                    TensorAssert.Close(loss64, loss32.to(ScalarType.Float64), 1e-5, 1e-5, $"loss of ({a}, {b})");
                    TensorAssert.Close(wide.grad!, narrow.grad!, 1e-7, 1e-5, $"gradient of ({a}, {b})");
                }
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Gradient_matches_finite_differences(bool stablemax)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(14);
        var logits = randn(2, 3, 4, ScalarType.Float64).requires_grad_();
        var labels = tensor(new[] { 0, 3, -100, 1, 2, 2 }).view(2, 3);
        TensorAssert.MatchesFiniteDifferences(
            () => (stablemax ? CrossEntropy.Stablemax(logits, labels, ScalarType.Float64) : CrossEntropy.Softmax(logits, labels, ScalarType.Float64)).sum(),
            logits);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Ignored_positions_cost_nothing_and_gradients_return_in_the_logits_dtype(bool stablemax)
    {
        using var scope = NewDisposeScope();
        var logits = (randn(2, 3, 4) * 3).to(ScalarType.BFloat16).requires_grad_();
        var labels = full([2, 3], CrossEntropy.IgnoreIndex, ScalarType.Int32);
        labels[1, 2] = tensor(3);
        var loss = stablemax
            ? CrossEntropy.Stablemax(logits, labels, ScalarType.Float64)
            : CrossEntropy.Softmax(logits, labels, ScalarType.Float64);
        Assert.Equal(ScalarType.Float64, loss.dtype);
        Assert.Equal(1L, loss.ne(0).sum().item<long>());
        Assert.True(loss[1, 2].item<double>() > 0);
        loss.sum().backward();
        Assert.Equal(ScalarType.BFloat16, logits.grad!.dtype);
        Assert.Equal(0f, logits.grad[0].abs().max().to(ScalarType.Float32).item<float>());
        TensorAssert.LeavesOnlyResults(1, () => CrossEntropy.Stablemax(logits, labels, ScalarType.Float32));
        TensorAssert.LeavesOnlyResults(1, () => CrossEntropy.Softmax(logits, labels, ScalarType.Float32));
    }

    [Fact]
    public void Labels_of_another_shape_are_refused()
    {
        using var scope = NewDisposeScope();
        var logits = zeros(2, 3, 4);
        foreach (var labels in new[] { zeros(2, 1, ScalarType.Int32), zeros(1, 3, ScalarType.Int32) })
        {
            Assert.Throws<ArgumentException>("labels", () => CrossEntropy.Stablemax(logits, labels, ScalarType.Float32));
            Assert.Throws<ArgumentException>("labels", () => CrossEntropy.Softmax(logits, labels, ScalarType.Float32));
        }
    }

    [Fact]
    public void Halting_loss_takes_booleans_as_targets()
    {
        using var scope = NewDisposeScope();
        var q = tensor(new[] { 0.5f, -2 });
        var loss = HaltingLoss.BinaryCrossEntropy(q, tensor(new[] { true, false }));
        Assert.Equal(Math.Log(1 + Math.Exp(-0.5)) + Math.Log(1 + Math.Exp(-2)), loss.item<float>(), 1e-6);
        TensorAssert.LeavesOnlyResults(1, () => HaltingLoss.BinaryCrossEntropy(q, q));
    }

    /// <summary>Against torch's own softmax cross-entropy, and stablemax by its definition.</summary>
    [Fact]
    public void Label_smoothing_spreads_a_share_of_the_target_over_all_classes()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(31);
        var logits = randn(2, 3, 5, dtype: ScalarType.Float64) * 2;
        var labels = tensor(new long[,] { { 0, 4, CrossEntropy.IgnoreIndex }, { 2, 2, 1 } });
        var expected = nn.functional.cross_entropy(logits.view(6, 5), labels.view(6), ignore_index: -100, reduction: nn.Reduction.None, label_smoothing: 0.2).view(2, 3);
        TensorAssert.Close(expected, CrossEntropy.Softmax(logits, labels, ScalarType.Float64, 0.2), 1e-12, 0, "softmax");

        var loss = CrossEntropy.Stablemax(logits, labels, ScalarType.Float64, 0.2);
        for (var i = 0; i < 6; i++)
        {
            var x = Enumerable.Range(0, 5).Select(c => logits[i / 3, i % 3, c].item<double>()).Select(v => v >= 0 ? v + 1 : 1 / (1 - v)).ToArray();
            var label = labels[i / 3, i % 3].item<long>();
            var value = label < 0 ? 0 : x.Select((s, c) => -Math.Log(s / x.Sum()) * (0.04 + (c == label ? 0.8 : 0))).Sum();
            Assert.Equal(value, loss[i / 3, i % 3].item<double>(), 1e-12);
        }
    }
}
