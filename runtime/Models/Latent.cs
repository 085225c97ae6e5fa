using System.Globalization;
using HrmGen.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HrmGen.Models;

/// <summary>What emitted code does with latents.</summary>
public static class Latent
{
    /// <summary>
    /// The fixed vector that a latent starts from: truncated normal, a buffer that is never learned
    /// (official hrm_act_v1.py, <c>H_init</c>).
    /// </summary>
    /// <param name="hidden_size">Length of the vector.</param>
    /// <param name="dtype">Format of the forward pass, as in the official code.</param>
    /// <param name="device">Where it lives.</param>
    /// <param name="std">Standard deviation; 1 in the official code.</param>
    /// <returns><c>[hidden_size]</c>.</returns>
    public static Tensor BufferInit(long hidden_size, ScalarType dtype, Device? device, double std = 1)
    {
        using var scope = NewDisposeScope();
        using var drawn = Initialization.trunc_normal_(empty(hidden_size, dtype: ScalarType.Float32, device: device), std);
        return drawn.to(dtype).alias().DetachFromDisposeScope();
    }

    /// <summary>
    /// Initial values that every example draws for itself: truncated normal, each position and channel by itself (EqR, arXiv 2605.21488,
    /// <c>H_init_std</c>). From torch's default generator of the device.
    /// </summary>
    /// <param name="shape"><c>[B, positions, hidden_size]</c>.</param>
    /// <param name="std">Standard deviation after the truncation.</param>
    /// <param name="dtype">Format of the forward pass.</param>
    /// <param name="device">Where they live.</param>
    public static Tensor RandomInit(ReadOnlySpan<long> shape, double std, ScalarType dtype, Device device)
    {
        using var scope = NewDisposeScope();
        using var drawn = Initialization.trunc_normal_(empty(shape, dtype: ScalarType.Float32, device: device), std);
        return drawn.to(dtype).alias().MoveToOuterDisposeScope();
    }

    /// <summary>A learned starting vector, drawn as <see cref="BufferInit"/> draws the fixed one.</summary>
    public static Parameter LearnedInit(long hidden_size, ScalarType dtype, Device? device, double std = 1) =>
        new(BufferInit(hidden_size, dtype, device, std));

    /// <summary>The elements of an indexed latent, added up from the first to the last.</summary>
    public static Tensor Sum(IReadOnlyList<Tensor> elements)
    {
        var sum = elements[0].alias();
        for (var i = 1; i < elements.Count; i++)
        {
            sum = sum + elements[i];
        }

        return sum;
    }

    /// <summary>How much a latent changed: the norm of the change over the norm before it, for each row.</summary>
    /// <param name="before"><c>[B, positions, hidden_size]</c>.</param>
    /// <param name="after">The same shape.</param>
    /// <returns><c>[B]</c>, float64 where the latent is, else float32. A row of zeros that changes gives infinity, one that stays 0.</returns>
    public static Tensor RelativeChange(Tensor before, Tensor after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        using var scope = NewDisposeScope();

        // bfloat16 sums of squares would lose the small changes that this is about.
        var dtype = before.dtype == float64 ? float64 : float32;
        var (old, now) = (before.detach().to(dtype).flatten(1), after.detach().to(dtype).flatten(1));
        return (now - old).norm(1).div(old.norm(1)).nan_to_num(0, double.PositiveInfinity).MoveToOuterDisposeScope();
    }

    /// <summary>The name of an element, counted from 1: <c>z_L1</c>.</summary>
    public static string ElementName(string latent, int element) => latent + element.ToString(CultureInfo.InvariantCulture);

    /// <summary>The latents with a function applied to each.</summary>
    public static TLatents Map<TLatents>(this TLatents latents, Func<Tensor, Tensor> function)
        where TLatents : class, ILatents<TLatents> => TLatents.From(name => function(latents[name]));
}
