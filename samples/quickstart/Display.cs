using System.Globalization;
using System.Runtime.InteropServices;
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
    private const int Cells = Side * Side;

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

    /// <summary>
    /// The board of one test puzzle after each supervision step, with the probability of halting there: of the puzzles that the first
    /// step gets wrong and the last gets right, one with the fewest clues.
    /// </summary>
    public static void Solve(Sudoku4 model, PuzzleDataset test)
    {
        var set = test.Sets[0];
        var count = (int)set.ExampleCount;
        var (inputs, labels) = (new int[count, Cells], new int[count, Cells]);
        for (var i = 0; i < count; i++)
        {
            set.CopyInputs(i, MemoryMarshal.CreateSpan(ref inputs[i, 0], Cells));
            set.CopyLabels(i, MemoryMarshal.CreateSpan(ref labels[i, 0], Cells));
        }

        using var batch = PuzzleBatch.Create(inputs, labels);
        var steps = model.Evaluate(batch).Select(o => (
            Boards: o.Predictions.preds.to(int32).data<int>().ToArray(),
            Right: o.Predictions.seq_is_correct.data<bool>().ToArray(),
            Halt: o.Outputs.q_halt!.sigmoid().to(float64).data<double>().ToArray())).ToList();
        var shown = Enumerable.Range(0, count)
            .OrderBy(i => steps[^1].Right[i] && !steps[0].Right[i] ? 0 : 1)
            .ThenBy(i => Row(inputs, i).Count(t => t > 1))
            .First();

        var (question, answer) = (Row(inputs, shown), Row(labels, shown));
        var columns = new List<Panel> { Board("puzzle", "", question, question, question, answer) };
        var before = question;
        foreach (var (boards, _, halt) in steps)
        {
            var board = boards[(shown * Cells)..((shown + 1) * Cells)];
            var caption = string.Create(CultureInfo.InvariantCulture, $"halt {100 * halt[shown]:F1} %");
            columns.Add(Board($"step {columns.Count}", caption, board, before, question, answer));
            before = board;
        }

        AnsiConsole.WriteLine();
        AnsiConsole.Write(new Columns(columns) { Expand = false });
        AnsiConsole.MarkupLine("[bold]given[/]  [green]right[/]  [red]wrong[/]  [underline]changed in this step[/]");
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

    private static int[] Row(int[,] rows, int row) => [.. Enumerable.Range(0, Cells).Select(c => rows[row, c])];

    // Tokens are digits plus 1; 1 is a blank.
    private static Panel Board(string title, string caption, int[] tokens, int[] before, int[] question, int[] answer)
    {
        var lines = Enumerable.Range(0, Side).Select(r => string.Join(" ", Enumerable.Range(0, Side).Select(c => Cell((r * Side) + c))));
        var content = new Rows(new Markup(string.Join("\n", lines)), new Text(caption.PadRight(11), new Style(decoration: Decoration.Dim)));
        return new Panel(content) { Header = new PanelHeader(title), Padding = new Padding(1, 0) };

        string Cell(int i)
        {
            var digit = tokens[i] > 1 ? (tokens[i] - 1).ToString(CultureInfo.InvariantCulture) : ".";
            var style = tokens[i] == question[i] && question[i] > 1 ? "bold" : tokens[i] == 1 ? "dim" : tokens[i] == answer[i] ? "green" : "red";
            return before[i] != tokens[i] ? $"[{style} underline]{digit}[/]" : $"[{style}]{digit}[/]";
        }
    }
}
