using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace HrmGen.Native;

/// <summary>A folder in which nobody but this user can put a file: code that is loaded must not be another user's choice.</summary>
[SupportedOSPlatform("linux")]
internal static partial class PrivateDirectory
{
    private const UnixFileMode OnlyOwner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode WritableByOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>The numeric identity under which this process makes files.</summary>
    public static uint CurrentUser => GetEffectiveUserId();

    /// <summary>Makes the folder (mode 0700, missing parents too) where it is absent, and refuses one that others could write to.</summary>
    /// <exception cref="IOException">It cannot be made, is a symbolic link, is another user's, or is writable by others.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be made.</exception>
    public static void Create(string directory) => Create(directory, CurrentUser);

    internal static void Create(string directory, uint user)
    {
        Make(directory);
        FileStatus status = FileStatus.Of(directory);
        string? objection = status switch
        {
            { IsDirectory: false } => "it is a symbolic link, not a folder",
            _ when status.Owner != user => $"it belongs to user {status.Owner}, not to {user}",
            _ when (status.Permissions & WritableByOthers) != 0 => "other users may write to it; chmod 700 would mend that",
            _ => null,
        };
        if (objection is not null)
        {
            throw new IOException($"the folder {directory} is not safe for a library: {objection}");
        }
    }

    // .NET gives the mode to the last folder only; the specification of ~/.cache wants it for those above as well.
    private static void Make(string directory)
    {
        if (Directory.Exists(directory))
        {
            return;
        }

        if (Path.GetDirectoryName(directory) is { Length: > 0 } parent)
        {
            Make(parent);
        }

        Directory.CreateDirectory(directory, OnlyOwner);
    }

    /// <summary>True for a plain file of this user that nobody else may write to.</summary>
    public static bool IsPrivateFile(string path)
    {
        if (!FileStatus.TryGet(path, out FileStatus status))
        {
            return false;
        }

        return status.IsFile && status.Owner == CurrentUser && (status.Permissions & WritableByOthers) == 0;
    }

    /// <summary>What the system knows of a path itself, not of what a link there points to.</summary>
    private readonly record struct FileStatus(uint Owner, ushort Mode)
    {
        private const int TypeMask = 0xF000;
        private const int TypeDirectory = 0x4000;
        private const int TypeFile = 0x8000;

        public bool IsDirectory => (Mode & TypeMask) == TypeDirectory;

        public bool IsFile => (Mode & TypeMask) == TypeFile;

        public UnixFileMode Permissions => (UnixFileMode)(Mode & ~TypeMask);

        public static FileStatus Of(string path) => TryGet(path, out FileStatus status)
            ? status
            : throw new IOException($"{path} cannot be examined: {Marshal.GetLastPInvokeErrorMessage()}");

        public static unsafe bool TryGet(string path, out FileStatus status)
        {
            // Of struct statx, which unlike struct stat is the same on every processor: u32 stx_uid at 20, u16 stx_mode at 28.
            const int size = 256, atCurrentDirectory = -100, doNotFollowLinks = 0x100;
            const uint typeModeAndOwner = 0x1 | 0x2 | 0x8;
            byte* buffer = stackalloc byte[size];
            bool known = StatX(atCurrentDirectory, path, doNotFollowLinks, typeModeAndOwner, buffer) == 0;
            status = known ? new FileStatus(*(uint*)(buffer + 20), *(ushort*)(buffer + 28)) : default;
            return known;
        }
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUserId();

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static unsafe partial int StatX(int directory, string path, int flags, uint mask, byte* result);
}
