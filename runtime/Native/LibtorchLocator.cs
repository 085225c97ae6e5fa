namespace HrmGen.Native;

/// <summary>Which files to load, by absolute path and in this order.</summary>
/// <param name="Libraries">libtorch's libraries, dependencies first; empty where the app brings none.</param>
/// <param name="Shim">TorchSharp's own library, which is linked against them.</param>
/// <param name="Installed">True when the libraries are those of an installed PyTorch, named by <c>HRMGEN_LIBTORCH</c>.</param>
internal sealed record LibtorchFiles(IReadOnlyList<string> Libraries, string Shim, bool Installed);

/// <summary>Finds libtorch and TorchSharp's shim, without loading anything.</summary>
internal static class LibtorchLocator
{
    /// <summary>The environment variable that names the <c>torch/lib</c> folder of an installed PyTorch.</summary>
    public const string InstalledVariable = "HRMGEN_LIBTORCH";

    /// <summary>The library that TorchSharp's P/Invokes name.</summary>
    public const string ShimName = "LibTorchSharp";

    private const string CpuName = "torch_cpu";

    // Dependencies first. Once these are in the process, the dynamic linker resolves the later ones' needs by name to
    // them, wherever they lie; the CUDA pair exists in CUDA builds only.
    private static readonly string[] s_loadOrder = ["c10", CpuName, "c10_cuda", "torch_cuda", "torch"];

    private static readonly StringComparer s_paths = OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase;

    /// <summary>
    /// The folders in which .NET itself looks for this app's native libraries, in its order. Neither a single-file app nor
    /// NativeAOT has an <c>Assembly.Location</c>, so only what the host and the base directory say is used.
    /// </summary>
    public static IReadOnlyList<string> AppDirectories()
    {
        var directories = new List<string>();
        if (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") is string list)
        {
            directories.AddRange(list.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        }

        directories.Add(Path.Combine(AppContext.BaseDirectory, "runtimes", NativePlatform.Rid, "native"));
        directories.Add(AppContext.BaseDirectory);
        return [.. directories.Select(Normalize).Distinct(s_paths)];
    }

    /// <summary>Chooses the files to load.</summary>
    /// <param name="appDirectories">Where the app's own libraries may lie, in order of preference.</param>
    /// <param name="installed">The value of <see cref="InstalledVariable"/>; null or empty where the app brings its own.</param>
    /// <exception cref="NativeLibraryException">
    /// There is no shim; or <paramref name="installed"/> is no libtorch folder, or the app brings a second libtorch.
    /// </exception>
    public static LibtorchFiles Locate(IReadOnlyList<string> appDirectories, string? installed)
    {
        bool useInstalled = !string.IsNullOrWhiteSpace(installed);
        IReadOnlyList<string> libraryDirectories = useInstalled ? [InstalledDirectory(installed!, appDirectories)] : appDirectories;
        string shim = Find(ShimName, appDirectories) ?? throw new NativeLibraryException(
            $"TorchSharp's native library {NativePlatform.FileName(ShimName)} is in none of {Listed(appDirectories)}. TorchSharp "
            + $"has one for linux-x64, win-x64, win-arm64 and osx-arm64, and this process is {NativePlatform.Rid}. On one of these, "
            + "rebuild or publish the app so that the native files of the TorchSharp package come along.");
        return new LibtorchFiles([.. s_loadOrder.Select(name => Find(name, libraryDirectories)).OfType<string>()], shim, useInstalled);
    }

    private static string InstalledDirectory(string installed, IReadOnlyList<string> appDirectories)
    {
        string directory = Normalize(installed.Trim());
        string cpu = NativePlatform.FileName(CpuName);
        if (!File.Exists(Path.Combine(directory, cpu)))
        {
            string state = Directory.Exists(directory) ? $"holds no {cpu}" : "does not exist";
            string subdirectory = Path.Combine(directory, "lib");
            string fix = File.Exists(Path.Combine(subdirectory, cpu))
                ? $"Set it to {subdirectory}."
                : "Set it to the torch/lib folder of an installed PyTorch, or unset it to use the app's own libtorch.";
            throw new NativeLibraryException($"{InstalledVariable} is {installed}, but that folder {state}. {fix}");
        }

        // TorchSharp asks .NET for torch_cpu by name and would get the app's own beside the installed one. Two register
        // the same operators twice, and libtorch aborts the process: no exception could be caught then.
        string? own = Find(CpuName, [.. appDirectories.Where(other => !s_paths.Equals(other, directory))]);
        return own is null
            ? directory
            : throw new NativeLibraryException(
                $"{InstalledVariable} is {installed}, but the app brings a libtorch of its own: {own}. Two of them in one process abort it, "
                + $"so neither was loaded. Unset {InstalledVariable} to use the app's own, or rebuild the app without one "
                + $"(-p:TorchBackend=none, or build with {InstalledVariable} set) into an output folder without that file.");
    }

    private static string? Find(string library, IReadOnlyList<string> directories) =>
        directories.Select(directory => Path.Combine(directory, NativePlatform.FileName(library))).FirstOrDefault(File.Exists);

    private static string Normalize(string directory) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));

    private static string Listed(IReadOnlyList<string> directories) => string.Join(", ", directories);
}
