using System.Numerics;
using HrmGen.Kernels;
using HrmGen.Layers;

namespace HrmGen.Fused;

/// <summary>What the fused form of a model needs of memory, by name and for one example, and the weights that it reads.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <remarks>Layers ask for it when they are made. Those of one shape share a name: no two of them are at work at once.</remarks>
public sealed class FusedPlan<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Dictionary<string, int> slots = new(StringComparer.Ordinal);
    private readonly List<long> sizes = [];
    private readonly List<CastedLinear> weights = [];
    private FusedWorkspace<T>? spare;

    /// <summary>Creates a plan.</summary>
    /// <param name="positions">Positions of a latent.</param>
    /// <param name="hidden_size">Channels of a latent.</param>
    public FusedPlan(int positions, int hidden_size)
    {
        (Positions, HiddenSize) = (positions, hidden_size);
        (Part, States) = (Slot("part", (long)positions * hidden_size), Slot("state", (long)positions * hidden_size));
    }

    /// <summary>True where libtorch has the products and threads that the kernels call; elsewhere the reference runs.</summary>
    public static bool IsAvailable => TorchCpu.IsComplete;

    internal int Positions { get; }

    internal int HiddenSize { get; }

    /// <summary>What a part of a layer gives.</summary>
    internal int Part { get; }

    /// <summary>What recorded layers read and give.</summary>
    internal int States { get; }

    internal IReadOnlyList<long> Sizes => sizes;

    internal IReadOnlyList<CastedLinear> Weights => weights;

    /// <summary>A name for memory.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="size">Numbers for one example.</param>
    /// <returns>What to ask a workspace by.</returns>
    internal int Slot(string name, long size)
    {
        if (!slots.TryGetValue(name, out var slot))
        {
            slots[name] = slot = sizes.Count;
            sizes.Add(size);
        }

        sizes[slot] = Math.Max(sizes[slot], size);
        return slot;
    }

    /// <summary>A weight that is read, and whose gradient the backward makes.</summary>
    internal int Weight(CastedLinear linear)
    {
        weights.Add(linear);
        return weights.Count - 1;
    }

    /// <summary>Memory for a pass: that of the last one where nobody else has it.</summary>
    internal FusedWorkspace<T> Rent(long batch)
    {
        var work = Interlocked.Exchange(ref spare, null);
        if (work?.Batch != batch)
        {
            work?.Dispose();
            work = new(this, batch);
        }

        work.Begin();
        return work;
    }

    /// <summary>Gives memory back.</summary>
    internal void Return(FusedWorkspace<T> work)
    {
        // A pass that recorded has the larger memory: that is the one to keep.
        var other = Interlocked.Exchange(ref spare, work);
        if (other is not null && other.Batch == work.Batch && other.Bytes > work.Bytes)
        {
            other = Interlocked.Exchange(ref spare, other);
        }

        other?.Dispose();
    }
}
