using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace HrmGen.Data;

/// <summary>
/// Reads integer arrays in numpy's .npy format, versions 1.0 and 2.0, C order, little endian:
/// <c>uint8</c>, <c>int8</c>, <c>bool</c>, <c>int16</c>, <c>int32</c> and <c>int64</c>, of any shape.
/// </summary>
public static class NpyFile
{
    /// <summary>
    /// Reads a whole array. Values are kept in the narrowest of byte, short and int that holds them, whatever the type in the file:
    /// the official Sudoku builder writes augmented sets as int64, eight times the size that their tokens need.
    /// </summary>
    /// <param name="path">The .npy file.</param>
    /// <exception cref="HrmGenException">
    /// Not a .npy file, an unsupported type or order, a length other than the header's, or a value beyond 32 bits. Nothing of the
    /// size that a header claims is allocated before it was compared with the length of the file.
    /// </exception>
    public static IntegerArray Read(string path)
    {
        using SafeFileHandle handle = InputFile.Open(path, "Check the path, or build the data set.");
        NpyHeader header = NpyHeader.Read(handle, path);
        var blocks = new Array[(header.Count + IntegerArray.BlockLength - 1) / IntegerArray.BlockLength];
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(header.Count, IntegerArray.BlockLength) * header.ElementSize);
        try
        {
            for (long block = 0; block < blocks.Length; block++)
            {
                long first = block * IntegerArray.BlockLength;
                int length = (int)Math.Min(header.Count - first, IntegerArray.BlockLength);
                Span<byte> bytes = buffer.AsSpan(0, length * header.ElementSize);
                InputFile.ReadExactly(handle, path, header.DataOffset + (first * header.ElementSize), bytes);
                blocks[block] = header.Descr[^2..] switch
                {
                    "u1" => bytes.ToArray(),
                    "i1" => Narrow<sbyte>(MemoryMarshal.Cast<byte, sbyte>(bytes), path, first),
                    "i2" => Narrow<short>(MemoryMarshal.Cast<byte, short>(bytes), path, first),
                    "i4" => Narrow<int>(MemoryMarshal.Cast<byte, int>(bytes), path, first),
                    "i8" => Narrow<long>(MemoryMarshal.Cast<byte, long>(bytes), path, first),
                    _ => Booleans(bytes),
                };
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return new IntegerArray(header.Shape, header.Count, blocks);
    }

    private static Array Narrow<T>(ReadOnlySpan<T> values, string path, long first)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        T minimum = T.MaxValue;
        T maximum = T.MinValue;
        foreach (T value in values)
        {
            minimum = T.Min(minimum, value);
            maximum = T.Max(maximum, value);
        }

        (long low, long high) = (long.CreateChecked(minimum), long.CreateChecked(maximum));
        if (low < int.MinValue || high > int.MaxValue)
        {
            int at = 0;
            while (long.CreateChecked(values[at]) is >= int.MinValue and <= int.MaxValue)
            {
                at++;
            }

            throw new HrmGenException(
                $"{path}: element {first + at} is {values[at]}, beyond 32 bits; no token or index is that large. Build the data set again.");
        }

        return low >= byte.MinValue && high <= byte.MaxValue ? Convert<T, byte>(values)
            : low >= short.MinValue && high <= short.MaxValue ? Convert<T, short>(values)
            : Convert<T, int>(values);
    }

    private static TTo[] Convert<TFrom, TTo>(ReadOnlySpan<TFrom> values)
        where TFrom : IBinaryInteger<TFrom>
        where TTo : IBinaryInteger<TTo>
    {
        var converted = new TTo[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            converted[i] = TTo.CreateTruncating(values[i]);
        }

        return converted;
    }

    private static byte[] Booleans(ReadOnlySpan<byte> bytes)
    {
        var values = new byte[bytes.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            values[i] = bytes[i] == 0 ? (byte)0 : (byte)1;
        }

        return values;
    }
}
