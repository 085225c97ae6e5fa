using System.Buffers.Binary;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace HrmGen.Checkpoints;

public sealed partial class SafetensorsFile
{
    // Data begins at a multiple of this, as the reference implementation has it.
    private const int Alignment = 8;

    /// <summary>
    /// Writes a file whole or not at all: into a temporary file in the same folder, flushed to the disk, then renamed over
    /// <paramref name="path"/>. The same tensors give the same bytes: widest type first, so that all data is aligned to its type, then
    /// by name, as the reference implementation orders them.
    /// </summary>
    /// <param name="path">The file; it is replaced when it exists. Its folder must exist.</param>
    /// <param name="tensors">Name and tensor, of any device and strides.</param>
    /// <param name="metadata">Texts to keep in <c>__metadata__</c>.</param>
    /// <exception cref="HrmGenException">A type that the format lacks, a name twice or unusable, or the file cannot be written.</exception>
    public static void Write(
        string path, IEnumerable<(string name, Tensor tensor)> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(tensors);
        Action<Stream> write = Writer(path, tensors, metadata);
        string temporary = path + "." + Guid.NewGuid().ToString("N") + ".tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e)
        {
            DeleteQuietly(temporary);
            if (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
            {
                throw new HrmGenException(
                    $"{path}: cannot be written ({e.Message}). Check that the folder exists, may be written to and has room.", e);
            }

            throw;
        }
    }

    /// <summary>Checks what is to be written, and gives the act of writing it as a file's whole content.</summary>
    /// <param name="place">The file's name, for messages.</param>
    /// <param name="tensors">Name and tensor, of any device and strides.</param>
    /// <param name="metadata">Texts to keep in <c>__metadata__</c>.</param>
    /// <exception cref="HrmGenException">A type that the format lacks, or a name twice or unusable.</exception>
    internal static Action<Stream> Writer(
        string place, IEnumerable<(string name, Tensor tensor)> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        List<(string Name, Tensor Tensor, string Dtype, int Size, int Rank)> ordered = Order(place, tensors);
        byte[] header = Header(place, ordered, metadata);
        return stream =>
        {
            stream.Write(header);
            foreach (var item in ordered)
            {
                WriteData(stream, item.Tensor);
            }
        };
    }

    private static List<(string Name, Tensor Tensor, string Dtype, int Size, int Rank)> Order(
        string path, IEnumerable<(string name, Tensor tensor)> tensors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var items = new List<(string Name, Tensor Tensor, string Dtype, int Size, int Rank)>();
        foreach ((string name, Tensor tensor) in tensors)
        {
            if (name is null or SafetensorsHeader.MetadataKey || !names.Add(name) || !IsEncodable(name))
            {
                throw new HrmGenException(
                    $"{path}: a tensor cannot be saved as '{name}': the name is missing, reserved, not valid text, or comes twice. Rename it.");
            }

            (string dtype, int size, int rank) = SafetensorsHeader.Find(tensor.dtype)
                ?? throw new HrmGenException(
                    $"{path}: tensor '{name}': the format has no type for {tensor.dtype}. Convert it, or save its parts.");
            items.Add((name, tensor, dtype, size, rank));
        }

        items.Sort((a, b) => b.Rank != a.Rank ? b.Rank.CompareTo(a.Rank) : string.CompareOrdinal(a.Name, b.Name));
        return items;
    }

    private static byte[] Header(
        string path,
        List<(string Name, Tensor Tensor, string Dtype, int Size, int Rank)> ordered,
        IReadOnlyDictionary<string, string>? metadata)
    {
        using var memory = new MemoryStream();
        memory.Write(stackalloc byte[sizeof(ulong)]);
        var options = new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var json = new Utf8JsonWriter(memory, options))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject(SafetensorsHeader.MetadataKey);
                foreach ((string key, string text) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                {
                    if (text is null || !IsEncodable(key) || !IsEncodable(text))
                    {
                        throw new HrmGenException($"{path}: metadata '{key}' is not valid text. Save only complete strings.");
                    }

                    json.WriteString(key, text);
                }

                json.WriteEndObject();
            }

            long offset = 0;
            foreach (var item in ordered)
            {
                json.WriteStartObject(item.Name);
                json.WriteString("dtype", item.Dtype);
                json.WriteStartArray("shape");
                foreach (long size in item.Tensor.shape)
                {
                    json.WriteNumberValue(size);
                }

                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += item.Tensor.numel() * item.Size);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while (memory.Length % Alignment != 0)
        {
            memory.WriteByte((byte)' ');
        }

        byte[] header = memory.ToArray();
        long length = header.Length - sizeof(ulong);
        if (length > SafetensorsHeader.MaximumLength)
        {
            throw new HrmGenException($"{path}: names and metadata take {length} bytes, the format allows {SafetensorsHeader.MaximumLength}. Save fewer.");
        }

        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)length);
        return header;
    }

    private static void WriteData(Stream stream, Tensor tensor)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        foreach (Tensor piece in Pieces(tensor.cpu().contiguous()))
        {
            stream.Write(piece.bytes);
            piece.Dispose();
        }
    }

    private static bool IsEncodable(string text)
    {
        try
        {
            _ = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetByteCount(text);
            return true;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }

    private static void DeleteQuietly(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            // The failure that led here is the one to report.
        }
    }
}
