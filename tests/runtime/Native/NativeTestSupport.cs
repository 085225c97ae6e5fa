using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HrmGen.Native;

namespace HrmGen.Tests.Native;

/// <summary>Any test of this assembly may touch TorchSharp first, so the libraries are brought in here, as compiled models do it.</summary>
file static class NativeInitializer
{
    [ModuleInitializer]
    internal static void Initialize() => NativeLibraries.Ensure();
}

/// <summary>A test of the repair's files and processes, which exist on Linux x64 only.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LinuxX64FactAttribute : FactAttribute
{
    public LinuxX64FactAttribute()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            Skip = "The repair of the shim is for Linux x64.";
        }
    }

    /// <summary>Set where the test assembly must have a libtorch of its own in its output.</summary>
    public bool NeedsPackage
    {
        get;
        set
        {
            field = value;
            if (value && !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("HRMGEN_LIBTORCH")))
            {
                Skip = "These tests were built for the libtorch of an installed PyTorch (HRMGEN_LIBTORCH).";
            }
        }
    }
}

/// <summary>A folder that goes away with the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("hrmgen-test-").FullName;

    public string Under(params string[] names) => System.IO.Path.Combine([Path, .. names]);

    /// <summary>Makes an empty file, with the folders above it.</summary>
    public string Touch(params string[] names)
    {
        string path = Under(names);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, []);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

/// <summary>The native files that the TorchSharp and libtorch packages brought.</summary>
internal static class NativeFiles
{
    private const string PackageRootKey = "NuGetPackageRoot";

    /// <summary>The stock shim of Linux x64; the package brings it on every operating system.</summary>
    public static string LinuxShim { get; } =
        Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", "libLibTorchSharp.so");

    /// <summary>Where this assembly's build took its packages from.</summary>
    public static string PackageRoot { get; } = typeof(NativeFiles).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(data => data.Key == PackageRootKey).Value!;
}
