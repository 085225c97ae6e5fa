using static TorchSharp.torch;

namespace HrmGen.Losses;

/// <summary>What a step answered and whether it was right. Nothing here has a gradient.</summary>
/// <param name="preds">The most likely class of each position, [B, S] int64.</param>
/// <param name="mask">Which positions have a label, [B, S] bool.</param>
/// <param name="loss_counts">Number of labels of each row, [B] int64.</param>
/// <param name="loss_divisor">The same but at least 1, [B, 1] int64.</param>
/// <param name="is_correct">Which positions have a label and match it, [B, S] bool.</param>
/// <param name="seq_is_correct">Which rows match all of their labels, [B] bool; true for a row without labels.</param>
/// <remarks>Source: <c>ACTLossHead.forward</c> in <c>models/losses.py</c> of HRM and TRM.</remarks>
public sealed record Predictions(
    Tensor preds, Tensor mask, Tensor loss_counts, Tensor loss_divisor, Tensor is_correct, Tensor seq_is_correct)
{
    /// <summary>Compares the answers with the labels. The tensors belong to the current dispose scope.</summary>
    /// <param name="logits">[B, S, V], any floating-point dtype.</param>
    /// <param name="labels">[B, S], int32 or int64, <see cref="CrossEntropy.IgnoreIndex"/> where there is none.</param>
    public static Predictions Of(Tensor logits, Tensor labels)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var preds = logits.argmax(-1);
        var mask = labels.ne(CrossEntropy.IgnoreIndex);
        var counts = mask.sum(-1);
        var divisor = counts.clamp_min(1).unsqueeze(-1);
        // A prediction is never negative, so it cannot equal the ignored label: the mask is implied.
        var correct = preds.eq(labels);
        var sequenceCorrect = correct.sum(-1).eq(counts);
        scope.MoveToOuter(preds, mask, counts);
        scope.MoveToOuter(divisor, correct, sequenceCorrect);
        return new(preds, mask, counts, divisor, correct, sequenceCorrect);
    }
}
