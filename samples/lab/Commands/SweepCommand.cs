using System.CommandLine;
using HrmGen.Lab.Console;
using HrmGen.Lab.Models;
using HrmGen.Lab.Sweeps;

namespace HrmGen.Lab.Commands;

/// <summary><c>hrmgen sweep</c>: every model of some specs, over seeds.</summary>
internal static class SweepCommand
{
    public static Command Create(LabHost host)
    {
        var specs = new Argument<string[]>("specs") { Description = "Models, by name or by a pattern as in 'Claim*_Maze8*', or spec files: those with a matrix stand for all of theirs.", Arity = ArgumentArity.OneOrMore };
        var (set, lowering) = (CommonOptions.Set(), CommonOptions.Lowering());
        var data = new Option<DirectoryInfo[]>("--data")
        {
            Description = "One or more data sets in the official format; each model is trained on the first one that fits its vocabulary and length.",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var seeds = new Option<int>("--seeds") { Description = "Runs of each model, with the seeds 0, 1, ...", DefaultValueFactory = _ => 3 };
        var output = new Option<DirectoryInfo>("--out") { Description = "Where results are kept; what is there already is not made again.", Required = true };
        var command = new Command("sweep", "Train every model of some specs over several seeds, and tabulate mean and deviation; goes on where it was stopped.") { specs, data, set, lowering, seeds, output };
        host.Action(command, (arguments, cancel) =>
        {
            var entries = arguments.GetRequiredValue(specs).SelectMany(host.Models.FindAll).DistinctBy(m => m.FullName).ToList();
            var line = new ProgressLine(host);
            var results = new List<SweepResult>();
            var folders = arguments.GetRequiredValue(data);
            foreach (var entry in entries)
            {
                var (train, test) = Datasets.LoadFirstFit(folders, entry.Spec);
                var options = RunTimeOptions.Apply(entry.Spec, arguments.GetValue(set) ?? []);
                if (options.TotalSteps is null)
                {
                    throw new HrmGenException($"{entry.Spec.Name} does not say how many steps to train: give --set steps=N");
                }

                for (var seed = 0; seed < arguments.GetValue(seeds); seed++)
                {
                    var file = Path.Combine(arguments.GetRequiredValue(output).FullName, $"{entry.Spec.Name}-{seed}.json");
                    try
                    {
                        results.Add(SweepRun.Run(entry, options, arguments.GetValue(lowering), seed, train, test, file, text => line.Show(text, true), cancel));
                    }
                    catch (OperationCanceledException)
                    {
                        line.End();
                        host.Output.WriteLine("stopped; the same command goes on with the runs that are missing");
                        return 130;
                    }
                }
            }

            line.End();
            var table = SweepTable.Write(results);
            File.WriteAllText(Path.Combine(arguments.GetRequiredValue(output).FullName, "table.md"), table);
            host.Output.Write(table);
            return 0;
        });
        return command;
    }
}
