using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HrmGen.Layers;

/// <summary>Random initial values of the weights and latents of HRM and TRM.</summary>
public static class Initialization
{
    /// <summary>
    /// Fills <paramref name="tensor"/> in place with normal values truncated at <paramref name="lower"/> and <paramref name="upper"/>,
    /// scaled so that the standard deviation <em>after</em> truncation is <paramref name="std"/> (as JAX does, and unlike PyTorch's
    /// own initializer). Draws from the default generator of the tensor's device.
    /// </summary>
    /// <param name="tensor">Any shape, any floating-point dtype; left without a gradient history.</param>
    /// <param name="std">Standard deviation of the result; 0 gives zeros.</param>
    /// <param name="lower">Lower bound, in standard deviations of the normal before truncation.</param>
    /// <param name="upper">Upper bound, likewise.</param>
    /// <returns><paramref name="tensor"/> itself.</returns>
    /// <remarks>
    /// Source: <c>trunc_normal_init_</c> in <c>models/common.py</c> of HRM and TRM. Their code exchanges the two densities in the
    /// variance term. With <c>lower = -upper</c>, the only use there, the densities are equal and nothing changes; with other
    /// bounds this method reproduces the code, so the result's standard deviation then differs from <paramref name="std"/>.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="std"/> is negative or not finite, or <paramref name="lower"/> is not below <paramref name="upper"/>.
    /// </exception>
    public static Tensor trunc_normal_(Tensor tensor, double std = 1.0, double lower = -2.0, double upper = 2.0)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (!double.IsFinite(std) || std < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(std), std, "The standard deviation must be finite and at least 0.");
        }
        if (!(lower < upper))
        {
            throw new ArgumentOutOfRangeException(nameof(lower), lower, $"The lower bound must be below the upper bound {upper}.");
        }

        using var scope = NewDisposeScope();
        using var _ = no_grad();
        if (std == 0)
        {
            tensor.zero_();
            return tensor;
        }
        var law = TruncatedNormal.Of(std, lower, upper);
        tensor.uniform_(law.a, law.b);
        law.FromUniform_(tensor);
        return tensor;
    }

    /// <summary>A parameter with LeCun-normal values: standard deviation 1/sqrt(<paramref name="in_features"/>), truncated at two.</summary>
    internal static Parameter lecun_normal(long in_features, ReadOnlySpan<long> shape, ScalarType dtype, Device? device) =>
        parameter(trunc_normal_(empty(shape, dtype, device), 1.0 / Math.Sqrt(in_features)));

    /// <summary>Makes <paramref name="data"/> a parameter that outlives every dispose scope; its module owns it from here on.</summary>
    internal static Parameter parameter(Tensor data)
    {
        var result = new Parameter(data);
        result.DetachFromDisposeScope();
        return result;
    }
}

/// <summary>
/// The constants of a truncated normal law, under the names of the official code. A uniform draw on (a, b) becomes a draw of the law
/// by <c>clamp(sqrt(2) * comp_std * erfinv(u), lower * comp_std, upper * comp_std)</c>.
/// </summary>
internal readonly record struct TruncatedNormal(
    double lower, double upper, double a, double b, double z, double pdf_u, double pdf_l, double comp_std)
{
    public static TruncatedNormal Of(double std, double lower, double upper)
    {
        double a = Erf(lower / Math.Sqrt(2)), b = Erf(upper / Math.Sqrt(2));
        var z = (b - a) / 2;
        var c = 1 / Math.Sqrt(2 * Math.PI);
        // Exchanged as in the official code; see the remarks on trunc_normal_.
        var pdf_u = c * Math.Exp(-0.5 * lower * lower);
        var pdf_l = c * Math.Exp(-0.5 * upper * upper);
        var shift = (pdf_u - pdf_l) / z;
        var comp_std = std / Math.Sqrt(1 - (upper * pdf_u - lower * pdf_l) / z - shift * shift);
        return new(lower, upper, a, b, z, pdf_u, pdf_l, comp_std);
    }

    /// <summary>Maps uniform draws on (a, b) to draws of this law, in place.</summary>
    public Tensor FromUniform_(Tensor uniform) =>
        uniform.erfinv_().mul_(Math.Sqrt(2) * comp_std).clamp_(lower * comp_std, upper * comp_std);

    // .NET has no error function; libtorch's is exact to the last bits in float64.
    private static double Erf(double x)
    {
        using var value = tensor(x, ScalarType.Float64);
        using var result = value.erf();
        return result.item<double>();
    }
}
