using System.Globalization;
using HrmGen.Data;
using HrmGen.Models;
using HrmGen.Training;
using Spectre.Console;
using static TorchSharp.torch;

namespace Quickstart;

/// <summary>What the quickstart shows: a live line while training, and a puzzle being solved.</summary>
internal static class Display
{
    private const int Side = 4;

    public static void Header(ModelSpec spec, PuzzleDataset train, PuzzleDataset test)
    {
        AnsiConsole.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"[bold]{spec.Name}[/] from {spec.Source}");
        AnsiConsole.MarkupLineInterpolated(CultureInfo.InvariantCulture,
            $"{spec.Parameters:N0} parameters, effective depth {spec.EffectiveDepth}, {spec.N_sup} supervision steps, {spec.Training.TotalSteps:N0} optimizer steps of {spec.Training.BatchSize} rows");
        AnsiConsole.MarkupLineInterpolated(CultureInfo.InvariantCulture,
            $"{train.ExampleCount:N0} training puzzles; {test.ExampleCount:N0} test puzzles, whose solution grids are not among them");
        AnsiConsole.WriteLine();
    }

    /// <summary>Runs the training under a live line; plain lines where the output is no terminal.</summary>
    public static TimeSpan Train(Action<Action<TrainingProgress>> run)
    {
        var elapsed = TimeSpan.Zero;
        if (!AnsiConsole.Profile.Capabilities.Interactive || Console.IsOutputRedirected)
        {
            run(p =>
            {
                elapsed = p.Elapsed;
                if (p.Step * 20 / p.TotalSteps != (p.Step - 50) * 20 / p.TotalSteps || p.Step == p.TotalSteps)
                {
                    Console.WriteLine(Line(p));
                }
            });
            return elapsed;
        }

        AnsiConsole.Progress()
            .Columns(new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .Start(context =>
            {
                var task = context.AddTask("starting", maxValue: 1);
                run(p =>
                {
                    elapsed = p.Elapsed;
                    task.Value = (double)p.Step / p.TotalSteps;
                    task.Description = Line(p);
                });
            });
        return elapsed;
    }

    /// <summary>The board of one test puzzle after each supervision step, with the probability of halting there.</summary>
    public static void Solve(Sudoku4 model, PuzzleDataset test)
    {
        using var scope = NewDisposeScope();
        var puzzle = Hardest(test);
        using var batch = PuzzleBatch.Create(Row(puzzle.Inputs), Row(puzzle.Labels));
        var columns = new List<Panel> { Board("puzzle", "", puzzle.Inputs, null, puzzle) };
        var before = puzzle.Inputs;
        foreach (var output in model.Evaluate(batch))
        {
            using var inner = NewDisposeScope();
            var board = output.Predictions.preds.to(int32).data<int>().ToArray();
            var halt = output.Outputs.q_halt!.sigmoid().to(float64).item<double>();
            columns.Add(Board($"step {columns.Count}", string.Create(CultureInfo.InvariantCulture, $"halt {100 * halt:F1} %"), board, before, puzzle));
            before = board;
        }

        AnsiConsole.WriteLine();
        AnsiConsole.Write(new Columns(columns) { Expand = false });
        AnsiConsole.MarkupLine("[green]right[/]  [red]wrong[/]  [bold]given[/]  [underline]changed in this step[/]");
    }

    public static void Result(EvaluationResult result, TimeSpan elapsed)
    {
        var bySteps = string.Join(", ", result.ExactByStep.Select(e => Ratio(e, result.Count)));
        Console.WriteLine();
        Console.WriteLine($"exact accuracy after each supervision step: {bySteps}");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"test exact accuracy {Ratio(result.Exact, result.Count)} ({result.Exact}/{result.Count}), trained in {elapsed.TotalSeconds:F0} s"));
    }

    private static string Ratio(long part, long whole) => ((double)part / whole).ToString("F3", CultureInfo.InvariantCulture);

    private static string Line(TrainingProgress p) => string.Create(CultureInfo.InvariantCulture,
        $"step {p.Step,5}/{p.TotalSteps}  loss {p.Loss:F3}  exact {p.ExactAccuracy:F3}  steps {p.AverageSteps:F2}  {p.SamplesPerSecond,5:F0} samples/s  {p.Remaining:m\\:ss} left");

    private static (int[] Inputs, int[] Labels) Hardest(PuzzleDataset test)
    {
        var set = test.Sets[0];
        return Enumerable.Range(0, (int)set.ExampleCount)
            .Select(i =>
            {
                var (inputs, labels) = (new int[Side * Side], new int[Side * Side]);
                set.CopyInputs(i, inputs);
                set.CopyLabels(i, labels);
                return (Inputs: inputs, Labels: labels);
            })
            .MinBy(p => p.Inputs.Count(t => t > 1));
    }

    private static int[,] Row(int[] tokens)
    {
        var row = new int[1, tokens.Length];
        for (var i = 0; i < tokens.Length; i++)
        {
            row[0, i] = tokens[i];
        }

        return row;
    }

    // Tokens are digits plus 1; 1 is a blank.
    private static Panel Board(string title, string caption, int[] tokens, int[]? before, (int[] Inputs, int[] Labels) puzzle)
    {
        var lines = Enumerable.Range(0, Side).Select(r => string.Join(" ", Enumerable.Range(0, Side).Select(c => Cell((r * Side) + c))));
        var content = new Rows(new Markup(string.Join("\n", lines)), new Text(caption.PadRight(11), new Style(decoration: Decoration.Dim)));
        return new Panel(content) { Header = new PanelHeader(title), Padding = new Padding(1, 0) };

        string Cell(int i)
        {
            var digit = tokens[i] > 1 ? (tokens[i] - 1).ToString(CultureInfo.InvariantCulture) : ".";
            var style = puzzle.Inputs[i] > 1 ? "bold" : tokens[i] == 1 ? "dim" : tokens[i] == puzzle.Labels[i] ? "green" : "red";
            return before is not null && before[i] != tokens[i] ? $"[{style} underline]{digit}[/]" : $"[{style}]{digit}[/]";
        }
    }
}
