using System.CommandLine;
using System.Runtime.InteropServices;
using HrmGen.Lab.Models;

namespace HrmGen.Lab;

/// <summary>What every command works with.</summary>
/// <param name="Models">The models that it can name.</param>
/// <param name="Output">Results.</param>
/// <param name="Error">Complaints and progress.</param>
public sealed record LabHost(ModelCatalog Models, TextWriter Output, TextWriter Error)
{
    /// <summary>True where colours and a moving line can be shown: a terminal, and NO_COLOR is not set (https://no-color.org).</summary>
    public bool IsRich => ReferenceEquals(Output, System.Console.Out) && !System.Console.IsOutputRedirected
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && Environment.GetEnvironmentVariable("TERM") != "dumb";

    /// <summary>Makes a command's action: an error that a user can cause becomes one line and exit code 1.</summary>
    public void Action(Command command, Func<ParseResult, CancellationToken, int> run) => command.SetAction((arguments, cancel) => Task.Run(() =>
    {
        try
        {
            return run(arguments, cancel);
        }
        catch (Exception e) when (e is HrmGenException or IOException or UnauthorizedAccessException)
        {
            Error.WriteLine("error: " + e.Message);
            return 1;
        }
        catch (Exception e) when (IsOutOfMemory(e))
        {
            Error.WriteLine("error: out of memory; take fewer rows at a time (--set batch_size=N in training, --batch-size N in evaluation)");
            return 1;
        }
    }, CancellationToken.None));

    // The CPU's allocator and CUDA's say so in words only.
    private static bool IsOutOfMemory(Exception e) => e is OutOfMemoryException
        || (e is ExternalException && (e.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase) || e.Message.Contains("allocate memory", StringComparison.OrdinalIgnoreCase)));
}
