using System.Globalization;

namespace HrmGen.Benchmarks.Measuring;

/// <summary>Memory that this process holds, by Linux's own count. Elsewhere there is none to read.</summary>
internal static class Resident
{
    /// <summary>Bytes now.</summary>
    public static long Now => Read("VmRSS:");

    /// <summary>Most bytes since the last <see cref="Forget"/>.</summary>
    public static long Peak => Read("VmHWM:");

    /// <summary>Starts a new peak.</summary>
    public static void Forget() => File.WriteAllText("/proc/self/clear_refs", "5");

    private static long Read(string name) => OperatingSystem.IsLinux()
        ? 1024 * long.Parse(File.ReadLines("/proc/self/status").Single(l => l.StartsWith(name, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2].Trim(), CultureInfo.InvariantCulture)
        : throw new PlatformNotSupportedException("Resident memory is read from /proc, which Linux has");
}
