using static TorchSharp.torch;

namespace HrmGen.Losses;

/// <summary>The losses of the halting (ACT) head.</summary>
public static class HaltingLoss
{
    /// <summary>Binary cross-entropy with logits, summed over the batch.</summary>
    /// <param name="q_logits">[B], any floating-point dtype.</param>
    /// <param name="target">[B]: bool, or probabilities in 0 .. 1; no gradient should flow into it.</param>
    /// <param name="row_weights">[B], or null where every row weighs 1.</param>
    /// <returns>A scalar in the dtype of <paramref name="q_logits"/>.</returns>
    /// <remarks>Source: <c>ACTLossHead</c> in <c>models/losses.py</c> of HRM and TRM.</remarks>
    public static Tensor BinaryCrossEntropy(Tensor q_logits, Tensor target, Tensor? row_weights = null)
    {
        using var scope = NewDisposeScope();
        return nn.functional.binary_cross_entropy_with_logits(q_logits, target.to(q_logits.dtype), row_weights?.to(q_logits.dtype), nn.Reduction.Sum)
            .MoveToOuterDisposeScope();
    }
}
