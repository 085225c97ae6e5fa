using System.CommandLine;
using HrmGen.Lab.Inspection;

namespace HrmGen.Lab.Commands;

/// <summary><c>hrmgen diff</c>: what differs between two specs, and what it changes.</summary>
internal static class DiffCommand
{
    public static Command Create(LabHost host)
    {
        var left = new Argument<string>("a") { Description = "A spec file (FILE#NAME for one model of a matrix), or a model's name." };
        var right = new Argument<string>("b") { Description = "The other one." };
        var command = new Command("diff", "Show what differs between two specs after merging, and what that changes in size and cost.") { left, right };
        host.Action(command, (arguments, _) =>
        {
            // Both are compiled before the first failure ends it: one run tells of all that is wrong.
            var sources = new[] { left, right }.Select(a => SpecSource.Find(arguments.GetRequiredValue(a), host.Models)).ToList();
            var specs = sources.Distinct().Select(s => (Source: s, Spec: SpecCompilation.Load(s, host.Error))).ToDictionary(s => s.Source, s => s.Spec);
            if (specs[sources[0]] is not { } a || specs[sources[1]] is not { } b)
            {
                return 1;
            }

            using var text = new StringWriter { NewLine = "\n" };
            new SpecDifference(a, b, text).Write();
            host.Output.Write(text.ToString());
            return 0;
        });
        return command;
    }
}
