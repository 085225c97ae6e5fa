using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace HrmGen.Data;

/// <summary>
/// Hashes of what a data set says, whoever built it and in whatever types the arrays are stored: SHA-256 of a short text that lists
/// the metadata, and for each array its shape and the SHA-256 of its values as 32-bit little-endian integers. Checkpoints and results carry it.
/// </summary>
public static class DataHash
{
    /// <summary>The hash of a split: 64 lower-case hexadecimal digits. <see cref="PuzzleDataset.DataHash"/> keeps it.</summary>
    public static string Of(PuzzleDataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        PuzzleDatasetMetadata m = dataset.Metadata;
        // total_puzzles is left out: HRM's builder does not write it, and nothing depends on it.
        var text = new StringBuilder("hrmgen data 1\n");
        text.Append(
            CultureInfo.InvariantCulture,
            $"{m.seq_len} {m.vocab_size} {m.pad_id} {m.ignore_label_id?.ToString(CultureInfo.InvariantCulture) ?? "null"} {m.blank_identifier_id} ");
        text.Append(CultureInfo.InvariantCulture, $"{m.num_puzzle_identifiers} {m.total_groups} {m.mean_puzzle_examples:R}\n");
        foreach (PuzzleSet set in dataset.Sets)
        {
            text.Append(CultureInfo.InvariantCulture, $"{set.Name}\n");
            foreach (IntegerArray array in set.Arrays)
            {
                text.Append(CultureInfo.InvariantCulture, $"{NpyHeader.Format(array.Shape)} {Of(array)}\n");
            }
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    private static string Of(IntegerArray array)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        int[] values = new int[4096];
        byte[] bytes = new byte[values.Length * sizeof(int)];
        for (long start = 0; start < array.Length; start += values.Length)
        {
            int count = (int)Math.Min(values.Length, array.Length - start);
            array.CopyTo(start, values.AsSpan(0, count));
            for (int i = 0; i < count; i++)
            {
                BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(i * sizeof(int)), values[i]);
            }

            hash.AppendData(bytes, 0, count * sizeof(int));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
