using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace HrmGen.Native;

/// <summary>
/// Where the repaired copy of TorchSharp's shim is kept between runs. A copy is used only when its hash is that of the repair
/// made from the app's own shim in this very process: whatever else lies there is written anew.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class ShimCache
{
    private const string Name = "hrmgen";

    /// <summary>
    /// The folders to try, best first: the user's cache folder (<c>XDG_CACHE_HOME</c>, else <c>~/.cache</c>; XDG Base Directory
    /// Specification), and for a read-only home one in the folder for temporary files.
    /// </summary>
    public static IReadOnlyList<string> Directories() => Directories(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME"),
        Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify),
        Path.GetTempPath());

    internal static IReadOnlyList<string> Directories(string? cache, string home, string temporary)
    {
        var directories = new List<string>();
        // The specification says to ignore a relative path.
        if (Path.IsPathRooted(cache))
        {
            directories.Add(Path.Combine(cache, Name));
        }
        else if (Path.IsPathRooted(home))
        {
            directories.Add(Path.Combine(home, ".cache", Name));
        }

        // That folder is shared: the name tells users apart, and PrivateDirectory refuses one that somebody else made.
        directories.Add(Path.Combine(temporary, $"{Name}-{PrivateDirectory.CurrentUser}"));
        return directories;
    }

    /// <summary>Puts the repaired shim into a folder, unless the same bytes are there already, and returns its path.</summary>
    /// <param name="directory">The folder; it is made private to this user.</param>
    /// <param name="original">The app's shim, whose hash names the copy.</param>
    /// <param name="repaired">The bytes that the copy must have.</param>
    /// <exception cref="IOException">The folder is unsafe, or the file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder or the file cannot be written.</exception>
    public static string Store(string directory, ReadOnlySpan<byte> original, ReadOnlySpan<byte> repaired)
    {
        PrivateDirectory.Create(directory);
        string path = Path.Combine(directory, $"{LibtorchLocator.ShimName}-{Convert.ToHexStringLower(SHA256.HashData(original))}.so");
        if (!Holds(path, repaired))
        {
            Write(path, repaired);
        }

        return path;
    }

    private static bool Holds(string path, ReadOnlySpan<byte> repaired)
    {
        // The length first: a stray file may be of any size.
        if (!PrivateDirectory.IsPrivateFile(path) || new FileInfo(path).Length != repaired.Length)
        {
            return false;
        }

        using FileStream stream = File.OpenRead(path);
        return SHA256.HashData(stream).AsSpan().SequenceEqual(SHA256.HashData(repaired));
    }

    // Under another name first, then renamed: a process that starts meanwhile sees the whole file or none, and one that has
    // already mapped the old file keeps it.
    private static void Write(string path, ReadOnlySpan<byte> repaired)
    {
        string temporary = $"{path}.{Environment.ProcessId}.{Guid.NewGuid():N}.tmp";
        try
        {
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            };
            using (var stream = new FileStream(temporary, options))
            {
                stream.Write(repaired);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
