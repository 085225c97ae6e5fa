using HrmGen.Native;

namespace HrmGen.Tests.Native;

/// <summary>The order of attempts, with a dynamic linker that only pretends: so these run whatever this system's libstdc++ is.</summary>
public sealed class LibtorchLoaderTests : IDisposable
{
    private const string TooOld = "general advice\nlibstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by the shim)\n";

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _loaded = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_library_is_loaded_before_the_shim()
    {
        string report = Loader(_ => null).Load(new LibtorchFiles(["/t/libc10.so", "/t/libtorch_cpu.so"], "/s/shim.so", false));

        Assert.Equal(["/t/libc10.so", "/t/libtorch_cpu.so", "/s/shim.so"], _loaded);
        Assert.Contains("/s/shim.so", report, StringComparison.Ordinal);
        Assert.Contains("libc10.so, libtorch_cpu.so", report, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', report);
    }

    [LinuxX64Fact]
    public void A_shim_too_new_for_libstdcxx_is_repaired_in_the_cache()
    {
        byte[] before = File.ReadAllBytes(NativeFiles.LinuxShim);

        string report = Loader(path => path == NativeFiles.LinuxShim ? TooOld : null).Load(Files());

        Assert.Equal(2, _loaded.Count);
        Assert.Equal(_folder.Under("first"), Path.GetDirectoryName(_loaded[1]));
        Assert.Equal(2, new ElfDynamicView(File.ReadAllBytes(_loaded[1]))["GLIBCXX_3.4.32"].Flags);
        Assert.Contains(_loaded[1], report, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(NativeFiles.LinuxShim));
    }

    [LinuxX64Fact]
    public void A_folder_that_cannot_run_libraries_is_passed_over()
    {
        Loader(path => path == NativeFiles.LinuxShim ? TooOld : path.StartsWith(_folder.Under("first"), StringComparison.Ordinal) ? "noexec" : null)
            .Load(Files());

        Assert.Equal(_folder.Under("second"), Path.GetDirectoryName(_loaded[^1]));
    }

    [LinuxX64Fact]
    public void A_folder_that_cannot_be_written_is_passed_over()
    {
        _folder.Touch("first");

        Loader(path => path == NativeFiles.LinuxShim ? TooOld : null).Load(Files());

        Assert.Equal(_folder.Under("second"), Path.GetDirectoryName(_loaded[^1]));
    }

    [LinuxX64Fact]
    public void When_no_folder_will_do_each_reason_is_given()
    {
        _folder.Touch("first");

        var e = Assert.Throws<NativeLibraryException>(() => Loader(path => path == NativeFiles.LinuxShim ? TooOld : "noexec here").Load(Files()));

        Assert.Contains("GLIBCXX_3.4.32", e.Message, StringComparison.Ordinal);
        Assert.Contains(_folder.Under("first"), e.Message, StringComparison.Ordinal);
        Assert.Contains("noexec here", e.Message, StringComparison.Ordinal);
        Assert.Contains("XDG_CACHE_HOME", e.Message, StringComparison.Ordinal);
    }

    [LinuxX64Fact]
    public void A_shim_that_cannot_be_repaired_says_why()
    {
        string shim = _folder.Under("shim.so");
        File.WriteAllText(shim, "no library");

        var e = Assert.Throws<NativeLibraryException>(() => Loader(_ => TooOld).Load(new LibtorchFiles([], shim, false)));

        Assert.Contains("it is not an ELF file", e.Message, StringComparison.Ordinal);
        Assert.Contains("Restore", e.Message, StringComparison.Ordinal);
        Assert.Equal([shim], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Any_other_failure_is_reported_and_nothing_repaired()
    {
        var e = Assert.Throws<NativeLibraryException>(() => Loader(_ => "advice\n/s: undefined symbol: _ZN5torch").Load(Files()));

        Assert.Contains("undefined symbol: _ZN5torch", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("advice", e.Message, StringComparison.Ordinal);
        Assert.Contains("HrmGen.Cpu", e.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Other_systems_are_not_repaired()
    {
        Assert.Throws<NativeLibraryException>(() => Loader(_ => TooOld, canRepair: false).Load(Files()));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_library_that_fails_is_named_and_the_shim_left_alone()
    {
        // Even with the message that would start a repair: it is the shim's alone.
        var e = Assert.Throws<NativeLibraryException>(
            () => Loader(path => path.EndsWith("torch_cpu.so", StringComparison.Ordinal) ? TooOld : null)
                .Load(new LibtorchFiles(["/t/libc10.so", "/t/libtorch_cpu.so"], NativeFiles.LinuxShim, true)));

        Assert.StartsWith("/t/libtorch_cpu.so", e.Message, StringComparison.Ordinal);
        Assert.Contains("HRMGEN_LIBTORCH", e.Message, StringComparison.Ordinal);
        Assert.Equal(2, _loaded.Count);
    }

    private static LibtorchFiles Files() => new([], NativeFiles.LinuxShim, false);

    // The function gives the linker's complaint about a path, or null where it loads.
    private LibtorchLoader Loader(Func<string, string?> complaint, bool canRepair = true) => new(
        path =>
        {
            _loaded.Add(path);
            if (complaint(path) is { } message)
            {
                throw new DllNotFoundException(message);
            }
        },
        canRepair,
        () => [_folder.Under("first"), _folder.Under("second")]);
}
