using static TorchSharp.torch;

namespace HrmGen.Lab.Analysis;

/// <summary>How points lie in space.</summary>
internal static class Spread
{
    /// <summary>
    /// (sum of eigenvalues)² / (sum of their squares) of the covariance: 1 for points on a line, d where d directions have equal parts. Both
    /// sums are traces, so nothing is decomposed.
    /// </summary>
    /// <param name="points"><c>[N, d]</c>.</param>
    /// <returns>0 where all points are the same.</returns>
    public static double ParticipationRatio(Tensor points)
    {
        using var scope = NewDisposeScope();
        var centred = points - points.mean([0], keepdim: true);
        var covariance = centred.T.matmul(centred);
        var (trace, squares) = (covariance.trace().item<double>(), covariance.square().sum().item<double>());
        return squares > 0 ? trace * trace / squares : 0;
    }

    /// <summary>Points by their first two principal components, and the part of the variance that each explains.</summary>
    /// <param name="points"><c>[N, d]</c>, float64, with N and d at least 2.</param>
    /// <returns><c>[N, 2]</c>. The signs are chosen so that the largest weight of a component is positive.</returns>
    public static (Tensor Coordinates, double First, double Second) Principal(Tensor points)
    {
        using var scope = NewDisposeScope();
        var centred = points - points.mean([0], keepdim: true);
        var (_, s, vh) = linalg.svd(centred, fullMatrices: false);
        var axes = vh.narrow(0, 0, 2);
        axes = axes * axes.gather(1, axes.abs().argmax(1, keepdim: true)).sign();
        var variances = s.square();
        var total = Math.Max(variances.sum().item<double>(), double.Epsilon);
        return (centred.matmul(axes.T).contiguous().MoveToOuterDisposeScope(), variances[0].item<double>() / total, variances[1].item<double>() / total);
    }
}
