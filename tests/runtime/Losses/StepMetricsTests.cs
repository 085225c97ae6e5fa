using HrmGen.Losses;
using HrmGen.Tests.Fixtures;
using static TorchSharp.torch;

namespace HrmGen.Tests.Losses;

public class StepMetricsTests
{
    // Rows: all right; one of three right; no labels; right but not halted; wrong in one of two.
    private static readonly int[,] Labels =
    {
        { 0, 1, 2 },
        { 2, 2, 2 },
        { -100, -100, -100 },
        { 1, 1, -100 },
        { 0, -100, 1 },
    };

    private static readonly int[,] Answers =
    {
        { 0, 1, 2 },
        { 2, 0, 1 },
        { 0, 0, 0 },
        { 1, 1, 0 },
        { 0, 1, 2 },
    };

    [Theory]
    [InlineData(ScalarType.Int32)]
    [InlineData(ScalarType.Int64)]
    public void Predictions_follow_the_official_definitions(ScalarType labelType)
    {
        using var scope = NewDisposeScope();
        var p = Predictions.Of(Logits(), tensor(Labels).to(labelType));
        TensorAssert.Close(tensor(Answers).to(ScalarType.Int64), p.preds, 0, 0, "preds");
        TensorAssert.Close(tensor(Labels).ne(-100), p.mask, 0, 0, "mask");
        TensorAssert.Close(tensor(new[] { 3L, 3, 0, 2, 2 }), p.loss_counts, 0, 0, "loss_counts");
        TensorAssert.Close(tensor(new[] { 3L, 3, 1, 2, 2 }).view(5, 1), p.loss_divisor, 0, 0, "loss_divisor");
        TensorAssert.Close(tensor(Labels).eq(tensor(Answers)), p.is_correct, 0, 0, "is_correct");
        TensorAssert.Close(tensor(new[] { true, false, true, true, false }), p.seq_is_correct, 0, 0, "seq_is_correct");
        Assert.DoesNotContain(new[] { p.preds, p.mask, p.loss_divisor, p.is_correct }, t => t.requires_grad);
    }

    [Fact]
    public void Metrics_sum_over_rows_that_halted_and_have_a_label()
    {
        using var scope = NewDisposeScope();
        var p = Predictions.Of(Logits(), tensor(Labels));
        var halted = tensor(new[] { true, true, true, false, true });
        var steps = tensor(new[] { 3, 5, 7, 11, 13 });
        // Row 0 is right about itself at exactly 0, row 1 wrong about itself, row 4 right.
        var metrics = StepMetrics.Of(p, halted, steps, tensor(new[] { 0f, 1, 1, 1, -1 }));
        AssertScalar(3L, metrics.count);
        Assert.Equal(ScalarType.Float64, metrics.accuracy.dtype);
        Assert.Equal(1 + 1.0 / 3 + 0.5, metrics.accuracy.item<double>(), 1e-12);
        AssertScalar(1L, metrics.exact_accuracy);
        AssertScalar(2L, metrics.q_halt_accuracy!);
        AssertScalar(3L + 5 + 13, metrics.steps);
        Assert.Null(StepMetrics.Of(p, halted, steps, null).q_halt_accuracy);
    }

    [Fact]
    public void Nothing_but_the_results_stays_in_the_scope()
    {
        using var scope = NewDisposeScope();
        var (logits, labels, halted, steps) = (Logits(), tensor(Labels), ones(5, ScalarType.Bool), ones(5, ScalarType.Int32));
        TensorAssert.LeavesOnlyResults(6, () => Predictions.Of(logits, labels));
        var p = Predictions.Of(logits, labels);
        TensorAssert.LeavesOnlyResults(5, () => StepMetrics.Of(p, halted, steps, halted));
        TensorAssert.LeavesOnlyResults(4, () => StepMetrics.Of(p, halted, steps, null));
    }

    private static Tensor Logits() => nn.functional.one_hot(tensor(Answers).to(ScalarType.Int64), 3).to(ScalarType.Float32).requires_grad_();

    private static void AssertScalar(long expected, Tensor actual)
    {
        Assert.Equal(ScalarType.Int64, actual.dtype);
        Assert.Empty(actual.shape);
        Assert.Equal(expected, actual.item<long>());
    }
}
