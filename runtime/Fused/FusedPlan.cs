using System.Collections.Concurrent;
using HrmGen.Kernels;
using HrmGen.Layers;
using static TorchSharp.torch;

namespace HrmGen.Fused;

/// <summary>What the fused form of a model needs of memory, by name and for one example, and the weights that it reads.</summary>
/// <typeparam name="T"><see cref="float"/>, <see cref="double"/> or <see cref="BFloat16"/>.</typeparam>
/// <remarks>Layers ask for it when they are made. Those of one shape share a name: no two of them are at work at once.</remarks>
public sealed class FusedPlan<T>
    where T : unmanaged
{
    private readonly Dictionary<string, int> slots = new(StringComparer.Ordinal);
    private readonly List<long> sizes = [];
    private readonly HashSet<int> backwardOnly = [];
    private readonly List<CastedLinear> weights = [];
    private readonly List<Tensor?> casts = [];
    private readonly List<LayerStack> networks = [];
    private bool mixes;
    private bool attends;
    private readonly ConcurrentDictionary<long, ConcurrentBag<FusedWorkspace<T>>> free = new();

    /// <summary>Creates a plan.</summary>
    /// <param name="positions">Positions of a latent.</param>
    /// <param name="hidden_size">Channels of a latent.</param>
    public FusedPlan(int positions, int hidden_size)
    {
        (Positions, HiddenSize) = (positions, hidden_size);
        (Part, States) = (Slot("part", (long)positions * hidden_size), Slot("state", (long)positions * hidden_size));
    }

    internal int Positions { get; }

    internal int HiddenSize { get; }

    /// <summary>What a part of a layer gives.</summary>
    internal int Part { get; }

    /// <summary>What recorded layers read and give.</summary>
    internal int States { get; }

    internal IReadOnlyList<long> Sizes => sizes;

    /// <summary>Bytes that a forward without gradient works in, for one example.</summary>
    internal unsafe long ForwardBytes => Math.Max(1, sizes.Where((_, slot) => !backwardOnly.Contains(slot)).Sum() * sizeof(T));

    /// <summary>Whether somebody sees what networks give: then all examples go together.</summary>
    internal bool IsWatched => networks.Any(n => n.Observer is not null);

    internal IReadOnlyList<CastedLinear> Weights => weights;

    /// <summary>Whether something mixes positions by weights, and nothing by attention, which wants the rows of an example together.</summary>
    internal bool PutsPositionsFirst => mixes && !attends;

    /// <summary>Says that a layer mixes positions by weights.</summary>
    internal void Mixes() => mixes = true;

    /// <summary>Says that a layer attends.</summary>
    internal void Attends() => attends = true;

    /// <summary>A name for memory.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="size">Numbers for one example.</param>
    /// <param name="backward">True where only a backward uses it.</param>
    /// <returns>What to ask a workspace by.</returns>
    internal int Slot(string name, long size, bool backward = false)
    {
        if (!slots.TryGetValue(name, out var slot))
        {
            slots[name] = slot = sizes.Count;
            sizes.Add(size);
            if (backward)
            {
                backwardOnly.Add(slot);
            }
        }

        sizes[slot] = Math.Max(sizes[slot], size);
        return slot;
    }

    /// <summary>A weight that is read, and whose gradient the backward makes.</summary>
    internal int Weight(CastedLinear linear)
    {
        weights.Add(linear);
        casts.Add(null);
        return weights.Count - 1;
    }

    /// <summary>Brings the copies of weights that have a wider format up to date, before a pass.</summary>
    internal void CastWeights()
    {
        for (var i = 0; i < weights.Count; i++)
        {
            if (weights[i].weight.dtype != TorchCpu.TypeOf<T>())
            {
                _ = (casts[i] ??= empty(weights[i].weight.shape, dtype: TorchCpu.TypeOf<T>()).DetachFromDisposeScope()).copy_(weights[i].weight);
            }
        }
    }

    /// <summary>The numbers of a weight as products read them.</summary>
    internal unsafe T* WeightData(int weight) => TorchCpu.Data<T>(casts[weight] ?? weights[weight].weight);

    /// <summary>A network that somebody may watch.</summary>
    internal void Add(LayerStack network) => networks.Add(network);

    /// <summary>Memory for some examples.</summary>
    internal FusedWorkspace<T> Rent(long examples) => free.GetOrAdd(examples, _ => []).TryTake(out var work) ? work : new(this, examples);

    /// <summary>Gives memory back; null gives nothing.</summary>
    internal void Return(FusedWorkspace<T>? work)
    {
        if (work is not null)
        {
            free[work.Batch].Add(work);
        }
    }

    /// <summary>The numbers of a tensor in the shape of a latent.</summary>
    internal static unsafe Rows<T> RowsOf(Tensor tensor) => new(TorchCpu.Data<T>(tensor), tensor.numel());

    /// <summary>Those of some examples.</summary>
    internal unsafe Rows<T> Examples(Rows<T> rows, long first, long count)
    {
        var size = (long)Positions * HiddenSize;
        return new(rows.Data + (first * size), count * size);
    }
}
