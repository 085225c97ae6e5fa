using System.Diagnostics;
using System.Security.Cryptography;
using HrmGen.Native;

namespace HrmGen.Tests.Native;

/// <summary>What a fresh process does: each test starts small programs with their own cache folder and environment.</summary>
public sealed class NativeProcessTests : IDisposable
{
    private const string Program = "HrmGen.Tests.Child";
    private const string Installed = "HRMGEN_LIBTORCH";
    private const int Failed = 3;

    // Whether this system's libstdc++ is so old that the shim needs the repair; where it is not, no cache comes about.
    private static readonly bool s_repairs = NativeLibraries.Report.Contains("repaired copy", StringComparison.Ordinal);
    private static readonly string s_natives = Path.GetDirectoryName(NativeFiles.LinuxShim)!;
    private static readonly string s_libtorch = Environment.GetEnvironmentVariable(Installed) is { Length: > 0 } installed ? installed : s_natives;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [LinuxX64Fact]
    public async Task Eight_processes_that_start_at_once_share_one_cache_and_change_no_other_file()
    {
        string before = Fingerprint();

        Result[] results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => RunAsync(AppContext.BaseDirectory)));

        Assert.All(results, AssertComputed);
        string[] cached = Cached();
        Assert.Equal(s_repairs ? 1 : 0, cached.Length);
        Assert.Equal(before, Fingerprint());

        if (s_repairs)
        {
            byte[] sound = await File.ReadAllBytesAsync(cached[0]);
            byte[] damaged = [.. sound];
            damaged.AsSpan(sound.Length / 2).Clear();
            await File.WriteAllBytesAsync(cached[0], damaged);
            AssertComputed(await RunAsync(AppContext.BaseDirectory));
            Assert.Equal(sound, await File.ReadAllBytesAsync(cached[0]));
            Assert.Equal(cached, Cached());
        }
    }

    [LinuxX64Fact]
    public async Task A_home_that_cannot_be_written_does_not_matter()
    {
        // Not even the super-user can make a folder there.
        Result result = await RunAsync(AppContext.BaseDirectory, environment: ("XDG_CACHE_HOME", "/proc/none"));

        AssertComputed(result);
        Assert.Equal(s_repairs, result.Output.Contains(_folder.Under("tmp", "hrmgen-"), StringComparison.Ordinal));
    }

    [LinuxX64Fact]
    public async Task An_installed_PyTorch_is_used_in_place_of_a_package()
    {
        string app = App(withShim: true);

        Result result = await RunAsync(app, environment: (Installed, s_libtorch));

        AssertComputed(result);
        Assert.StartsWith($"libtorch: {s_libtorch} (", result.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(app, "cpu")));
    }

    [LinuxX64Fact(NeedsPackage = true)]
    public async Task Two_libtorchs_end_in_a_message_and_not_in_an_abort()
    {
        string installed = _folder.Under("torch", "lib");
        Directory.CreateDirectory(installed);
        File.Copy(Path.Combine(s_natives, "libc10.so"), Path.Combine(installed, "libtorch_cpu.so"));

        Result result = await RunAsync(AppContext.BaseDirectory, environment: (Installed, installed));

        Assert.Equal(Failed, result.ExitCode);
        Assert.Contains("Two of them in one process abort it", result.Output, StringComparison.Ordinal);
    }

    [LinuxX64Fact]
    public async Task Without_libtorch_the_package_to_add_is_named()
    {
        string app = App(withShim: true);

        Result result = await RunAsync(app, environment: (Installed, ""));

        Assert.Equal(Failed, result.ExitCode);
        Assert.Contains("libtorch.so", result.Output, StringComparison.Ordinal);
        Assert.Contains("HrmGen.Cpu or HrmGen.Cuda", result.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(app, "cpu")));
    }

    [LinuxX64Fact(NeedsPackage = true)]
    public async Task Libraries_may_stay_in_the_package_cache()
    {
        string app = App(withShim: false);
        // This assembly's list of dependencies has the libtorch package, and the host wants what it names beside it or there.
        const string Dependencies = "HrmGen.Tests.deps.json";
        string[] names = [Dependencies, .. Directory.GetFiles(AppContext.BaseDirectory, "*.dll").Select(file => Path.GetFileName(file))];
        foreach (string name in names.Where(name => !File.Exists(Path.Combine(app, name))))
        {
            File.Copy(Path.Combine(AppContext.BaseDirectory, name), Path.Combine(app, name));
        }

        string[] host = ["--additionalprobingpath", NativeFiles.PackageRoot, "--depsfile", Path.Combine(app, Dependencies)];

        Result result = await RunAsync(app, host);

        AssertComputed(result);
        Assert.StartsWith($"libtorch: {Path.Combine(NativeFiles.PackageRoot, "libtorch-cpu-linux-x64")}", result.Output, StringComparison.Ordinal);
    }

    // The program with its managed libraries in a folder of their own, and no libtorch.
    private string App(bool withShim)
    {
        string app = _folder.Under("app");
        string natives = Path.Combine(app, "runtimes", "linux-x64", "native");
        Directory.CreateDirectory(natives);
        string[] names =
        [
            $"{Program}.dll", $"{Program}.runtimeconfig.json", $"{Program}.deps.json", "HrmGen.dll",
            // TorchSharp and what it brings: the host wants all that the list of dependencies names.
            "TorchSharp.dll", "Google.Protobuf.dll", "ICSharpCode.SharpZipLib.dll", "SkiaSharp.dll",
        ];
        foreach (string name in names)
        {
            File.Copy(Path.Combine(AppContext.BaseDirectory, name), Path.Combine(app, name));
        }

        if (withShim)
        {
            File.Copy(NativeFiles.LinuxShim, Path.Combine(natives, Path.GetFileName(NativeFiles.LinuxShim)));
        }

        return app;
    }

    private string[] Cached() => Directory.Exists(_folder.Under("cache")) ? Directory.GetFileSystemEntries(_folder.Under("cache", "hrmgen")) : [];

    // The bytes of every native file of the output and of the packages that it came from.
    private static string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        string[] packages = ["torchsharp", "libtorch-cpu-linux-x64"];
        IEnumerable<string> folders = packages.Select(package => Path.Combine(NativeFiles.PackageRoot, package)).Where(Directory.Exists).Append(s_natives);
        foreach (string path in folders.SelectMany(folder => Directory.EnumerateFiles(folder, "*.so*", SearchOption.AllDirectories)).Order(StringComparer.Ordinal))
        {
            using FileStream stream = File.OpenRead(path);
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(path));
            hash.AppendData(SHA256.HashData(stream));
        }

        return Convert.ToHexString(hash.GetCurrentHash());
    }

    private static void AssertComputed(Result result)
    {
        Assert.True(result.ExitCode == 0, $"exit code {result.ExitCode}: {result.Output}");
        Assert.EndsWith("24", result.Output.TrimEnd(), StringComparison.Ordinal);
    }

    private async Task<Result> RunAsync(string directory, string[]? host = null, (string Name, string Value)? environment = null)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] arguments = ["exec", .. host ?? [], Path.Combine(directory, $"{Program}.dll")];
        Array.ForEach(arguments, start.ArgumentList.Add);
        Directory.CreateDirectory(_folder.Under("tmp"));
        start.Environment["TMPDIR"] = _folder.Under("tmp");
        start.Environment["XDG_CACHE_HOME"] = _folder.Under("cache");
        if (environment is var (name, value))
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token), errors = process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return new Result(process.ExitCode, await output + await errors);
    }

    private sealed record Result(int ExitCode, string Output);
}
