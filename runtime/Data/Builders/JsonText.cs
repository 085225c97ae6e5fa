using System.IO.Compression;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace HrmGen.Data.Builders;

/// <summary>Reads JSON files, gzipped or not.</summary>
internal static class JsonText
{
    private const long MaximumLength = 1L << 28;

    // ARC's files shrink to between a tenth and a fiftieth. Without a bound, a small file could unpack to a thousand times its size.
    private const long LargestRatio = 200;
    private const int SmallestBound = 1 << 16;

    /// <summary>The file, or the same name with <c>.gz</c>, whichever exists; null for neither.</summary>
    public static string? Find(string path) => File.Exists(path) ? path : File.Exists(path + ".gz") ? path + ".gz" : null;

    /// <summary>Parses a file; the caller disposes of the document.</summary>
    /// <exception cref="HrmGenException">It is not there, too large, not valid gzip or not valid JSON.</exception>
    public static JsonDocument Read(string path, string fix)
    {
        if (!path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
        {
            return InputFile.ReadJson(path, fix, MaximumLength);
        }

        using SafeFileHandle handle = InputFile.Open(path, fix);
        long length = InputFile.Length(handle, path);
        if (length > MaximumLength)
        {
            throw new HrmGenException($"{path}: {length} bytes are too many, at most {MaximumLength} are expected. {fix}");
        }

        byte[] packed = new byte[length];
        InputFile.ReadExactly(handle, path, 0, packed);
        return InputFile.ParseJson(Unpack(packed, path, fix), path, fix);
    }

    private static ReadOnlyMemory<byte> Unpack(byte[] packed, string path, string fix)
    {
        long bound = Math.Min(MaximumLength, Math.Max(SmallestBound, packed.Length * LargestRatio));
        using var stream = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
        using var text = new MemoryStream();
        byte[] part = new byte[1 << 14];
        try
        {
            for (int read; (read = stream.Read(part)) > 0;)
            {
                if (text.Length + read > bound)
                {
                    throw new HrmGenException($"{path}: it unpacks to more than {bound} bytes, which no ARC file of {packed.Length} bytes does. {fix}");
                }

                text.Write(part, 0, read);
            }
        }
        catch (InvalidDataException e)
        {
            throw new HrmGenException($"{path}: not valid gzip ({e.Message}) {fix}", e);
        }

        return text.GetBuffer().AsMemory(0, (int)text.Length);
    }
}
