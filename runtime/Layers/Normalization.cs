using TorchSharp;
using static TorchSharp.torch;

namespace HrmGen.Layers;

/// <summary>Normalization of activations.</summary>
public static class Normalization
{
    private static readonly long[] LastAxis = [-1];

    // TorchSharp's add_(scalar) makes a factor of 1 for the call and does not hold it: a collection at the wrong moment frees it.
    private static readonly Scalar One = 1;

    /// <summary>Divides each vector by its root mean square: x / sqrt(mean(x²) + eps). There is no learned scale.</summary>
    /// <param name="x">[..., h], any floating-point dtype.</param>
    /// <param name="eps">Added to the mean square.</param>
    /// <param name="internal_dtype">Dtype of the computation; float32 in the official code.</param>
    /// <returns>The shape and dtype of <paramref name="x"/>. A row whose squares overflow <paramref name="internal_dtype"/> gives zeros.</returns>
    /// <remarks>Source: <c>rms_norm</c> in <c>models/layers.py</c> of HRM and TRM.</remarks>
    public static Tensor rms_norm(Tensor x, double eps, ScalarType internal_dtype)
    {
        using var scope = NewDisposeScope();
        using Scalar epsilon = eps;
        var dtype = x.dtype;
        if (dtype == internal_dtype)
        {
            return x.mul(x.square().mean(LastAxis, keepdim: true).add_(epsilon, One).rsqrt_()).MoveToOuterDisposeScope();
        }
        var wide = x.to(internal_dtype);
        return wide.mul(wide.square().mean(LastAxis, keepdim: true).add_(epsilon, One).rsqrt_()).to(dtype).MoveToOuterDisposeScope();
    }
}
