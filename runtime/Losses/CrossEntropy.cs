using static TorchSharp.torch;

namespace HrmGen.Losses;

/// <summary>Cross-entropies of the language-model head, a value per token.</summary>
public static class CrossEntropy
{
    /// <summary>Label of a cell that does not count.</summary>
    public const long IgnoreIndex = -100;

    // Official s(x): keeps 1 - x away from 0 at x = 1, where the other branch is taken.
    private const double Epsilon = 1e-30;

    /// <summary>
    /// Stablemax cross-entropy (official models/losses.py, <c>stablemax_cross_entropy</c>): probabilities proportional to
    /// s(x) = x + 1 for x &gt;= 0 and 1 / (1 - x) below.
    /// </summary>
    /// <param name="logits"><c>[B, S, V]</c>.</param>
    /// <param name="labels"><c>[B, S]</c>, whole numbers; <see cref="IgnoreIndex"/> does not count.</param>
    /// <param name="precision">Format that it is computed in; the official code uses float64.</param>
    /// <returns><c>[B, S]</c> in <paramref name="precision"/>, 0 where the label does not count.</returns>
    /// <remarks>
    /// The official formula has a NaN gradient in float32 at x = 1: the branch not taken is 1/1e-30, whose square overflows. Here each
    /// branch sees only its own half of the axis, which changes no value.
    /// </remarks>
    public static Tensor Stablemax(Tensor logits, Tensor labels, ScalarType precision)
    {
        ArgumentNullException.ThrowIfNull(logits);
        using var scope = NewDisposeScope();
        var x = logits.dtype == precision ? logits : logits.to(precision);
        var below = x.clamp_max(0);
        var above = x.clamp_min(0);
        var s = where(x < 0, (1 - below + Epsilon).reciprocal(), above + 1);
        var log_probabilities = (s / s.sum(-1, true)).log();
        return Pick(log_probabilities, labels).MoveToOuterDisposeScope();
    }

    /// <summary>Softmax cross-entropy (official models/losses.py, <c>softmax_cross_entropy</c>).</summary>
    /// <param name="logits"><c>[B, S, V]</c>.</param>
    /// <param name="labels"><c>[B, S]</c>, whole numbers; <see cref="IgnoreIndex"/> does not count.</param>
    /// <param name="precision">Format that it is computed in; the official code uses float32.</param>
    /// <returns><c>[B, S]</c> in <paramref name="precision"/>, 0 where the label does not count.</returns>
    public static Tensor Softmax(Tensor logits, Tensor labels, ScalarType precision)
    {
        ArgumentNullException.ThrowIfNull(logits);
        using var scope = NewDisposeScope();
        var x = logits.dtype == precision ? logits : logits.to(precision);
        return Pick(nn.functional.log_softmax(x, -1), labels).MoveToOuterDisposeScope();
    }

    private static Tensor Pick(Tensor log_probabilities, Tensor labels)
    {
        var index = labels.to(int64);
        var counts = index != IgnoreIndex;
        var safe = index.clamp_min(0).unsqueeze(-1);
        var picked = log_probabilities.gather(-1, safe).squeeze(-1);
        return -where(counts, picked, zeros_like(picked));
    }
}
