using System.Buffers.Binary;
using static TorchSharp.torch;

namespace HrmGen.Checkpoints;

/// <summary>The state of torch's random generators on the CPU, as bytes: the Mersenne Twister and the normal numbers drawn in advance.</summary>
internal static class GeneratorState
{
    // at::CPUGeneratorImplState: seed, left, seeded, next, 624 words of 64 bits, and what normal numbers are kept.
    private const int Length = 5056;
    private const int Words = 624;

    /// <summary>The state, uint8 [5056]; it belongs to the caller's DisposeScope.</summary>
    public static Tensor Of(Generator generator) => generator.get_state();

    /// <summary>
    /// Why libtorch could not take this as a state; null where it can. Asked first, because libtorch would abort the process over a state
    /// that it refuses, and read outside of the 624 words over one whose two counters contradict each other.
    /// </summary>
    public static string? Refusal(Tensor state)
    {
        if (state.dtype != ScalarType.Byte || state.dim() != 1 || state.size(0) != Length)
        {
            return $"it is {state.dtype} [{string.Join(", ", state.shape)}], the state of a generator is {ScalarType.Byte} [{Length}]";
        }

        using var scope = NewDisposeScope();
        var bytes = state.cpu().contiguous().bytes;
        var left = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        var seeded = BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]);
        var next = BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]);
        var unused = left == 1 && next == 0;
        return seeded == 1 && (unused || (left is >= 1 and <= Words && next == (ulong)(Words + 1 - left)))
            ? null
            : "its counters contradict each other";
    }

    /// <summary>Sets a generator to a state that <see cref="Refusal"/> had nothing against.</summary>
    public static void Restore(Generator generator, Tensor state)
    {
        if (Refusal(state) is { } reason)
        {
            throw new HrmGenException($"The state of a random generator cannot be used: {reason}. Resume from an undamaged checkpoint.");
        }

        using var scope = NewDisposeScope();
        generator.set_state(state.cpu().contiguous());
    }
}
