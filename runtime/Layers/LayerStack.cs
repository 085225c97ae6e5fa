using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HrmGen.Layers;

/// <summary>A network of the recursion: layers one after the other, under the official names <c>layers.0</c>, <c>layers.1</c>, ...</summary>
public sealed class LayerStack : ExplicitModule<Tensor, Tensor>
{
    private readonly nn.Module<Tensor, Tensor>[] layers;

    /// <summary>Creates a stack.</summary>
    /// <param name="name">The network's name.</param>
    /// <param name="count">Number of layers.</param>
    /// <param name="layer">Makes one layer.</param>
    public LayerStack(string name, int count, Func<nn.Module<Tensor, Tensor>> layer)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(layer);
        layers = [.. Enumerable.Range(0, count).Select(_ => layer())];
        register_module("layers", new ModuleList<nn.Module<Tensor, Tensor>>(layers));
    }

    /// <summary>Layer calls since creation, for tests of the effective depth.</summary>
    internal long Calls { get; private set; }

    /// <summary>All layers in order.</summary>
    /// <param name="input"><c>[B, positions, hidden_size]</c>.</param>
    /// <returns>The same shape and format.</returns>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var h = input;
        foreach (var layer in layers)
        {
            h = layer.forward(h);
        }

        Calls += layers.Length;
        return h.MoveToOuterDisposeScope();
    }
}
