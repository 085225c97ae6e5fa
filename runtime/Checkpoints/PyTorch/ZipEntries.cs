using System.Buffers.Binary;
using System.Text;
using HrmGen.Data;
using Microsoft.Win32.SafeHandles;

namespace HrmGen.Checkpoints.PyTorch;

/// <summary>
/// Where the files of a zip archive lie that was written without compression, as torch.save writes it. Nothing is unpacked, so that no
/// archive can be larger than it looks. Checksums are not compared: PyTorch lets its users leave them out.
/// </summary>
internal static class ZipEntries
{
    private const uint EndSignature = 0x06054b50, End64Signature = 0x06064b50, Locator64Signature = 0x07064b50;
    private const uint CentralSignature = 0x02014b50, LocalSignature = 0x04034b50;
    private const int EndLength = 22, Locator64Length = 20, End64Length = 56, CentralLength = 46, LocalLength = 30;
    private const int MaximumDirectory = 1 << 28;

    /// <summary>Place and length of each file, by name.</summary>
    /// <exception cref="HrmGenException">It is no such archive, or contradicts itself.</exception>
    public static Dictionary<string, (long Offset, long Length)> Read(SafeFileHandle handle, string path)
    {
        var fileLength = InputFile.Length(handle, path);
        var (start, length, count) = Directory(handle, path, fileLength);
        if (start < 0 || length < 0 || start > fileLength - length || length > MaximumDirectory || count > length / CentralLength)
        {
            throw Wrong(path, $"its directory of {length} bytes at {start} does not fit into {fileLength}");
        }

        var bytes = new byte[length];
        InputFile.ReadExactly(handle, path, start, bytes);
        var entries = new Dictionary<string, (long, long)>(StringComparer.Ordinal);
        var rest = bytes.AsSpan();
        for (var i = 0L; i < count; i++)
        {
            var entry = Entry(ref rest, path);
            var offset = DataOffset(handle, path, fileLength, entry);
            if (!entries.TryAdd(entry.Name, (offset, entry.Length)))
            {
                throw Wrong(path, $"'{Short(entry.Name)}' comes twice");
            }
        }

        return entries;
    }

    public static HrmGenException Wrong(string path, string what) =>
        new($"{path}: not a PyTorch checkpoint, or a damaged one: {what}. Copy it again, or save it again with torch.save.");

    public static string Short(string name) => name.Length > 80 ? name[..80] + "…" : name;

    // Start, length and number of entries of the central directory.
    private static (long Start, long Length, long Count) Directory(SafeFileHandle handle, string path, long fileLength)
    {
        var tail = new byte[(int)Math.Min(fileLength, EndLength + ushort.MaxValue)];
        InputFile.ReadExactly(handle, path, fileLength - tail.Length, tail);
        for (var at = tail.Length - EndLength; at >= 0; at--)
        {
            var end = tail.AsSpan(at);
            if (U32(end, 0) != EndSignature || U16(end, 20) != end.Length - EndLength)
            {
                continue;
            }

            (long start, long length, long count) = (U32(end, 16), U32(end, 12), U16(end, 10));
            return start == uint.MaxValue || length == uint.MaxValue || count == ushort.MaxValue
                ? Directory64(handle, path, fileLength, fileLength - tail.Length + at)
                : (start, length, count);
        }

        throw Wrong(path, "the end of a zip archive is missing");
    }

    private static (long Start, long Length, long Count) Directory64(SafeFileHandle handle, string path, long fileLength, long end)
    {
        Span<byte> locator = stackalloc byte[Locator64Length];
        Span<byte> record = stackalloc byte[End64Length];
        if (end >= Locator64Length)
        {
            InputFile.ReadExactly(handle, path, end - Locator64Length, locator);
            var at = U64(locator, 8);
            if (U32(locator, 0) == Locator64Signature && at >= 0 && at <= fileLength - End64Length)
            {
                InputFile.ReadExactly(handle, path, at, record);
                if (U32(record, 0) == End64Signature)
                {
                    return (U64(record, 48), U64(record, 40), U64(record, 32));
                }
            }
        }

        throw Wrong(path, "the zip64 end of the archive is missing");
    }

    private static (string Name, long Length, long Header) Entry(ref Span<byte> rest, string path)
    {
        if (rest.Length < CentralLength || U32(rest, 0) != CentralSignature)
        {
            throw Wrong(path, "its directory is cut short");
        }

        var (nameLength, extraLength, commentLength) = (U16(rest, 28), U16(rest, 30), U16(rest, 32));
        if (rest.Length < CentralLength + nameLength + extraLength + commentLength)
        {
            throw Wrong(path, "its directory is cut short");
        }

        var name = Encoding.UTF8.GetString(rest.Slice(CentralLength, nameLength));
        var (flags, method) = (U16(rest, 8), U16(rest, 10));
        if ((flags & 1) != 0 || method != 0)
        {
            throw Wrong(path, $"'{Short(name)}' is compressed or encrypted, which torch.save never does");
        }

        var (stored, length, header) = ((long)U32(rest, 20), (long)U32(rest, 24), (long)U32(rest, 42));
        Extend(rest.Slice(CentralLength + nameLength, extraLength), ref length, ref stored, ref header);
        if (stored != length || length < 0 || header < 0)
        {
            throw Wrong(path, $"the lengths of '{Short(name)}' contradict each other");
        }

        rest = rest[(CentralLength + nameLength + extraLength + commentLength)..];
        return (name, length, header);
    }

    // The 64-bit field holds only those numbers that did not fit, in this order.
    private static void Extend(ReadOnlySpan<byte> extra, ref long length, ref long stored, ref long header)
    {
        while (extra.Length >= 4)
        {
            var size = Math.Min(U16(extra, 2), extra.Length - 4);
            if (U16(extra, 0) == 1)
            {
                var field = extra.Slice(4, size);
                Take(ref field, ref length);
                Take(ref field, ref stored);
                Take(ref field, ref header);
            }

            extra = extra[(4 + size)..];
        }
    }

    private static void Take(ref ReadOnlySpan<byte> field, ref long value)
    {
        if (value == uint.MaxValue && field.Length >= sizeof(long))
        {
            value = U64(field, 0);
            field = field[sizeof(long)..];
        }
    }

    private static long DataOffset(SafeFileHandle handle, string path, long fileLength, (string Name, long Length, long Header) entry)
    {
        Span<byte> local = stackalloc byte[LocalLength];
        if (entry.Header <= fileLength - LocalLength)
        {
            InputFile.ReadExactly(handle, path, entry.Header, local);
            var offset = entry.Header + LocalLength + U16(local, 26) + U16(local, 28);
            if (U32(local, 0) == LocalSignature && offset <= fileLength - entry.Length)
            {
                return offset;
            }
        }

        throw Wrong(path, $"'{Short(entry.Name)}' does not lie within the file");
    }

    private static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long U64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);
}
