using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace HrmGen.Native;

/// <summary>
/// Brings libtorch and TorchSharp's shim into the process: those of the app's own packages, or of an installed PyTorch that the
/// environment variable <c>HRMGEN_LIBTORCH</c> names (its <c>torch/lib</c> folder). On a Linux whose libstdc++ is older than
/// GCC 13's, on which TorchSharp's shim does not load, a repaired copy private to the user is loaded in its place.
/// </summary>
public static class NativeLibraries
{
    private static readonly Lazy<Outcome> s_outcome = new(
        () => Attempt(LibtorchLocator.AppDirectories(), Environment.GetEnvironmentVariable(LibtorchLocator.InstalledVariable), LibtorchLoader.ForThisProcess()));

    /// <summary>One line: what was loaded from where, or why nothing could be.</summary>
    public static string Report => s_outcome.Value.Report;

    /// <summary>
    /// Loads the libraries, the first time that it is called in a process; must come before TorchSharp's <c>torch</c> is first
    /// touched, so module initializers call it. Safe from any thread. Never throws: <see cref="ThrowIfUnavailable"/> reports.
    /// </summary>
    public static void Ensure() => _ = s_outcome.Value;

    /// <summary>Does nothing when the libraries are loaded; the first use of a model calls it.</summary>
    /// <exception cref="NativeLibraryException">They are not: the reason that was recorded, and the fix.</exception>
    public static void ThrowIfUnavailable()
    {
        if (s_outcome.Value.Failure is { } failure)
        {
            // A fresh exception for each caller: a thrown one collects the stack of whoever threw it.
            throw new NativeLibraryException(failure.Message, failure);
        }
    }

    /// <summary>One attempt at loading, with its failure as a value.</summary>
    internal static Outcome Attempt(IReadOnlyList<string> appDirectories, string? installed, LibtorchLoader loader)
    {
        try
        {
            return new Outcome(loader.Load(LibtorchLocator.Locate(appDirectories, installed)), null);
        }
        catch (NativeLibraryException e) when (string.IsNullOrWhiteSpace(installed) && !OperatingSystem.IsLinux())
        {
            // On Windows and macOS loading ahead only saves TorchSharp work. Its own search may still succeed, and where it
            // does not, its message tells why.
            return new Outcome($"libtorch: left to TorchSharp, since loading it ahead failed: {e.Message}", null);
        }
        catch (NativeLibraryException e)
        {
            return Failed(e);
        }
        catch (Exception e)
        {
            // A module initializer that throws makes the whole assembly unusable, with a message about types.
            return Failed(new NativeLibraryException($"libtorch cannot be loaded: {e.Message} ({e.GetType().Name}).", e));
        }
    }

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The libraries must be there before this assembly's first use of TorchSharp, and an app cannot know that.")]
    internal static void Initialize() => Ensure();

    private static Outcome Failed(NativeLibraryException failure) => new($"libtorch: unavailable: {failure.Message}", failure);

    /// <summary>How loading ended.</summary>
    internal sealed record Outcome(string Report, NativeLibraryException? Failure);
}
