namespace HrmGen.Data;

/// <summary>
/// An immutable array of 32-bit values of any shape and size (an ARC training set has more elements than one .NET array may),
/// kept in blocks, each in the narrowest type that holds its values: one byte an element for every published puzzle set.
/// </summary>
public sealed class IntegerArray
{
    /// <summary>Elements of a block; a power of two, so that an index splits into block and offset with a shift.</summary>
    internal const int BlockLength = 1 << BlockBits;
    private const int BlockBits = 18;

    private readonly Array[] _blocks;
    private readonly long[] _shape;

    internal IntegerArray(long[] shape, long length, Array[] blocks)
    {
        _shape = shape;
        _blocks = blocks;
        Length = length;
    }

    /// <summary>Sizes of the dimensions, slowest first; empty for a scalar.</summary>
    public IReadOnlyList<long> Shape => _shape;

    /// <summary>Number of elements: the product of <see cref="Shape"/>.</summary>
    public long Length { get; }

    /// <summary>The element at a position of the flattened array (row-major).</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such position.</exception>
    public int this[long index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Length);
            int offset = (int)(index & (BlockLength - 1));
            return _blocks[index >> BlockBits] switch
            {
                byte[] bytes => bytes[offset],
                short[] shorts => shorts[offset],
                var ints => ((int[])ints)[offset],
            };
        }
    }

    /// <summary>Copies <c>destination.Length</c> elements of the flattened array, from <paramref name="start"/> on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The array does not hold that many from there.</exception>
    public void CopyTo(long start, Span<int> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Length - destination.Length);
        while (!destination.IsEmpty)
        {
            int offset = (int)(start & (BlockLength - 1));
            int count = Math.Min(destination.Length, BlockLength - offset);
            Span<int> part = destination[..count];
            switch (_blocks[start >> BlockBits])
            {
                case byte[] bytes:
                    Widen(bytes.AsSpan(offset, count), part);
                    break;
                case short[] shorts:
                    Widen(shorts.AsSpan(offset, count), part);
                    break;
                case int[] ints:
                    ints.AsSpan(offset, count).CopyTo(part);
                    break;
            }

            destination = destination[count..];
            start += count;
        }
    }

    /// <summary>The first position whose value is outside [<paramref name="minimum"/>, <paramref name="maximum"/>] and is not
    /// <paramref name="except"/>, or -1 when there is none.</summary>
    internal long FirstOutside(int minimum, int maximum, int? except = null)
    {
        Span<int> buffer = stackalloc int[1024];
        for (long start = 0; start < Length; start += buffer.Length)
        {
            Span<int> part = buffer[..(int)Math.Min(buffer.Length, Length - start)];
            CopyTo(start, part);
            if (!part.ContainsAnyExceptInRange(minimum, maximum))
            {
                continue;
            }

            for (int i = 0; i < part.Length; i++)
            {
                if ((part[i] < minimum || part[i] > maximum) && part[i] != except)
                {
                    return start + i;
                }
            }
        }

        return -1;
    }

    private static void Widen(ReadOnlySpan<byte> values, Span<int> destination)
    {
        for (int i = 0; i < values.Length; i++)
        {
            destination[i] = values[i];
        }
    }

    private static void Widen(ReadOnlySpan<short> values, Span<int> destination)
    {
        for (int i = 0; i < values.Length; i++)
        {
            destination[i] = values[i];
        }
    }
}
