using static TorchSharp.torch;

namespace HrmGen.Layers;

/// <summary>Norms.</summary>
public static class Normalization
{
    /// <summary>x / sqrt(mean(x^2) + eps) over the last axis, without scale (official models/layers.py, <c>rms_norm</c>).</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="eps">Added to the mean square.</param>
    /// <param name="internal_dtype">Format that it is computed in.</param>
    /// <returns>The shape and format of <paramref name="x"/>.</returns>
    public static Tensor rms_norm(Tensor x, double eps, ScalarType internal_dtype)
    {
        using var scope = NewDisposeScope();
        var from = x.dtype;
        var wide = from == internal_dtype ? x : x.to(internal_dtype);
        var scale = wide.square().mean([-1], keepdim: true).add_(eps).rsqrt_();
        var normed = wide * scale;
        return (from == internal_dtype ? normed : normed.to(from)).MoveToOuterDisposeScope();
    }
}
