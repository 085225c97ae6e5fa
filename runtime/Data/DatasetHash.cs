using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace HrmGen.Data;

/// <summary>Tells a split from every other one, whatever integer types its files use.</summary>
internal static class DatasetHash
{
    private const int ChunkLength = 1 << 14;

    public static string Of(PuzzleDataset dataset)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var m = dataset.Metadata;
        Text(sha, string.Create(CultureInfo.InvariantCulture, $"{m.seq_len} {m.vocab_size} {m.pad_id} {m.ignore_label_id} {m.num_puzzle_identifiers}"));
        var chunk = new int[ChunkLength];
        foreach (PuzzleSet set in dataset.Sets)
        {
            Text(sha, set.Name);
            foreach (IntegerArray array in set.Arrays)
            {
                Text(sha, string.Join(' ', array.Shape.Select(size => size.ToString(CultureInfo.InvariantCulture))));
                for (long start = 0; start < array.Length; start += ChunkLength)
                {
                    Span<int> values = chunk.AsSpan(0, (int)Math.Min(ChunkLength, array.Length - start));
                    array.CopyTo(start, values);
                    if (!BitConverter.IsLittleEndian)
                    {
                        BinaryPrimitives.ReverseEndianness(values, values);
                    }

                    sha.AppendData(MemoryMarshal.AsBytes(values));
                }
            }
        }

        return Convert.ToHexStringLower(sha.GetHashAndReset());
    }

    private static void Text(IncrementalHash sha, string text) => sha.AppendData(Encoding.UTF8.GetBytes(text + "\n"));
}
