using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HrmGen.Layers;

/// <summary>A network of the recursion: layers one after the other, under the official names <c>layers.0</c>, <c>layers.1</c>, ...</summary>
public sealed class LayerStack : ExplicitModule<Tensor, Tensor>
{
    private readonly nn.Module<Tensor, Tensor>[] layers;
    private readonly CastedLinear[] linears;
    private readonly Func<Tensor, Tensor>? last;

    /// <summary>Creates a stack.</summary>
    /// <param name="name">The network's name.</param>
    /// <param name="count">Number of layers.</param>
    /// <param name="layer">Makes one layer.</param>
    /// <param name="last">Applied behind the last layer, to what it gives; nothing when null.</param>
    public LayerStack(string name, int count, Func<nn.Module<Tensor, Tensor>> layer, Func<Tensor, Tensor>? last = null)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(layer);
        this.last = last;
        layers = [.. Enumerable.Range(0, count).Select(_ => layer())];
        linears = [.. layers.SelectMany(l => l.modules()).OfType<CastedLinear>()];
        register_module("layers", new ModuleList<nn.Module<Tensor, Tensor>>(layers));
    }

    /// <summary>The layers.</summary>
    internal IReadOnlyList<nn.Module<Tensor, Tensor>> Layers => layers;

    /// <summary>Layer calls since creation, for tests of the effective depth.</summary>
    internal long Calls { get; private set; }

    /// <summary>Sees what each forward gives, which belongs to its caller: clone what has to stay. Null, as almost always, sees nothing.</summary>
    public Action<Tensor>? Observer { get; set; }

    /// <summary>Counts layer calls that somebody makes in the stack's place.</summary>
    internal void Count(int calls) => Calls += calls;

    /// <summary>
    /// Casts the weights once for all forwards without gradient until the result is disposed. With a gradient each use still casts for
    /// itself, so that the uses' gradients are summed in the format of the weights.
    /// </summary>
    /// <param name="dtype">Format of the forward pass.</param>
    public IDisposable CastWeights(ScalarType dtype)
    {
        foreach (var linear in linears)
        {
            linear.HoldCast(dtype);
        }

        return new Release(linears);
    }

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

        Count(layers.Length);
        h = (last is null ? h : last(h)).MoveToOuterDisposeScope();
        Observer?.Invoke(h);
        return h;
    }

    private sealed class Release(CastedLinear[] linears) : IDisposable
    {
        public void Dispose()
        {
            foreach (var linear in linears)
            {
                linear.ReleaseCast();
            }
        }
    }
}
