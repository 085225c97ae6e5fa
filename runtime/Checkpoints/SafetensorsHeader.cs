using System.Collections.Immutable;
using System.Text.Json;
using HrmGen.Data;
using static TorchSharp.torch;

namespace HrmGen.Checkpoints;

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Dtype">Its element type.</param>
/// <param name="Shape">Sizes of its dimensions; empty for a scalar.</param>
/// <param name="Offset">Byte of the file at which its data begins.</param>
/// <param name="ByteCount">Bytes of its data.</param>
public sealed record SafetensorsEntry(string Name, ScalarType Dtype, ImmutableArray<long> Shape, long Offset, long ByteCount);

/// <summary>Reads and checks the JSON head of a safetensors file: nothing in it is believed before it is compared with the file.</summary>
internal static class SafetensorsHeader
{
    /// <summary>The key of the head that holds texts instead of a tensor.</summary>
    public const string MetadataKey = "__metadata__";

    /// <summary>The largest head that the reference implementation accepts.</summary>
    public const long MaximumLength = 100_000_000;

    // More than any model has; libtorch itself slows to a crawl or fails beyond.
    private const int MaximumDimensions = 64;
    private const string Fix = "Copy or export the file again.";

    // In the reference implementation's order of increasing alignment.
    private static readonly (string Name, ScalarType Type, int Size)[] Dtypes =
    [
        ("BOOL", ScalarType.Bool, 1),
        ("U8", ScalarType.Byte, 1),
        ("I8", ScalarType.Int8, 1),
        ("I16", ScalarType.Int16, 2),
        ("F16", ScalarType.Float16, 2),
        ("BF16", ScalarType.BFloat16, 2),
        ("I32", ScalarType.Int32, 4),
        ("F32", ScalarType.Float32, 4),
        ("F64", ScalarType.Float64, 8),
        ("I64", ScalarType.Int64, 8),
    ];

    /// <summary>Name, bytes of an element, and rank by alignment of a type; null where the format has none for it.</summary>
    public static (string Name, int Size, int Rank)? Find(ScalarType type)
    {
        int rank = Array.FindIndex(Dtypes, dtype => dtype.Type == type);
        return rank < 0 ? null : (Dtypes[rank].Name, Dtypes[rank].Size, rank);
    }

    /// <summary>Checks a head.</summary>
    /// <param name="utf8">The JSON text.</param>
    /// <param name="path">The file, for messages.</param>
    /// <param name="dataOffset">Byte of the file at which the data begins.</param>
    /// <param name="fileLength">Bytes of the file.</param>
    /// <returns>The tensors in the order of their data, and the texts.</returns>
    public static (List<SafetensorsEntry> Entries, Dictionary<string, string> Metadata) Parse(
        ReadOnlyMemory<byte> utf8, string path, long dataOffset, long fileLength)
    {
        using JsonDocument document = InputFile.ParseJson(utf8, $"{path}: header", Fix);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw new HrmGenException($"{path}: the header is {InputFile.Describe(document.RootElement)}, it must be an object. {Fix}");
        }

        var entries = new List<SafetensorsEntry>();
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (JsonProperty property in document.RootElement.EnumerateObject())
        {
            if (property.Name == MetadataKey)
            {
                ReadMetadata(property.Value, path, metadata);
            }
            else
            {
                entries.Add(ReadEntry(property.Name, property.Value, path, dataOffset, fileLength));
            }
        }

        entries.Sort((a, b) => (a.Offset, a.ByteCount).CompareTo((b.Offset, b.ByteCount)));
        RequireNoGaps(entries, path, dataOffset, fileLength);
        return (entries, metadata);
    }

    private static void ReadMetadata(JsonElement element, string path, Dictionary<string, string> metadata)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty text in element.EnumerateObject())
            {
                metadata[text.Name] = text.Value.ValueKind == JsonValueKind.String
                    ? text.Value.GetString()!
                    : throw new HrmGenException(
                        $"{path}: {MetadataKey} '{text.Name}' is {InputFile.Describe(text.Value)}, it must be a text. {Fix}");
            }
        }
        else if (element.ValueKind != JsonValueKind.Null)
        {
            throw new HrmGenException($"{path}: {MetadataKey} is {InputFile.Describe(element)}, it must be an object of texts. {Fix}");
        }
    }

    private static SafetensorsEntry ReadEntry(string name, JsonElement element, string path, long dataOffset, long fileLength)
    {
        HrmGenException Wrong(string what) => new($"{path}: tensor '{name}': {what} {Fix}");

        if (element.ValueKind != JsonValueKind.Object)
        {
            throw Wrong($"{InputFile.Describe(element)} where an object must be.");
        }

        (string Name, ScalarType Type, int Size)? dtype = null;
        ImmutableArray<long>? shape = null;
        ImmutableArray<long>? offsets = null;
        foreach (JsonProperty property in element.EnumerateObject())
        {
            switch (property.Name)
            {
                case "dtype":
                    string? text = property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString() : null;
                    int index = Array.FindIndex(Dtypes, candidate => candidate.Name == text);
                    dtype = index >= 0
                        ? Dtypes[index]
                        : throw new HrmGenException(
                            $"{path}: tensor '{name}': dtype {text ?? InputFile.Describe(property.Value)} is not supported, only " +
                            $"{string.Join(" ", Dtypes.Select(d => d.Name))}. Convert the tensor before it is saved.");
                    break;
                case "shape":
                    shape = Sizes(property.Value, MaximumDimensions)
                        ?? throw Wrong($"'shape' must be a list of at most {MaximumDimensions} sizes.");
                    break;
                case "data_offsets":
                    offsets = Sizes(property.Value, 2) is { Length: 2 } pair
                        ? pair
                        : throw Wrong("'data_offsets' must be a list of two positions.");
                    break;
                default:
                    throw Wrong($"the key '{property.Name}' is unknown.");
            }
        }

        if (dtype is null || shape is null || offsets is null)
        {
            throw Wrong("one of 'dtype', 'shape' and 'data_offsets' is missing.");
        }

        (long begin, long end) = (offsets.Value[0], offsets.Value[1]);
        if (begin > end || end > fileLength - dataOffset)
        {
            throw Wrong($"its data_offsets [{begin}, {end}] are not within the {fileLength - dataOffset} bytes of data in the file.");
        }

        long bytes = ByteCount(shape.Value, dtype.Value.Size) ?? throw Wrong($"shape [{string.Join(", ", shape.Value)}] is too large.");
        return bytes == end - begin
            ? new SafetensorsEntry(name, dtype.Value.Type, shape.Value, dataOffset + begin, bytes)
            : throw Wrong(
                $"shape [{string.Join(", ", shape.Value)}] of {dtype.Value.Name} needs {bytes} bytes, its data_offsets span {end - begin}.");
    }

    private static ImmutableArray<long>? Sizes(JsonElement element, int maximum)
    {
        if (element.ValueKind != JsonValueKind.Array || element.GetArrayLength() > maximum)
        {
            return null;
        }

        var sizes = ImmutableArray.CreateBuilder<long>(element.GetArrayLength());
        foreach (JsonElement item in element.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out long size) || size < 0)
            {
                return null;
            }

            sizes.Add(size);
        }

        return sizes.MoveToImmutable();
    }

    // Null on overflow. Strides are products of the sizes with zeros taken as ones, and must not overflow either.
    private static long? ByteCount(ImmutableArray<long> shape, int elementSize)
    {
        long strides = elementSize;
        bool isEmpty = false;
        foreach (long size in shape)
        {
            isEmpty |= size == 0;
            Int128 product = (Int128)strides * Math.Max(size, 1);
            if (product > long.MaxValue)
            {
                return null;
            }

            strides = (long)product;
        }

        return isEmpty ? 0 : strides;
    }

    private static void RequireNoGaps(List<SafetensorsEntry> entries, string path, long dataOffset, long fileLength)
    {
        long expected = dataOffset;
        foreach (SafetensorsEntry entry in entries)
        {
            if (entry.Offset != expected)
            {
                string what = entry.Offset < expected ? "overlaps the tensor before it" : "leaves bytes before it that belong to no tensor";
                throw new HrmGenException($"{path}: tensor '{entry.Name}': its data {what}. {Fix}");
            }

            expected += entry.ByteCount;
        }

        if (expected != fileLength)
        {
            throw new HrmGenException($"{path}: {fileLength - expected} bytes at the end belong to no tensor. {Fix}");
        }
    }
}
