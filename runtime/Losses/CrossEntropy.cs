using static TorchSharp.torch;

namespace HrmGen.Losses;

/// <summary>The language-model losses of HRM and TRM, per position and without reduction.</summary>
public static class CrossEntropy
{
    /// <summary>The label of a position that has no loss.</summary>
    public const long IgnoreIndex = -100;

    private static readonly long[] LastAxis = [-1];

    /// <summary>
    /// Cross-entropy under stablemax: -log(s(x_label) / Σ s(x)), where s(x) = x + 1 for x ≥ 0 and 1/(1 - x) below.
    /// </summary>
    /// <param name="logits">[B, S, V], any floating-point dtype; their gradient comes back in this dtype.</param>
    /// <param name="labels">[B, S], int32 or int64: a class in 0 .. V - 1, or <see cref="IgnoreIndex"/>.</param>
    /// <param name="precision">Dtype of the computation and of the result; float64 in the official code.</param>
    /// <param name="label_smoothing">Share of the target that is spread evenly over all classes, the label's own included.</param>
    /// <returns>[B, S] in <paramref name="precision"/>; 0 where ignored. Losses and gradients are finite for all finite logits.</returns>
    /// <remarks>
    /// Source: <c>stablemax_cross_entropy</c> in <c>models/losses.py</c> of HRM and TRM; Prieto et al., "Grokking at the Edge of
    /// Numerical Stability". The official formula yields NaN gradients in float32 where a logit is exactly 1 (the branch that is not
    /// taken divides by 1e-30) and overflows for huge logits; this one is equal in float64 and has neither defect.
    /// </remarks>
    /// <exception cref="ArgumentException">The labels do not have the first two sizes of the logits.</exception>
    public static Tensor Stablemax(Tensor logits, Tensor labels, ScalarType precision, double label_smoothing = 0)
    {
        using var scope = NewDisposeScope();
        var x = logits.to(precision);
        var (ignored, index) = Split(logits, labels);
        // A class's logarithm needs its own logit only, so it is taken of [B, S, 1] instead of [B, S, V].
        var log_sum = log_normalizer(x);
        var loss = log_sum.sub(log_s(x.gather(-1, index)));
        if (label_smoothing > 0)
        {
            loss = loss.mul(1 - label_smoothing).add(log_sum.sub(log_s(x).mean(LastAxis, keepdim: true)).mul(label_smoothing));
        }
        return loss.squeeze(-1).masked_fill(ignored, 0).MoveToOuterDisposeScope();
    }

    /// <summary>Cross-entropy under softmax.</summary>
    /// <param name="logits">[B, S, V], any floating-point dtype; their gradient comes back in this dtype.</param>
    /// <param name="labels">[B, S], int32 or int64: a class in 0 .. V - 1, or <see cref="IgnoreIndex"/>.</param>
    /// <param name="precision">Dtype of the computation and of the result; float32 in the official code.</param>
    /// <param name="label_smoothing">Share of the target that is spread evenly over all classes, the label's own included.</param>
    /// <returns>[B, S] in <paramref name="precision"/>; 0 where ignored.</returns>
    /// <remarks>Source: <c>softmax_cross_entropy</c> in <c>models/losses.py</c> of HRM and TRM.</remarks>
    /// <exception cref="ArgumentException">The labels do not have the first two sizes of the logits.</exception>
    public static Tensor Softmax(Tensor logits, Tensor labels, ScalarType precision, double label_smoothing = 0)
    {
        using var scope = NewDisposeScope();
        var (ignored, index) = Split(logits, labels);
        var log_p = logits.log_softmax(-1, precision);
        var loss = log_p.gather(-1, index).neg();
        if (label_smoothing > 0)
        {
            loss = loss.mul(1 - label_smoothing).sub(log_p.mean(LastAxis, keepdim: true).mul(label_smoothing));
        }
        return loss.squeeze(-1).masked_fill(ignored, 0).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// s(x), elementwise. As max(x, 0) + 1/(1 - min(x, 0)) both terms are finite with finite gradients everywhere, so no branch can
    /// turn a gradient of 0 into 0 · ∞; and exactly one of them has a gradient at 0 (relu's is 0 there, clamp's is 1).
    /// The 1e-30 that the official code adds to 1 - x vanishes by rounding, since 1 - min(x, 0) is at least 1.
    /// </summary>
    internal static Tensor s(Tensor x) => x.relu().sub(x.clamp_max(0).sub_(1).reciprocal());

    /// <summary>log s(x), elementwise, without forming s: 1/(1 - x) would lose huge negative logits in float32.</summary>
    internal static Tensor log_s(Tensor x) => x.relu().add(1).log().sub(x.clamp_max(0).neg_().add_(1).log());

    /// <summary>log Σ s(x) over the last axis, which stays with size 1.</summary>
    internal static Tensor log_normalizer(Tensor x)
    {
        var terms = s(x);
        if (x.dtype == ScalarType.Float64)
        {
            return terms.sum(-1, keepdim: true).log();
        }
        // Float32 logits may be as large as the format allows; divided by the largest term, the sum lies between 1 and V.
        var largest = terms.detach().amax([-1], keepdim: true);
        return terms.div(largest).sum(-1, keepdim: true).log().add(largest.log());
    }

    private static (Tensor ignored, Tensor index) Split(Tensor logits, Tensor labels)
    {
        // A gather accepts fewer labels than there are rows, and the subtraction after it would then broadcast them.
        if (labels.size(0) != logits.size(0) || labels.size(1) != logits.size(1))
        {
            throw new ArgumentException(
                $"Logits for [{logits.size(0)}, {logits.size(1)}] positions need labels of that shape, not [{labels.size(0)}, {labels.size(1)}].",
                nameof(labels));
        }
        var ignored = labels.eq(IgnoreIndex);
        // An ignored position must still gather a valid class; what it fetches is masked.
        return (ignored, labels.masked_fill(ignored, 0).to(ScalarType.Int64).unsqueeze(-1));
    }
}
