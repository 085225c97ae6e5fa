using System.Diagnostics;
using System.Globalization;
using HrmGen.Tests.Native;
using Xunit.Abstractions;
using TemporaryFolder = HrmGen.Tests.Data.TemporaryFolder;

namespace HrmGen.Tests.Checkpoints;

/// <summary>A training process is killed at random moments and started again.</summary>
public sealed class KillTests(ITestOutputHelper output) : IDisposable
{
    // HRMGEN_KILLS=100 for the full number.
    private static readonly int kills = int.Parse(Environment.GetEnvironmentVariable("HRMGEN_KILLS") ?? "10", CultureInfo.InvariantCulture);
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [LinuxX64Fact]
    public async Task Killed_and_resumed_it_ends_with_the_bytes_of_the_uninterrupted_run()
    {
        const int Steps = 400, Interval = 3;
        var expected = (await Run("whole", Steps, 1000, null)).Single(l => l.StartsWith("hash ", StringComparison.Ordinal));
        var random = new Random(11);
        var (killed, ended, resumed, unfinished) = (0, 0, 0, 0);
        while (killed < kills || ended == 0)
        {
            var run = $"run{ended}";
            var lines = await Run(run, Steps, Interval, killed < kills ? (random.Next(0, 8), random.Next(0, 100)) : null);
            Assert.DoesNotContain(lines, l => l.StartsWith("error", StringComparison.Ordinal) || l.StartsWith("refused", StringComparison.Ordinal) || l.StartsWith("note", StringComparison.Ordinal));
            resumed += lines.Any(l => l.StartsWith("from ", StringComparison.Ordinal) && l != "from 0") ? 1 : 0;
            if (Directory.Exists(folder.File(run)) && Directory.GetDirectories(folder.File(run), ".tmp-*").Length > 0)
            {
                unfinished++;
            }

            if (lines.SingleOrDefault(l => l.StartsWith("hash ", StringComparison.Ordinal)) is { } hash)
            {
                Assert.Equal(expected, hash);
                ended++;
            }
            else
            {
                killed++;
            }
        }

        output.WriteLine($"{killed} kills, {unfinished} of them in the middle of a save; {resumed} resumed; {ended} runs ended with the bytes of the uninterrupted one");
        Assert.True(resumed > kills / 2, $"only {resumed} starts went on from a checkpoint");
    }

    // Kills the process after so many saves and so many milliseconds more, anywhere in a step or a save; null lets it end. Counted in saves,
    // because a slow machine would never get to one in a time that a fast one takes for many.
    private async Task<List<string>> Run(string run, int steps, int interval, (int Saves, int Milliseconds)? kill)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[]
        {
            System.IO.Path.Combine(AppContext.BaseDirectory, "HrmGen.Tests.Trainer.dll"), System.IO.Path.Combine(AppContext.BaseDirectory, "Data", "quickstart", "sudoku4"),
            folder.File(run), steps.ToString(CultureInfo.InvariantCulture), interval.ToString(CultureInfo.InvariantCulture),
        })
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var lines = new List<string>();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            lines.Add(line);
            if (kill is { } at && lines.Count(l => l.StartsWith("saved ", StringComparison.Ordinal)) == at.Saves && lines.Any(l => l.StartsWith("from ", StringComparison.Ordinal)))
            {
                kill = null;
                await Task.Delay(at.Milliseconds);
                process.Kill(); // SIGKILL
            }
        }

        await process.WaitForExitAsync();
        Assert.True(process.ExitCode is 0 or 137, $"exit code {process.ExitCode}: {string.Join('\n', lines)} {await errors}");
        return lines;
    }
}
