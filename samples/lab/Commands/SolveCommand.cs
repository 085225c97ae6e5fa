using System.CommandLine;
using HrmGen.Lab.Models;
using HrmGen.Lab.Pages;
using HrmGen.Lab.Puzzles;
using HrmGen.Lab.Solving;

namespace HrmGen.Lab.Commands;

/// <summary><c>hrmgen solve</c>: one puzzle, step by step.</summary>
internal static class SolveCommand
{
    public static Command Create(LabHost host)
    {
        var spec = CommonOptions.Spec();
        var puzzle = new Argument<string>("puzzle")
        {
            Description = "The puzzle; - or nothing reads standard input. Sudoku: 16 or 81 characters, . or 0 for a blank. Maze: rows of # and space, S, G. ARC: a grid as JSON. Else tokens.",
            DefaultValueFactory = _ => "-",
        };
        var checkpoint = new Option<string?>("--checkpoint") { Description = "Weights: a run's folder, a checkpoint, or a safetensors file. Without it the model is untrained." };
        var raw = new Option<bool>("--raw") { Description = "The weights themselves instead of their moving average." };
        var kind = new Option<string?>("--kind") { Description = $"What the cells mean: {PuzzleKinds.List}. By default what the model's vocabulary and cells tell." };
        var identifier = new Option<int>("--puzzle-id") { Description = "Row of the puzzle embedding: which ARC task it is.", DefaultValueFactory = _ => 0 };
        var steps = new Option<int?>("--steps") { Description = "Supervision steps; the spec's N_sup by default." };
        var trace = new Option<FileInfo?>("--trace") { Description = "Also writes one self-contained page (HTML) that shows every step, and what moves inside the recursion." };
        var (device, seed) = (CommonOptions.Device(), CommonOptions.Seed());
        var command = new Command("solve", "Solve one puzzle and show the board after each supervision step.")
        {
            spec, puzzle, checkpoint, raw, kind, identifier, steps, trace, device, seed,
        };
        host.Action(command, (arguments, _) =>
        {
            var entry = host.Models.Find(arguments.GetRequiredValue(spec));
            var puzzleKind = PuzzleKinds.Of(arguments.GetValue(kind), entry.Spec);
            var question = puzzleKind.Read(Text(arguments.GetRequiredValue(puzzle)));
            var row = arguments.GetValue(identifier);
            if (row < 0 || row >= Math.Max(1, entry.Spec.PuzzleCount))
            {
                throw new HrmGenException($"--puzzle-id {row}: {entry.Spec.Name} knows the puzzles 0 to {Math.Max(1, entry.Spec.PuzzleCount) - 1}");
            }

            if (arguments.GetValue(steps) is < 1)
            {
                throw new HrmGenException($"--steps {arguments.GetValue(steps)}: there is at least one");
            }

            TorchSharp.torch.random.manual_seed(arguments.GetValue(seed));
            using var model = entry.Create(Devices.Of(arguments.GetRequiredValue(device)));
            var weights = Weights.Load(model, arguments.GetValue(checkpoint), average: !arguments.GetValue(raw));
            var solution = new Solver(model, arguments.GetValue(seed)).Solve(weights, puzzleKind, question, row, arguments.GetValue(steps));
            new BoardText(solution, host.Output, host.IsRich).Write();
            if (arguments.GetValue(trace) is { } page)
            {
                PageTemplate.Save(page, TracePage.Html(solution));
                host.Error.WriteLine($"wrote {page}");
            }

            return 0;
        });
        return command;
    }

    // The shell's last line break is not part of a puzzle; a maze's spaces are.
    private static string Text(string argument) => argument == "-" ? System.Console.In.ReadToEnd() : argument;
}
