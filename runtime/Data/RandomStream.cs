using System.Numerics;

namespace HrmGen.Data;

/// <summary>
/// The random numbers of sampling and augmentation: xoshiro256** (Blackman and Vigna, 2018), its state filled by SplitMix64 from a
/// seed and a stream number. Fixed by this definition: the same seed gives the same numbers in every version, on every system.
/// numpy's stream, which the official loader draws from, is not reproduced.
/// </summary>
public sealed class RandomStream
{
    private (ulong A, ulong B, ulong C, ulong D) _state;

    /// <summary>A stream; different stream numbers of one seed are independent.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="stream">Which of the seed's streams.</param>
    public RandomStream(long seed, long stream = 0)
    {
        ulong counter = unchecked((ulong)seed);
        counter = SplitMix64(ref counter) ^ unchecked((ulong)stream);
        _state = (SplitMix64(ref counter), SplitMix64(ref counter), SplitMix64(ref counter), SplitMix64(ref counter));
    }

    /// <summary>The whole state: a stream that is given it goes on exactly as this one does.</summary>
    /// <exception cref="ArgumentException">All four words are zero, the one state that xoshiro256** never leaves.</exception>
    public (ulong A, ulong B, ulong C, ulong D) State
    {
        get => _state;
        set => _state = value != default
            ? value
            : throw new ArgumentException("A state of four zeros yields zeros only.", nameof(value));
    }

    /// <summary>64 random bits.</summary>
    public ulong NextBits()
    {
        (ulong a, ulong b, ulong c, ulong d) = _state;
        ulong result = BitOperations.RotateLeft(b * 5, 7) * 9;
        ulong shifted = b << 17;
        c ^= a;
        d ^= b;
        b ^= c;
        a ^= d;
        _state = (a, b, c ^ shifted, BitOperations.RotateLeft(d, 45));
        return result;
    }

    /// <summary>A whole number in [0, <paramref name="limit"/>), each equally likely (Lemire's method with rejection).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not positive.</exception>
    public int NextBelow(int limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        ulong range = (ulong)limit;
        ulong high = Math.BigMul(NextBits(), range, out ulong low);
        if (low < range)
        {
            ulong threshold = unchecked(0 - range) % range;
            while (low < threshold)
            {
                high = Math.BigMul(NextBits(), range, out low);
            }
        }

        return (int)high;
    }

    /// <summary>A number in [0, 1) with 53 random bits.</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1L << 53));

    /// <summary>
    /// Puts a uniformly random choice of the items into a uniformly random order at the front (Fisher and Yates).
    /// </summary>
    /// <param name="items">The items; all are kept, only their order changes.</param>
    /// <param name="count">How many to draw; all of them shuffles the whole.</param>
    public void Draw<T>(Span<T> items, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, items.Length);
        for (int i = 0; i < count; i++)
        {
            int other = i + NextBelow(items.Length - i);
            (items[i], items[other]) = (items[other], items[i]);
        }
    }

    private static ulong SplitMix64(ref ulong counter)
    {
        unchecked
        {
            counter += 0x9E3779B97F4A7C15;
            ulong z = counter;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}
