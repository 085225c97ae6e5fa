using static TorchSharp.torch;

namespace HrmGen.Losses;

/// <summary>Losses of the halting head.</summary>
public static class HaltingLoss
{
    /// <summary>Binary cross-entropy with logits, summed over the batch.</summary>
    /// <param name="q_logits"><c>[B]</c>.</param>
    /// <param name="target"><c>[B]</c>: bool, or probabilities.</param>
    /// <returns>A scalar in the format of the logits.</returns>
    public static Tensor BinaryCrossEntropy(Tensor q_logits, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(q_logits);
        ArgumentNullException.ThrowIfNull(target);
        using var scope = NewDisposeScope();
        return nn.functional.binary_cross_entropy_with_logits(q_logits, target.to(q_logits.dtype), reduction: nn.Reduction.Sum).MoveToOuterDisposeScope();
    }
}
