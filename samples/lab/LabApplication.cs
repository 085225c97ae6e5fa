using System.CommandLine;
using HrmGen.Lab.Commands;
using HrmGen.Lab.Models;
using HrmGen.Models;
using HrmGen.Native;

namespace HrmGen.Lab;

/// <summary>The command line over some compiled models.</summary>
public static class LabApplication
{
    /// <summary>Runs one command.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="models">The models that it can name: one or more registries (<c>HrmModels.All</c>).</param>
    /// <param name="output">Where results go; standard output when null.</param>
    /// <param name="error">Where complaints go; standard error when null.</param>
    /// <returns>0 for success, 1 for an error that a message explains, 2 for arguments that do not parse, 130 after Ctrl-C.</returns>
    public static async Task<int> RunAsync(string[] args, IEnumerable<ModelEntry> models, TextWriter? output = null, TextWriter? error = null)
    {
        NativeLibraries.Ensure();
        var host = new LabHost(new ModelCatalog(models), output ?? System.Console.Out, error ?? System.Console.Error);
        var root = new RootCommand("Build data, train, evaluate, solve and inspect compiled recursive reasoning models.")
        {
            ModelsCommand.Create(host),
            DataCommand.Create(host),
            TrainCommand.Create(host),
            EvalCommand.Create(host),
            SweepCommand.Create(host),
            InspectCommand.Create(host),
            DiffCommand.Create(host),
            ImportCommand.Create(host),
            SolveCommand.Create(host),
            ReportCommand.Create(host),
            AnalyzeCommand.Create(host),
        };
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var e in parsed.Errors)
            {
                host.Error.WriteLine(e.Message);
            }

            host.Error.WriteLine("Try --help.");
            return 2;
        }

        return await parsed.InvokeAsync(new InvocationConfiguration { Output = host.Output, Error = host.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromMinutes(10) });
    }
}
