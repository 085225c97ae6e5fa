using System.CommandLine;
using HrmGen.Lab.Drawing;
using HrmGen.Lab.Inspection;

namespace HrmGen.Lab.Commands;

/// <summary><c>hrmgen inspect</c>: what a spec compiles to.</summary>
internal static class InspectCommand
{
    private static readonly string[] Diagrams = ["mermaid", "svg"];

    public static Command Create(LabHost host)
    {
        var spec = new Argument<string>("spec") { Description = "A spec file (FILE#NAME for one model of a matrix), or a model's name." };
        var batch = new Option<int?>("--batch") { Description = "Examples of a batch, for the memory; the spec's training.batch_size by default." };
        var diagram = new Option<string?>("--diagram") { Description = "Draw the recursion instead: mermaid or svg." };
        var file = new Option<string?>("--out") { Description = "Write to a file instead of standard output." };
        var command = new Command("inspect", "Show what a spec compiles to: layers, recursion, gradient, cost, memory, or a diagram.") { spec, batch, diagram, file };
        host.Action(command, (arguments, _) =>
        {
            var (kind, rows) = (arguments.GetValue(diagram), arguments.GetValue(batch));
            if (kind is not null && !Diagrams.Contains(kind))
            {
                throw new HrmGenException($"--diagram {kind}: there is no such drawing; use mermaid or svg");
            }

            if (rows is < 1)
            {
                throw new HrmGenException($"--batch {rows}: a batch has at least one example");
            }

            if (SpecCompilation.Load(SpecSource.Find(arguments.GetRequiredValue(spec), host.Models), host.Error) is not { } compiled)
            {
                return 1;
            }

            using var text = new StringWriter { NewLine = "\n" };
            switch (kind)
            {
                case "mermaid":
                    Mermaid.Write(compiled.Lowered, text);
                    break;
                case "svg":
                    new SvgDrawing(compiled.Lowered).Write(text);
                    break;
                default:
                    new InspectionReport(compiled, rows ?? compiled.Architecture.Training.BatchSize, text).Write();
                    break;
            }

            Outputs.Write(host, arguments.GetValue(file), text.ToString());
            return 0;
        });
        return command;
    }
}
