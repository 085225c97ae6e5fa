using System.Diagnostics;
using System.Globalization;

namespace HrmGen.Benchmarks.Measuring;

/// <summary>This program once more, in a process of its own.</summary>
internal static class ChildProcess
{
    /// <summary>Numbers that it printed, line by line.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static List<double[]> Run(params string[] arguments)
    {
        var self = Environment.ProcessPath!;
        var start = new ProcessStartInfo(self, [.. self.EndsWith("dotnet", StringComparison.Ordinal) ? [typeof(ChildProcess).Assembly.Location] : Array.Empty<string>(), .. arguments])
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        return process.ExitCode == 0 ? [.. lines.Select(l => l.Split(' ').Select(v => double.Parse(v, CultureInfo.InvariantCulture)).ToArray())]
            : throw new InvalidOperationException($"{string.Join(' ', arguments)} ended with {process.ExitCode}");
    }

    /// <summary>Prints numbers for <see cref="Run"/>.</summary>
    public static void Answer(params double[] numbers) => Console.WriteLine(string.Join(' ', numbers.Select(t => t.ToString("R", CultureInfo.InvariantCulture))));
}
