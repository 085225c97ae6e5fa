using System.Text;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace HrmGen.Data;

/// <summary>Opens and reads files that a user named, so that each way of failing is told in the same words.</summary>
internal static class InputFile
{
    /// <summary>Opens a file for reading; the caller disposes of the handle.</summary>
    /// <param name="path">The file.</param>
    /// <param name="fix">What the user should do when it is not there: a sentence.</param>
    /// <exception cref="HrmGenException">It does not exist, is a folder, or may not be read.</exception>
    public static SafeFileHandle Open(string path, string fix)
    {
        if (Directory.Exists(path))
        {
            throw new HrmGenException($"{path}: this is a folder, a file is needed. {fix}");
        }

        return Guard(path, fix, () => File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete));
    }

    /// <summary>The length in bytes of an open file.</summary>
    public static long Length(SafeFileHandle handle, string path) =>
        Guard(path, "It must be an ordinary file on a disk.", () => RandomAccess.GetLength(handle));

    /// <summary>Fills <paramref name="buffer"/> from <paramref name="offset"/> on.</summary>
    /// <exception cref="HrmGenException">The file ends early or cannot be read.</exception>
    public static void ReadExactly(SafeFileHandle handle, string path, long offset, Span<byte> buffer)
    {
        try
        {
            while (!buffer.IsEmpty)
            {
                int read = RandomAccess.Read(handle, buffer, offset);
                if (read == 0)
                {
                    throw new HrmGenException(
                        $"{path}: the file ends at byte {offset}, {buffer.Length} bytes too early. Copy or build it again.");
                }

                buffer = buffer[read..];
                offset += read;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HrmGenException($"{path}: cannot be read ({e.Message}). Copy or build it again.", e);
        }
    }

    /// <summary>Reads and parses a small JSON file; the caller disposes of the document.</summary>
    /// <param name="path">The file.</param>
    /// <param name="fix">What the user should do when it is missing or broken: a sentence.</param>
    /// <param name="maximumLength">Largest length in bytes that is still plausible.</param>
    public static JsonDocument ReadJson(string path, string fix, long maximumLength)
    {
        using SafeFileHandle handle = Open(path, fix);
        long length = Length(handle, path);
        if (length > maximumLength)
        {
            throw new HrmGenException($"{path}: {length} bytes are too many, at most {maximumLength} are expected. {fix}");
        }

        byte[] bytes = new byte[length];
        ReadExactly(handle, path, 0, bytes);
        return ParseJson(bytes, path, fix);
    }

    /// <summary>
    /// Parses UTF-8 JSON strictly: no duplicate keys, no trailing commas, no comments, no invalid text anywhere. After this,
    /// no string of the document can fail to be read.
    /// </summary>
    public static JsonDocument ParseJson(ReadOnlyMemory<byte> utf8, string place, string fix)
    {
        ReadOnlyMemory<byte> text = utf8.Span.StartsWith(Encoding.UTF8.Preamble) ? utf8[3..] : utf8;
        JsonDocument? document = null;
        try
        {
            document = JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false });
            RequireReadableText(document.RootElement);
            return document;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            document?.Dispose();
            throw new HrmGenException($"{place}: not valid JSON ({e.Message}) {fix}", e);
        }
    }

    /// <summary>The kind of a JSON value as a user would call it.</summary>
    public static string Describe(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => element.GetRawText() is { Length: <= 40 } number ? number : "a long number",
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => "null",
    };

    // System.Text.Json checks the encoding of a string only when it is asked for (half a surrogate pair throws then).
    private static void RequireReadableText(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                _ = element.GetString();
                break;
            case JsonValueKind.Array:
                foreach (JsonElement item in element.EnumerateArray())
                {
                    RequireReadableText(item);
                }

                break;
            case JsonValueKind.Object:
                foreach (JsonProperty property in element.EnumerateObject())
                {
                    _ = property.Name;
                    RequireReadableText(property.Value);
                }

                break;
        }
    }

    private static T Guard<T>(string path, string fix, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new HrmGenException($"{path}: no such file. {fix}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new HrmGenException($"{path}: cannot be opened ({e.Message}). {fix}", e);
        }
    }
}
