using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using HrmGen.Data;
using Microsoft.Win32.SafeHandles;
using TorchSharp;
using static TorchSharp.torch;

namespace HrmGen.Checkpoints;

/// <summary>
/// A safetensors file (the format of <c>huggingface/safetensors</c>): a head with names, types and shapes, then raw row-major
/// little-endian data. Opening reads the head only; each tensor is read, straight into its own memory, when it is asked for.
/// Reading is safe from several threads.
/// </summary>
public sealed partial class SafetensorsFile : ITensorFile
{
    // Asked for in pieces: TorchSharp hands out the memory of at most 2 GiB at a time.
    private const long PieceLength = 1L << 28;

    private readonly SafeFileHandle _handle;
    private readonly FrozenDictionary<string, SafetensorsEntry> _entries;

    private SafetensorsFile(
        string path, SafeFileHandle handle, List<SafetensorsEntry> entries, Dictionary<string, string> metadata)
    {
        Path = path;
        _handle = handle;
        Entries = [.. entries.OrderBy(entry => entry.Name, StringComparer.Ordinal)];
        Metadata = metadata;
        _entries = entries.ToFrozenDictionary(entry => entry.Name, StringComparer.Ordinal);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The tensors, by name in ordinal order.</summary>
    public ImmutableArray<SafetensorsEntry> Entries { get; }

    /// <inheritdoc/>
    IEnumerable<TensorInfo> ITensorFile.Tensors => Entries.Select(entry => new TensorInfo(entry.Name, entry.Dtype, entry.Shape));

    /// <summary>The texts of <c>__metadata__</c>; empty when there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file and checks its head: every tensor lies within the file, its size is that of its shape and type, and all of
    /// the data belongs to exactly one tensor.</summary>
    /// <param name="path">The file; it stays open until this object is disposed of.</param>
    /// <exception cref="HrmGenException">The file is missing, is no safetensors file, or contradicts itself; the message names the tensor.</exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        const string Fix = "Copy or export the file again.";
        SafeFileHandle handle = InputFile.Open(path, "Check the path of the checkpoint.");
        try
        {
            long fileLength = InputFile.Length(handle, path);
            Span<byte> length = stackalloc byte[sizeof(ulong)];
            if (fileLength < length.Length)
            {
                throw new HrmGenException($"{path}: {fileLength} bytes are not a safetensors file. {Fix}");
            }

            InputFile.ReadExactly(handle, path, 0, length);
            ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(length);
            if (headerLength > SafetensorsHeader.MaximumLength || (long)headerLength > fileLength - length.Length)
            {
                throw new HrmGenException(
                    $"{path}: not a safetensors file, or a damaged one: its first 8 bytes announce a header of {headerLength} bytes, " +
                    $"the file has {fileLength}, and no header is over {SafetensorsHeader.MaximumLength}. " +
                    "Copy or export the file again.");
            }

            byte[] header = new byte[headerLength];
            InputFile.ReadExactly(handle, path, length.Length, header);
            (List<SafetensorsEntry> entries, Dictionary<string, string> metadata) =
                SafetensorsHeader.Parse(header, path, length.Length + header.Length, fileLength);
            return new SafetensorsFile(path, handle, entries, metadata);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Looks up a tensor's type, shape and place.</summary>
    public bool TryGetEntry(string name, [NotNullWhen(true)] out SafetensorsEntry? entry) => _entries.TryGetValue(name, out entry);

    /// <summary>Reads one tensor, in its own type. It belongs to the caller's DisposeScope, if there is one.</summary>
    /// <param name="name">Its name in the file.</param>
    /// <param name="device">Where it goes; the CPU by default.</param>
    /// <exception cref="HrmGenException">There is no such tensor, the file was cut short meanwhile, or a boolean is neither 0 nor 1.</exception>
    /// <exception cref="ObjectDisposedException">The file was closed.</exception>
    public Tensor Read(string name, Device? device = null)
    {
        if (!TryGetEntry(name, out SafetensorsEntry? entry))
        {
            throw new HrmGenException(
                $"{Path}: there is no tensor '{name}'. It holds {Entries.Length}" +
                (Entries.IsEmpty ? "." : $", for example '{Entries[0].Name}'. Check the name and its prefix."));
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor result = empty(entry.Shape.AsSpan(), entry.Dtype, CPU);
        long position = entry.Offset;
        foreach (Tensor piece in Pieces(result))
        {
            Span<byte> bytes = piece.bytes;
            InputFile.ReadExactly(_handle, Path, position, bytes);
            if (entry.Dtype == ScalarType.Bool && bytes.ContainsAnyExceptInRange((byte)0, (byte)1))
            {
                throw new HrmGenException($"{Path}: tensor '{name}': a BOOL is neither 0 nor 1. Export the file again.");
            }

            position += bytes.Length;
        }

        return (device is null || device.type == DeviceType.CPU ? result : result.to(device)).MoveToOuterDisposeScope();
    }

    /// <summary>Closes the file; tensors that were read stay valid.</summary>
    public void Dispose() => _handle.Dispose();

    // Views of a contiguous CPU tensor, each small enough that its memory can be asked for. None for a tensor without elements.
    private static IEnumerable<Tensor> Pieces(Tensor tensor)
    {
        Tensor flat = tensor.view(-1);
        long count = flat.size(0);
        for (long start = 0; start < count; start += PieceLength)
        {
            yield return flat.narrow(0, start, Math.Min(PieceLength, count - start));
        }
    }
}
