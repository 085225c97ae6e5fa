using System.Runtime.Versioning;
using System.Security.Cryptography;
using HrmGen.Native;

namespace HrmGen.Tests.Native;

[SupportedOSPlatform("linux")]
public sealed class ShimCacheTests : IDisposable
{
    private static readonly byte[] s_original = [1, 2, 3, 4];
    private static readonly byte[] s_repaired = [1, 2, 3, 5];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [LinuxX64Fact]
    public void A_copy_is_named_by_the_original_and_private()
    {
        string directory = _folder.Under("deep", "cache");

        string path = ShimCache.Store(directory, s_original, s_repaired);

        Assert.Equal(Path.Combine(directory, $"LibTorchSharp-{Convert.ToHexStringLower(SHA256.HashData(s_original))}.so"), path);
        Assert.Equal(s_repaired, File.ReadAllBytes(path));
        Assert.Equal("rwx------", Mode(directory));
        Assert.Equal("rwx------", Mode(_folder.Under("deep")));
        Assert.Equal("rw-------", Mode(path));
        Assert.Equal([path], Directory.GetFiles(directory));
    }

    [LinuxX64Fact]
    public void A_sound_copy_is_kept()
    {
        string path = ShimCache.Store(_folder.Under("cache"), s_original, s_repaired);
        var before = new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(path, before);

        Assert.Equal(path, ShimCache.Store(_folder.Under("cache"), s_original, s_repaired));

        Assert.Equal(before, File.GetLastWriteTimeUtc(path));
    }

    [LinuxX64Fact]
    public void A_damaged_copy_is_written_anew()
    {
        byte[][] damages = [[1, 2, 3, 6], [1, 2, 3, 5, 0], [], s_original];
        foreach (byte[] damage in damages)
        {
            string path = ShimCache.Store(_folder.Under("cache"), s_original, s_repaired);
            File.WriteAllBytes(path, damage);

            ShimCache.Store(_folder.Under("cache"), s_original, s_repaired);

            Assert.Equal(s_repaired, File.ReadAllBytes(path));
        }
    }

    [LinuxX64Fact]
    public void A_copy_that_others_can_change_is_written_anew()
    {
        string path = ShimCache.Store(_folder.Under("cache"), s_original, s_repaired);
        File.SetUnixFileMode(path, File.GetUnixFileMode(path) | UnixFileMode.OtherWrite);

        ShimCache.Store(_folder.Under("cache"), s_original, s_repaired);

        Assert.Equal("rw-------", Mode(path));
    }

    [LinuxX64Fact]
    public void A_link_in_place_of_the_copy_is_replaced_and_not_followed()
    {
        string target = _folder.Under("target");
        File.WriteAllBytes(target, s_repaired);
        string path = ShimCache.Store(_folder.Under("cache"), s_original, s_repaired);
        File.Delete(path);
        File.CreateSymbolicLink(path, target);

        ShimCache.Store(_folder.Under("cache"), s_original, [9, 9, 9, 9]);

        Assert.Null(new FileInfo(path).LinkTarget);
        Assert.Equal([9, 9, 9, 9], File.ReadAllBytes(path));
        Assert.Equal(s_repaired, File.ReadAllBytes(target));
    }

    [LinuxX64Fact]
    public void A_write_that_fails_leaves_nothing_behind()
    {
        string path = ShimCache.Store(_folder.Under("cache"), s_original, s_repaired);
        File.Delete(path);
        Directory.CreateDirectory(path);

        Assert.ThrowsAny<Exception>(() => ShimCache.Store(_folder.Under("cache"), s_original, s_repaired));

        Assert.Equal([path], Directory.GetFileSystemEntries(_folder.Under("cache")));
    }

    [LinuxX64Fact]
    public void A_folder_that_others_may_write_to_is_refused()
    {
        foreach (UnixFileMode extra in new[] { UnixFileMode.GroupWrite, UnixFileMode.OtherWrite })
        {
            string directory = _folder.Under($"open-{extra}");
            Directory.CreateDirectory(directory);
            File.SetUnixFileMode(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | extra);

            AssertRefused(directory, "other users may write to it");
        }
    }

    [LinuxX64Fact]
    public void A_folder_that_others_may_only_read_is_accepted()
    {
        string directory = _folder.Under("readable");
        Directory.CreateDirectory(directory);
        File.SetUnixFileMode(directory, (UnixFileMode)Convert.ToInt32("755", 8));

        Assert.True(File.Exists(ShimCache.Store(directory, s_original, s_repaired)));
    }

    [LinuxX64Fact]
    public void A_link_to_a_folder_is_refused()
    {
        Directory.CreateDirectory(_folder.Under("real"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.CreateSymbolicLink(_folder.Under("link"), _folder.Under("real"));

        AssertRefused(_folder.Under("link"), "symbolic link");
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Under("real")));
    }

    [LinuxX64Fact]
    public void A_folder_of_another_user_is_refused()
    {
        uint somebody = PrivateDirectory.CurrentUser + 1;
        string directory = _folder.Under("theirs");

        var e = Assert.Throws<IOException>(() => PrivateDirectory.Create(directory, somebody));

        Assert.Contains($"belongs to user {PrivateDirectory.CurrentUser}, not to {somebody}", e.Message, StringComparison.Ordinal);
        PrivateDirectory.Create(directory);
    }

    [LinuxX64Fact]
    public void The_cache_folders_follow_the_XDG_specification()
    {
        string temporary = $"/t/hrmgen-{PrivateDirectory.CurrentUser}";
        Assert.Equal(["/x/hrmgen", temporary], ShimCache.Directories("/x", "/home/me", "/t"));
        Assert.Equal(["/home/me/.cache/hrmgen", temporary], ShimCache.Directories(null, "/home/me", "/t"));
        Assert.Equal(["/home/me/.cache/hrmgen", temporary], ShimCache.Directories("not/absolute", "/home/me", "/t"));
        Assert.Equal([temporary], ShimCache.Directories("", "", "/t"));
    }

    private static void AssertRefused(string directory, string reason)
    {
        var e = Assert.Throws<IOException>(() => ShimCache.Store(directory, s_original, s_repaired));
        Assert.Contains(directory, e.Message, StringComparison.Ordinal);
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(directory));
    }

    private static string Mode(string path)
    {
        const string letters = "xwrxwrxwr";
        UnixFileMode mode = File.GetUnixFileMode(path);
        return string.Concat(Enumerable.Range(0, 9).Reverse().Select(bit => ((int)mode >> bit & 1) == 1 ? letters[bit] : '-'));
    }
}
