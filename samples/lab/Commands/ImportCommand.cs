using System.CommandLine;
using HrmGen.Lab.Import;
using HrmGen.Lab.Inspection;

namespace HrmGen.Lab.Commands;

/// <summary><c>hrmgen import</c>: an official configuration as a spec.</summary>
internal static class ImportCommand
{
    public static Command Create(LabHost host)
    {
        var files = new Argument<string[]>("files") { Description = "config/arch/*.yaml, cfg_pretrain.yaml, and a data set's dataset.json for its sizes.", Arity = ArgumentArity.OneOrMore };
        var set = new Option<string[]>("--set")
        {
            Description = "A Hydra override, as in arch.L_cycles=4; may be given several times.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [],
        };
        var name = new Option<string?>("--name") { Description = "The model's name." };
        var file = new Option<string?>("--out") { Description = "Write to a file instead of standard output." };
        var strict = new Option<bool>("--strict") { Description = "Fail where a key cannot be carried over." };
        var command = new Command("import", "Turn official configuration files into a spec.") { files, set, name, file, strict };
        host.Action(command, (arguments, _) =>
        {
            var config = OfficialConfig.Read(arguments.GetRequiredValue(files), arguments.GetRequiredValue(set));
            var spec = Importer.Import(config, arguments.GetValue(name));
            foreach (var (key, reason) in spec.Left)
            {
                host.Error.WriteLine($"not carried over: {key}: {reason}");
            }

            if (!spec.KnowsTask)
            {
                host.Error.WriteLine("note: vocab_size and seq_len are those of the preset, Sudoku 9x9; add the data set's dataset.json for others");
            }

            Compile(arguments.GetValue(file), spec.Text, host.Error);
            if (spec.Left.Count > 0 && arguments.GetValue(strict))
            {
                throw new HrmGenException($"{spec.Left.Count} key(s) could not be carried over (--strict); nothing was written");
            }

            Outputs.Write(host, arguments.GetValue(file), spec.Text);
            return 0;
        });
        return command;
    }

    // What does not compile is no import: a value that the official code takes and the language does not.
    private static void Compile(string? file, string text, TextWriter error)
    {
        var outcome = SpecCompilation.Compile(Path.GetFullPath(file ?? "imported.hrm.yaml"), text);
        if (outcome.Failed)
        {
            error.WriteLine(text);
        }

        foreach (var finding in outcome.Findings)
        {
            error.WriteLine(finding);
        }

        if (outcome.Failed)
        {
            throw new HrmGenException("The imported spec, shown above, does not compile; override the values that it names (--set), or finish it by hand");
        }
    }
}
