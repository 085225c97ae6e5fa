using static TorchSharp.torch;

namespace HrmGen.Losses;

/// <summary>What the losses of a supervision step weigh (supervision.step_decay).</summary>
/// <remarks>
/// Source: CGAR (arXiv 2511.08653), hierarchical supervision weighting. Its released code weighs the whole batch by the mean of the
/// rows' steps and does not normalise; here, as in the paper, each row weighs by its own step.
/// </remarks>
public static class StepWeights
{
    /// <summary>decay^(t-1) over the sum of decay^0 to decay^(N_sup-1), so that the weights of an example's steps add up to 1.</summary>
    /// <param name="steps">The rows' supervision steps, [B], counted from 1.</param>
    /// <param name="decay">Above 0, at most 1.</param>
    /// <param name="N_sup">Supervision steps at most.</param>
    /// <returns>[B] float32.</returns>
    public static Tensor Decayed(Tensor steps, double decay, int N_sup)
    {
        ArgumentNullException.ThrowIfNull(steps);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var total = Enumerable.Range(0, N_sup).Sum(t => Math.Pow(decay, t));
        return pow(tensor(decay, float32, steps.device), steps.to(float32) - 1).div(total).MoveToOuterDisposeScope();
    }

    /// <summary>The sum of the rows' losses, each times its weight.</summary>
    /// <param name="rows">[B].</param>
    /// <param name="weights">[B], or null where every row weighs 1.</param>
    /// <returns>A scalar in the format of <paramref name="rows"/>.</returns>
    public static Tensor Sum(Tensor rows, Tensor? weights)
    {
        ArgumentNullException.ThrowIfNull(rows);
        using var scope = NewDisposeScope();
        return (weights is null ? rows : rows.mul(weights.to(rows.dtype))).sum().MoveToOuterDisposeScope();
    }
}
