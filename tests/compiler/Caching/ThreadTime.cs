using System.Diagnostics;
using System.Runtime.InteropServices;

namespace HrmGen.Compiler.Tests.Caching;

/// <summary>
/// Time that this thread has had on a processor, where the system tells (Linux): the other test assemblies run beside this one, and waiting
/// for them is no cost of the generator. The clock elsewhere.
/// </summary>
internal static class ThreadTime
{
    private const int ClockThreadCpuTime = 3;

    public static TimeSpan Now => OperatingSystem.IsLinux() && clock_gettime(ClockThreadCpuTime, out var time) == 0
        ? TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromTicks(time.Nanoseconds / 100)
        : Stopwatch.GetElapsedTime(0);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int clock_gettime(int clock, out Timespec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
