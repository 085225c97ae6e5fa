using System.Globalization;
using HrmGen.Layers;
using static TorchSharp.torch;

namespace HrmGen.Models;

/// <summary>A latent just after an update inside the recursion.</summary>
/// <param name="Latent">Its name; the network's, where the spec's updates and its network calls do not go in step.</param>
/// <param name="Before">Its value before, or null at its first update under this observer.</param>
/// <param name="After">Its new value, <c>[B, positions, hidden_size]</c>. Both live until the callback returns.</param>
public sealed record LatentUpdate(string Latent, Tensor? Before, Tensor After);

/// <summary>
/// Shows the latents inside the recursion, after every update, until it is disposed. It listens to the model's networks, and names what
/// they give by <see cref="ModelSpec.Updates"/>: emitted code knows nothing of it, and nobody pays for it who does not observe.
/// </summary>
public sealed class UpdateObserver : IDisposable
{
    private readonly LayerStack[] networks;
    private readonly string[] order;
    private readonly Action<LatentUpdate> onUpdate;
    private readonly Dictionary<string, Tensor> last = new(StringComparer.Ordinal);
    private int calls;

    /// <summary>Starts to observe a model; begin between two passes.</summary>
    /// <param name="model">A model that nobody else observes.</param>
    /// <param name="onUpdate">Called after each update.</param>
    /// <exception cref="InvalidOperationException">Somebody else does.</exception>
    public UpdateObserver(IRecursiveModel model, Action<LatentUpdate> onUpdate)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(onUpdate);
        this.onUpdate = onUpdate;
        order = Expand(model.Info.Updates);
        networks = [.. model.Module.named_children().Select(c => c.module).OfType<LayerStack>()];
        if (networks.Any(n => n.Observer is not null))
        {
            throw new InvalidOperationException($"{model.Info.Name} is being observed already");
        }

        foreach (var network in networks)
        {
            var name = network.GetName();
            network.Observer = value => Observe(name, value);
        }
    }

    /// <summary>The names of an order: <c>2 z_L, z_H</c> is z_L, z_L, z_H.</summary>
    public static string[] Expand(string updates)
    {
        ArgumentNullException.ThrowIfNull(updates);
        return [.. updates.Split(", ", StringSplitOptions.RemoveEmptyEntries).SelectMany(run => run.Split(' ') is [var count, var name]
            ? Enumerable.Repeat(name, int.Parse(count, CultureInfo.InvariantCulture))
            : [run])];
    }

    /// <summary>Ends the observation.</summary>
    public void Dispose()
    {
        foreach (var network in networks)
        {
            network.Observer = null;
        }

        foreach (var value in last.Values)
        {
            value.Dispose();
        }

        last.Clear();
    }

    private void Observe(string network, Tensor value)
    {
        var name = order.Length > 0 ? order[calls++ % order.Length] : network;

        // A handle of the observer's own: the pass frees its values when it has no more use for them.
        var kept = value.detach().alias().DetachFromDisposeScope();
        var before = last.GetValueOrDefault(name);
        last[name] = kept;
        onUpdate(new(name, before, kept));
        before?.Dispose();
    }
}
