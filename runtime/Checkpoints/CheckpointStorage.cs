using System.Runtime.InteropServices;

namespace HrmGen.Checkpoints;

/// <summary>Every step that a checkpoint takes on the disk, one method each, so that tests can make each of them fail.</summary>
internal partial class CheckpointStorage
{
    /// <summary>The real disk.</summary>
    public static CheckpointStorage Disk { get; } = new();

    public virtual void CreateFolder(string path) => Directory.CreateDirectory(path);

    /// <summary>A new file, written without a buffer: what was written is in the system's hands.</summary>
    public virtual Stream CreateFile(string path) => new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);

    /// <summary>Returns once the file's content is on the disk itself.</summary>
    public virtual void FlushFile(Stream file) => ((FileStream)file).Flush(flushToDisk: true);

    /// <summary>Returns once the folder's names are on the disk itself. Windows has no such call, and needs none: NTFS keeps a journal of names.</summary>
    /// <exception cref="IOException">The system could not.</exception>
    public virtual void FlushFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        // .NET opens no folders.
        var descriptor = Open(path, 0);
        if (descriptor < 0)
        {
            throw new IOException($"{path}: the folder cannot be opened ({Marshal.GetLastPInvokeErrorMessage()})");
        }

        try
        {
            if (FSync(descriptor) != 0)
            {
                throw new IOException($"{path}: the folder cannot be flushed ({Marshal.GetLastPInvokeErrorMessage()})");
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    /// <summary>Gives a folder a name that nothing has.</summary>
    public virtual void RenameFolder(string from, string to) => Directory.Move(from, to);

    public virtual void DeleteFolder(string path) => Directory.Delete(path, recursive: true);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
