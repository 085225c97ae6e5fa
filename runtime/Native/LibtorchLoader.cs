using System.Runtime.InteropServices;

namespace HrmGen.Native;

/// <summary>
/// Loads libtorch and TorchSharp's shim into the process, before TorchSharp looks for them: its P/Invokes then find them by
/// name, and it does not fall back on copying hundreds of megabytes of libraries beside the app.
/// </summary>
/// <param name="load">Loads a library by absolute path; <see cref="NativeLibrary.Load(string)"/> but for tests.</param>
/// <param name="canRepair">Whether this is a system whose shim <see cref="Repair"/> knows: Linux x64.</param>
/// <param name="cacheDirectories">Where a repaired shim may be kept, best first.</param>
internal sealed class LibtorchLoader(Action<string> load, bool canRepair, Func<IReadOnlyList<string>> cacheDirectories)
{
    // GCC 13 gave programs that include <iostream> a reference to this function, so that a too old libstdc++ shows at load
    // time. Nothing calls it: libstdc++ before GCC 13 initializes its streams from each program instead.
    private const string TooNewVersion = "GLIBCXX_3.4.32";
    private const string HarmlessSymbol = "_ZSt21ios_base_library_initv";

    /// <summary>A loader for this process.</summary>
    public static LibtorchLoader ForThisProcess() => new(
        path => NativeLibrary.Load(path),
        OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64,
        () => OperatingSystem.IsLinux() ? ShimCache.Directories() : []);

    /// <summary>Loads the files.</summary>
    /// <returns>One line that says what was loaded from where.</returns>
    /// <exception cref="NativeLibraryException">One of them cannot be loaded.</exception>
    public string Load(LibtorchFiles files)
    {
        foreach (string library in files.Libraries)
        {
            try
            {
                load(library);
            }
            catch (Exception e) when (IsLoadFailure(e))
            {
                throw new NativeLibraryException($"{library} cannot be loaded: {Reason(e)}. {Fix(files)}", e);
            }
        }

        string libtorch = files.Libraries.Count == 0
            ? "libtorch: left to the system's search path"
            : $"libtorch: {Path.GetDirectoryName(files.Libraries[0])} ({string.Join(", ", files.Libraries.Select(Path.GetFileName))})";
        return $"{libtorch}; shim: {LoadShim(files)}";
    }

    private string LoadShim(LibtorchFiles files)
    {
        try
        {
            load(files.Shim);
            return files.Shim;
        }
        catch (Exception e) when (IsLoadFailure(e))
        {
            if (canRepair && OperatingSystem.IsLinux() && e.Message.Contains(TooNewVersion, StringComparison.Ordinal))
            {
                return $"{Repair(files)} (repaired copy of {files.Shim}, for this system's libstdc++)";
            }

            throw new NativeLibraryException($"{files.Shim} cannot be loaded: {Reason(e)}. {Fix(files)}", e);
        }
    }

    [System.Runtime.Versioning.SupportedOSPlatform("linux")]
    private string Repair(LibtorchFiles files)
    {
        byte[] original = File.ReadAllBytes(files.Shim);
        byte[] repaired;
        try
        {
            repaired = ElfVersionNeeds.Weaken(original, TooNewVersion, HarmlessSymbol);
        }
        catch (ElfFormatException e)
        {
            throw new NativeLibraryException(
                $"This system's libstdc++ is older than {files.Shim} asks for ({TooNewVersion}, GCC 13), and the file cannot be "
                + $"adapted: {e.Message}. Restore the TorchSharp package again if the file is damaged; else use a system with GCC 13's "
                + "libstdc++ or a newer one (Debian 13, Ubuntu 24.04).", e);
        }

        var failures = new List<Exception>();
        foreach (string directory in cacheDirectories())
        {
            try
            {
                // A folder may be writable and yet not fit for libraries (mounted noexec): then the next one is tried.
                string path = ShimCache.Store(directory, original, repaired);
                load(path);
                return path;
            }
            catch (Exception e) when (IsLoadFailure(e) || e is IOException or UnauthorizedAccessException)
            {
                failures.Add(e);
            }
        }

        throw new NativeLibraryException(
            $"This system's libstdc++ is older than {files.Shim} asks for ({TooNewVersion}, GCC 13), and no adapted copy of it could "
            + $"be loaded: {string.Join("; ", failures.Select(Reason))}. Set XDG_CACHE_HOME to a folder that only you can write to, on a "
            + $"file system that is not mounted noexec. {Fix(files)}", new AggregateException(failures));
    }

    private static bool IsLoadFailure(Exception e) => e is DllNotFoundException or BadImageFormatException;

    // .NET wraps the dynamic linker's words in general advice, a line for each name that it tried: the line that names a
    // cause is the last one.
    private static string Reason(Exception e) =>
        e.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault("no reason given").TrimEnd('.');

    private static string Fix(LibtorchFiles files) =>
        files.Installed
            ? $"TorchSharp 0.107 goes with libtorch 2.10: let {LibtorchLocator.InstalledVariable} name the torch/lib folder of a complete "
                + "PyTorch 2.10, or unset it to use the app's own libtorch."
            : files.Libraries.Count == 0
                ? "The app brings no libtorch: reference a package that does (HrmGen.Cpu or HrmGen.Cuda), or set "
                    + $"{LibtorchLocator.InstalledVariable} to the torch/lib folder of an installed PyTorch 2.10."
                : "Rebuild the app from clean output, with one libtorch 2.10 package only (CPU or CUDA).";
}
