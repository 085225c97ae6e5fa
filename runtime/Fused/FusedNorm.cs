using HrmGen.Kernels;

namespace HrmGen.Fused;

/// <summary>RMS norm on kernels, forward and backward, with the residual addition before it.</summary>
/// <typeparam name="T"><see cref="float"/>, <see cref="double"/> or <see cref="BFloat16"/>.</typeparam>
/// <remarks>The formulas of <see cref="Layers.Normalization.rms_norm"/>. Its gradient reads the output and one factor of each row.</remarks>
public sealed unsafe class FusedNorm<T>
    where T : unmanaged
{
    private readonly double eps;
    private readonly bool overPositions;
    private readonly int outputs;
    private readonly int scales;
    private readonly int means;

    /// <summary>Creates a norm.</summary>
    /// <param name="plan">The model's plan.</param>
    /// <param name="name">Tells the norms of a layer apart.</param>
    /// <param name="eps">Added to the mean square.</param>
    /// <param name="overPositions">Over the positions of each channel, not over the channels of each position (TRM-MLP).</param>
    public FusedNorm(FusedPlan<T> plan, string name, double eps, bool overPositions = false)
    {
        ArgumentNullException.ThrowIfNull(plan);
        (this.eps, this.overPositions) = (eps, overPositions);
        var places = Kernels<T>.Cpu.Places;
        outputs = plan.Slot(name + ".y", (long)plan.Positions * plan.HiddenSize);
        scales = plan.Slot(name + ".scale", (long)places * (overPositions ? plan.HiddenSize : plan.Positions));
        means = overPositions ? plan.Slot("norm.means", (long)places * plan.HiddenSize, backward: true) : -1;
    }

    /// <summary>The norm of a sum, kept where the backward reads it.</summary>
    /// <param name="tile">The examples.</param>
    /// <param name="h">The residual stream.</param>
    /// <param name="part">What is added to it, or null.</param>
    /// <param name="at">The layer's place among the recorded ones.</param>
    public Rows<T> Forward(FusedTile<T> tile, Rows<T> h, Rows<T>? part, int at)
    {
        ArgumentNullException.ThrowIfNull(tile);
        var y = tile.Work.Latent(outputs, at);
        Forward(tile, h, part, y, at);
        return y;
    }

    /// <summary>The norm of a sum.</summary>
    /// <param name="tile">The examples.</param>
    /// <param name="h">The residual stream.</param>
    /// <param name="part">What is added to it, or null.</param>
    /// <param name="y">Takes the result; may be <paramref name="h"/>.</param>
    /// <param name="at">The layer's place among the recorded ones.</param>
    public void Forward(FusedTile<T> tile, Rows<T> h, Rows<T>? part, Rows<T> y, int at)
    {
        ArgumentNullException.ThrowIfNull(tile);
        var (work, plan) = (tile.Work, tile.Work.Plan);
        var added = part is { } p ? p.Data : null;
        var scale = work[scales, at];
        if (overPositions)
        {
            Kernels<T>.Cpu.RmsNormOverPositions(h.Data, added, y.Data, scale, work.Mixtures, plan.Positions, work.Columns, eps);
        }
        else
        {
            Kernels<T>.Cpu.RmsNorm(h.Data, added, y.Data, scale, work.Count, plan.HiddenSize, eps);
        }
    }

    /// <summary>The kept output.</summary>
    public Rows<T> Output(FusedTile<T> tile, int at)
    {
        ArgumentNullException.ThrowIfNull(tile);
        return tile.Work.Latent(outputs, at);
    }

    /// <summary>The gradient of the sum from that of the norm.</summary>
    /// <param name="tile">The examples.</param>
    /// <param name="d">The gradient of the output.</param>
    /// <param name="y">The output.</param>
    /// <param name="into">Takes the gradient of the sum; may be <paramref name="d"/>.</param>
    /// <param name="add">Whether to add to what is there.</param>
    /// <param name="at">The layer's place among the recorded ones.</param>
    public void Backward(FusedTile<T> tile, Rows<T> d, Rows<T> y, Rows<T> into, bool add, int at)
    {
        ArgumentNullException.ThrowIfNull(tile);
        var (work, plan) = (tile.Work, tile.Work.Plan);
        if (overPositions)
        {
            Kernels<T>.Cpu.RmsNormOverPositionsBackward(d.Data, y.Data, work[scales, at], into.Data, add, work[means, 0], work.Mixtures, plan.Positions, work.Columns);
        }
        else
        {
            Kernels<T>.Cpu.RmsNormBackward(d.Data, y.Data, work[scales, at], into.Data, add, work.Count, plan.HiddenSize);
        }
    }
}
