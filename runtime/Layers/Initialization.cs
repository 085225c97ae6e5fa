using static TorchSharp.torch;

namespace HrmGen.Layers;

/// <summary>Initial weights, as the official code draws them.</summary>
public static class Initialization
{
    /// <summary>
    /// Fills a tensor with a truncated normal of mean 0 and of the given standard deviation <i>after</i> truncation
    /// (official models/common.py, <c>trunc_normal_init_</c>, which follows JAX and not PyTorch).
    /// </summary>
    /// <param name="tensor">Filled in place from torch's default generator; float32 or float64.</param>
    /// <param name="std">Standard deviation of the result; 0 gives zeros.</param>
    /// <param name="lower">Lower cut, in standard deviations of the parent normal.</param>
    /// <param name="upper">Upper cut.</param>
    /// <returns>The tensor.</returns>
    /// <remarks>TorchSharp's own <c>nn.init.trunc_normal_</c> fills with a constant when the mean is 0.</remarks>
    public static Tensor trunc_normal_(Tensor tensor, double std = 1.0, double lower = -2.0, double upper = 2.0)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        using var gradient = no_grad();
        if (std == 0)
        {
            return tensor.zero_();
        }

        var bounds = TruncationBounds.Of(std, lower, upper);
        _ = tensor.uniform_(bounds.A, bounds.B);
        return FromUniform_(tensor, bounds);
    }

    /// <summary>The last part of the formula: uniform draws in [A, B] to the truncated normal, in place.</summary>
    internal static Tensor FromUniform_(Tensor uniform, TruncationBounds bounds)
    {
        _ = uniform.erfinv_();
        _ = uniform.mul_(Math.Sqrt(2) * bounds.CompensatedStd);
        return uniform.clamp_(bounds.Lower * bounds.CompensatedStd, bounds.Upper * bounds.CompensatedStd);
    }
}

/// <summary>Constants of the truncated normal.</summary>
/// <param name="A">erf(lower / sqrt 2): lower end of the uniform draw.</param>
/// <param name="B">erf(upper / sqrt 2).</param>
/// <param name="Z">Probability of the kept part.</param>
/// <param name="CompensatedStd">Standard deviation of the parent normal, such that the truncated one has the wanted one.</param>
/// <param name="Lower">The lower cut.</param>
/// <param name="Upper">The upper cut.</param>
internal sealed record TruncationBounds(double A, double B, double Z, double CompensatedStd, double Lower, double Upper)
{
    public static TruncationBounds Of(double std, double lower, double upper)
    {
        var sqrt2 = Math.Sqrt(2);
        var (a, b) = (Erf(lower / sqrt2), Erf(upper / sqrt2));
        var z = (b - a) / 2;

        // The official code calls the density at the lower cut pdf_u and pairs it with the upper one. Equal cuts hide it,
        // and those are the only ones in use; kept, so that all constants come out the same.
        var c = 1 / Math.Sqrt(2 * Math.PI);
        var (atLower, atUpper) = (c * Math.Exp(-0.5 * lower * lower), c * Math.Exp(-0.5 * upper * upper));
        var shift = (atLower - atUpper) / z;
        var spread = 1 - (((upper * atLower) - (lower * atUpper)) / z) - (shift * shift);
        return new(a, b, z, std / Math.Sqrt(spread), lower, upper);
    }

    private static double Erf(double value)
    {
        using var scope = NewDisposeScope();
        return erf(tensor(value, dtype: ScalarType.Float64)).item<double>();
    }
}
