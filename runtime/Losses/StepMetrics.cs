using static TorchSharp.torch;

namespace HrmGen.Losses;

/// <summary>Metrics of one step: sums over the rows that halted and have a label; divide by <see cref="count"/> for means.</summary>
/// <param name="count">Number of such rows, int64 scalar.</param>
/// <param name="accuracy">Sum of the rows' shares of correct labels, float64 scalar.</param>
/// <param name="exact_accuracy">Number of rows with every label correct, int64 scalar.</param>
/// <param name="q_halt_accuracy">Number of rows whose halting logit (≥ 0) tells whether they are correct, int64 scalar; null without a head.</param>
/// <param name="steps">Sum of the rows' supervision steps, int64 scalar.</param>
/// <remarks>Source: <c>ACTLossHead.forward</c> in <c>models/losses.py</c> of HRM and TRM.</remarks>
public sealed record StepMetrics(Tensor count, Tensor accuracy, Tensor exact_accuracy, Tensor? q_halt_accuracy, Tensor steps)
{
    /// <summary>Sums the metrics of a step, on its device. The tensors belong to the current dispose scope.</summary>
    /// <param name="p">The step's predictions.</param>
    /// <param name="halted">[B] bool.</param>
    /// <param name="steps">Supervision steps that each row has taken, [B] int32 or int64.</param>
    /// <param name="q_halt_logits">[B], or null for a model that does not learn to halt.</param>
    public static StepMetrics Of(Predictions p, Tensor halted, Tensor steps, Tensor? q_halt_logits)
    {
        ArgumentNullException.ThrowIfNull(p);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var valid = halted.logical_and(p.loss_counts.gt(0));
        var count = valid.sum();
        // The share of a row is its number of correct labels over its number of labels. Float64 whatever the model's format: the official
        // code's float32 agrees to its last bit, and so does its float64 rerun.
        var share = p.is_correct.sum(-1, keepdim: true).to(ScalarType.Float64).div(p.loss_divisor).squeeze(-1);
        var accuracy = share.mul(valid).sum();
        var exact = valid.logical_and(p.seq_is_correct).sum();
        var halting = q_halt_logits is null ? null : valid.logical_and(q_halt_logits.ge(0).eq(p.seq_is_correct)).sum();
        var taken = steps.mul(valid).sum();
        scope.MoveToOuter(count, accuracy, exact);
        scope.MoveToOuter(taken);
        halting?.MoveToOuterDisposeScope();
        return new(count, accuracy, exact, halting, taken);
    }
}
