using System.CommandLine;
using System.Globalization;

namespace HrmGen.Lab.Commands;

/// <summary><c>hrmgen models</c>: what can be trained.</summary>
internal static class ModelsCommand
{
    public static Command Create(LabHost host)
    {
        var command = new Command("models", "List the compiled models with their sizes and the results that they describe.");
        host.Action(command, (_, _) =>
        {
            var width = host.Models.All.Max(m => m.Spec.Name.Length);
            foreach (var spec in host.Models.All.Select(m => m.Spec))
            {
                host.Output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{spec.Name.PadRight(width)}  {spec.Parameters,12:N0}  {(spec.Published.Length > 0 ? spec.Published : spec.Summary)}"));
            }

            return 0;
        });
        return command;
    }
}
