using HrmGen.Kernels;
using HrmGen.Layers;
using static TorchSharp.torch;

namespace HrmGen.Fused;

/// <summary>A network of the recursion on kernels.</summary>
/// <typeparam name="T"><see cref="float"/>, <see cref="double"/> or <see cref="BFloat16"/>.</typeparam>
public sealed class FusedStack<T>
    where T : unmanaged
{
    private readonly LayerStack weights;
    private readonly FusedLayer<T>[] layers;
    private readonly FusedNorm<T>? last;

    /// <summary>Puts the layers of a network on kernels.</summary>
    /// <param name="plan">The model's plan.</param>
    /// <param name="weights">The network, whose weights are read and trained.</param>
    /// <param name="layer">Makes the fused form of one of its layers.</param>
    /// <param name="last">The norm behind the last layer, or null.</param>
    public FusedStack(FusedPlan<T> plan, LayerStack weights, Func<nn.Module<Tensor, Tensor>, FusedLayer<T>> layer, FusedNorm<T>? last = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(layer);
        (this.weights, this.last) = (weights, last);
        layers = [.. weights.Layers.Select(layer)];
        plan.Add(weights);
    }

    /// <summary>z = f(z).</summary>
    /// <param name="tile">The examples.</param>
    /// <param name="z">What the network is applied to.</param>
    public void Forward(FusedTile<T> tile, Rows<T> z)
    {
        ArgumentNullException.ThrowIfNull(tile);
        var work = tile.Work;
        if (work.Records)
        {
            // A recorded layer's output is the next one's input, and both backwards read it: each has a place of its own.
            var h = work.Latent(work.Plan.States, work.NextState());
            h.Copy(z);
            foreach (var layer in layers)
            {
                var y = work.Latent(work.Plan.States, work.NextState());
                layer.Forward(tile, h, y, work.NextLayer());
                h = y;
            }

            z.Copy(h);
        }
        else
        {
            foreach (var layer in layers)
            {
                layer.Forward(tile, z, z, 0);
            }
        }

        if (last is not null)
        {
            z.Copy(last.Forward(tile, z, null, work.Records ? work.NextNorm() : 0));
        }

        if (work.IsFirst)
        {
            weights.Count(layers.Length);
        }

        if (weights.Observer is { } observer)
        {
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            observer(z.ToTensor(work.Batch, work.Plan.Positions, work.Plan.HiddenSize));
        }
    }

    /// <summary>The gradient of the last <see cref="Forward"/> that has none yet.</summary>
    /// <param name="tile">The examples.</param>
    /// <param name="d">The gradient of the output, which becomes that of the input.</param>
    public void Backward(FusedTile<T> tile, Rows<T> d)
    {
        ArgumentNullException.ThrowIfNull(tile);
        var work = tile.Work;
        if (last is not null)
        {
            var at = work.LastNorm();
            last.Backward(tile, d, last.Output(tile, at), d, add: false, at);
        }

        var y = work.Latent(work.Plan.States, work.LastState());
        for (var i = layers.Length - 1; i >= 0; i--)
        {
            var h = work.Latent(work.Plan.States, work.LastState());
            layers[i].Backward(tile, d, h, y, work.LastLayer());
            y = h;
        }
    }
}
