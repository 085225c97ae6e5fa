using System.Security.Cryptography;
using HrmGen.Data;

namespace HrmGen.Checkpoints;

/// <summary>Length and SHA-256 of a file.</summary>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">64 hexadecimal digits in lower case.</param>
public sealed record FileDigest(long Bytes, string Sha256)
{
    private const int ChunkLength = 1 << 18;

    /// <summary>Reads a file for its digest; a file of another length than expected is not read.</summary>
    /// <exception cref="HrmGenException">It is missing, cannot be read, or is not the expected one.</exception>
    internal static void Verify(string path, FileDigest expected)
    {
        const string Fix = "Copy the checkpoint again, or use another one.";
        using var handle = InputFile.Open(path, Fix);
        var length = InputFile.Length(handle, path);
        if (length != expected.Bytes)
        {
            throw new HrmGenException($"{path}: it has {length} bytes, {expected.Bytes} were written. {Fix}");
        }

        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var chunk = new byte[(int)Math.Min(ChunkLength, length)];
        for (long start = 0; start < length; start += chunk.Length)
        {
            var part = chunk.AsSpan(0, (int)Math.Min(chunk.Length, length - start));
            InputFile.ReadExactly(handle, path, start, part);
            sha.AppendData(part);
        }

        if (Convert.ToHexStringLower(sha.GetHashAndReset()) is var found && found != expected.Sha256)
        {
            throw new HrmGenException($"{path}: damaged: its SHA-256 is {found[..12]}…, {expected.Sha256[..12]}… was written. {Fix}");
        }
    }
}
