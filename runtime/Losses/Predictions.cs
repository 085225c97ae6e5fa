using static TorchSharp.torch;

namespace HrmGen.Losses;

/// <summary>What logits predict, and where that is right (official models/losses.py, <c>ACTLossHead</c>).</summary>
/// <param name="preds">The likeliest tokens, <c>[B, S]</c> int64.</param>
/// <param name="mask">Cells that count, <c>[B, S]</c> bool.</param>
/// <param name="loss_counts">Cells that count in each row, <c>[B]</c> int64.</param>
/// <param name="loss_divisor">The same, at least 1, <c>[B, 1]</c>.</param>
/// <param name="is_correct">Cells that count and are right, <c>[B, S]</c> bool.</param>
/// <param name="seq_is_correct">Rows whose cells are all right, <c>[B]</c> bool.</param>
public sealed record Predictions(Tensor preds, Tensor mask, Tensor loss_counts, Tensor loss_divisor, Tensor is_correct, Tensor seq_is_correct)
{
    /// <summary>Compares logits with labels, without gradient.</summary>
    /// <param name="logits"><c>[B, S, V]</c>.</param>
    /// <param name="labels"><c>[B, S]</c>, whole numbers; <see cref="CrossEntropy.IgnoreIndex"/> does not count.</param>
    public static Predictions Of(Tensor logits, Tensor labels)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(labels);
        using var gradient = no_grad();
        using var scope = NewDisposeScope();
        var preds = logits.argmax(-1);
        var mask = labels != CrossEntropy.IgnoreIndex;
        var counts = mask.sum(-1);
        var correct = mask & (preds == labels);
        var result = new Predictions(preds, mask, counts, counts.clamp_min(1).unsqueeze(-1), correct, correct.sum(-1) == counts);
        scope.MoveToOuter([result.preds, result.mask, result.loss_counts, result.loss_divisor, result.is_correct, result.seq_is_correct]);
        return result;
    }
}

/// <summary>Metrics of a step: scalars, summed over the rows that halted at it and have a label.</summary>
/// <param name="count">Those rows, int64.</param>
/// <param name="accuracy">Sum of their parts of right cells, float32.</param>
/// <param name="exact_accuracy">Rows without a wrong cell, int64.</param>
/// <param name="q_halt_accuracy">Rows where q_halt &gt;= 0 says rightly whether the answer is right, int64; null without a halting head.</param>
/// <param name="steps">Their supervision steps, int64.</param>
public sealed record StepMetrics(Tensor count, Tensor accuracy, Tensor exact_accuracy, Tensor? q_halt_accuracy, Tensor steps)
{
    /// <summary>Sums up a step (official models/losses.py, <c>ACTLossHead</c>).</summary>
    /// <param name="predictions">Of the step.</param>
    /// <param name="halted">Rows that halted, <c>[B]</c> bool.</param>
    /// <param name="steps">Supervision steps of each row, <c>[B]</c>.</param>
    /// <param name="q_halt_logits"><c>[B]</c>, or null.</param>
    public static StepMetrics Of(Predictions predictions, Tensor halted, Tensor steps, Tensor? q_halt_logits)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        ArgumentNullException.ThrowIfNull(halted);
        ArgumentNullException.ThrowIfNull(steps);
        using var gradient = no_grad();
        using var scope = NewDisposeScope();
        var p = predictions;
        var valid = halted & (p.loss_counts > 0);
        var parts = (p.is_correct.to(ScalarType.Float32) / p.loss_divisor).sum(-1);
        var result = new StepMetrics(
            valid.sum(),
            where(valid, parts, zeros_like(parts)).sum(),
            (valid & p.seq_is_correct).sum(),
            q_halt_logits is null ? null : (valid & ((q_halt_logits >= 0) == p.seq_is_correct)).sum(),
            where(valid, steps, zeros_like(steps)).sum());
        scope.MoveToOuter(new[] { result.count, result.accuracy, result.exact_accuracy, result.q_halt_accuracy, result.steps }.OfType<Tensor>());
        return result;
    }
}
