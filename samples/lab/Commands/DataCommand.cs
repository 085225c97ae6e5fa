using System.CommandLine;
using System.Globalization;
using HrmGen.Data;
using HrmGen.Data.Builders;
using HrmGen.Lab.Console;

namespace HrmGen.Lab.Commands;

/// <summary><c>hrmgen data</c>: builds, generates and shows data sets.</summary>
internal sealed class DataCommand
{
    private readonly Option<string> output = new("--out") { Description = "The folder to write.", Required = true };
    private readonly Option<bool> overwrite = new("--overwrite") { Description = "Replace a data set that is already there." };
    private readonly Option<long> seed = CommonOptions.Seed();
    private readonly Option<string> train = new("--train") { Description = "A table of puzzles (source,question,answer,rating).", Required = true };
    private readonly Option<string?> test = new("--test") { Description = "A table of test puzzles." };
    private readonly Option<int?> subsample = new("--subsample") { Description = "Training puzzles to draw at random; all by default." };
    private readonly LabHost host;

    private DataCommand(LabHost host) => this.host = host;

    public static Command Create(LabHost host)
    {
        var c = new DataCommand(host);
        return new Command("data", "Build, generate and show data sets in the official format.")
        {
            new Command("build", "Build a data set from tables or ARC tasks, with the official augmentations.") { c.Sudoku(), c.Maze(), c.Arc() },
            new Command("generate", "Make puzzles with one solution; no test puzzle is an image of a training puzzle.") { c.Generate("sudoku4", 4), c.Generate("sudoku9", 9), c.GenerateMaze() },
            c.Show(),
        };
    }

    private Command Sudoku()
    {
        var aug = new Option<int>("--num-aug") { Description = "Random symmetries of each training puzzle, besides itself; the papers take 1000." };
        var difficulty = new Option<int?>("--min-difficulty") { Description = "Leaves out puzzles of a lower rating." };
        var command = new Command("sudoku", "From CSV, of any box size.") { train, test, subsample, aug, difficulty, output, overwrite, seed };
        host.Action(command, (a, _) => Report(progress => SudokuBuilder.Build(
            new()
            {
                TrainCsv = a.GetRequiredValue(train),
                TestCsv = a.GetValue(test),
                SubsampleSize = a.GetValue(subsample),
                NumAug = a.GetValue(aug),
                MinDifficulty = a.GetValue(difficulty),
                Output = a.GetRequiredValue(output),
                Overwrite = a.GetValue(overwrite),
                Seed = a.GetValue(seed),
            },
            progress)));
        return command;
    }

    private Command Maze()
    {
        var augment = new Option<bool>("--augment") { Description = "The eight rotations and reflections of each training maze." };
        var command = new Command("maze", "From CSV, square mazes.") { train, test, subsample, augment, output, overwrite, seed };
        host.Action(command, (a, _) => Report(progress => MazeBuilder.Build(
            new()
            {
                TrainCsv = a.GetRequiredValue(train),
                TestCsv = a.GetValue(test),
                SubsampleSize = a.GetValue(subsample),
                Augment = a.GetValue(augment),
                Output = a.GetRequiredValue(output),
                Overwrite = a.GetValue(overwrite),
                Seed = a.GetValue(seed),
            },
            progress)));
        return command;
    }

    private Command Arc()
    {
        var source = new Option<string>("--source") { Description = "The beginning of combined files (kaggle/combined/arc-agi), or a folder with one for each subset.", Required = true };
        var subsets = new Option<string[]>("--subsets") { Description = "training, evaluation, concept, ...", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => ["training", "evaluation", "concept"] };
        var tests = new Option<string[]>("--test-subsets") { Description = "Those whose tests become the test split.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => ["evaluation"] };
        var aug = new Option<int>("--num-aug") { Description = "Augmentations of each task, besides itself.", DefaultValueFactory = _ => 1000 };
        var command = new Command("arc", "From ARC tasks as JSON.") { source, subsets, tests, aug, output, overwrite, seed };
        host.Action(command, (a, _) => Report(progress => ArcBuilder.Build(
            new()
            {
                Source = a.GetRequiredValue(source),
                Subsets = a.GetRequiredValue(subsets),
                TestSubsets = a.GetRequiredValue(tests),
                NumAug = a.GetValue(aug),
                Output = a.GetRequiredValue(output),
                Overwrite = a.GetValue(overwrite),
                Seed = a.GetValue(seed),
            },
            progress)));
        return command;
    }

    private Command Generate(string name, int side)
    {
        var (trains, tests) = Counts();
        var (fewest, most) = (new Option<int?>("--min-clues") { Description = "Fewest clues." }, new Option<int?>("--max-clues") { Description = "Most clues." });
        var difficulty = new Option<int>("--min-difficulty") { Description = "Fewest guesses that the solver needs." };
        var command = new Command(name, string.Create(CultureInfo.InvariantCulture, $"{side}x{side} Sudoku.")) { trains, tests, fewest, most, difficulty, output, overwrite, seed };
        host.Action(command, (a, _) => Report(progress => SudokuGenerator.Generate(
            new()
            {
                Side = side,
                Train = a.GetValue(trains),
                Test = a.GetValue(tests),
                MinClues = a.GetValue(fewest),
                MaxClues = a.GetValue(most),
                MinDifficulty = a.GetValue(difficulty),
                Output = a.GetRequiredValue(output),
                Overwrite = a.GetValue(overwrite),
                Seed = a.GetValue(seed),
            },
            progress)));
        return command;
    }

    private Command GenerateMaze()
    {
        var (trains, tests) = Counts();
        var side = new Option<int>("--side") { Description = "Rows and columns.", DefaultValueFactory = _ => 8 };
        var length = new Option<int?>("--min-length") { Description = "Fewest moves from start to goal; as many as a side has cells by default." };
        var carved = new Option<bool>("--carved") { Description = "Winding corridors instead of scattered walls: long paths at any size." };
        var command = new Command("maze", "Square mazes with one shortest path.") { trains, tests, side, length, carved, output, overwrite, seed };
        host.Action(command, (a, _) => Report(progress => MazeGenerator.Generate(
            new()
            {
                Side = a.GetValue(side),
                Train = a.GetValue(trains),
                Test = a.GetValue(tests),
                MinLength = a.GetValue(length),
                Style = a.GetValue(carved) ? MazeStyle.Carved : MazeStyle.Scattered,
                Output = a.GetRequiredValue(output),
                Overwrite = a.GetValue(overwrite),
                Seed = a.GetValue(seed),
            },
            progress)));
        return command;
    }

    private Command Show()
    {
        var folder = new Argument<string>("data") { Description = "A data set's folder." };
        var split = new Option<string>("--split") { Description = "train or test.", DefaultValueFactory = _ => "train" };
        var index = new Option<long>("--index") { Description = "Which example, from 0." };
        var command = new Command("show", "Show what a data set holds, and one of its examples.") { folder, split, index };
        host.Action(command, (a, _) =>
        {
            var dataset = PuzzleDataset.Load(a.GetRequiredValue(folder), a.GetRequiredValue(split));
            var set = dataset.Sets[0];
            var at = a.GetValue(index);
            if (at < 0 || at >= set.ExampleCount)
            {
                throw new HrmGenException(string.Create(CultureInfo.InvariantCulture, $"--index {at}: the first set of this split has the examples 0 to {set.ExampleCount - 1}"));
            }

            var (question, label) = (new int[dataset.Metadata.seq_len], new int[dataset.Metadata.seq_len]);
            set.CopyInputs(at, question);
            set.CopyLabels(at, label);
            var kind = PuzzleText.KindOf(dataset);
            host.Output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{dataset.Directory} ({dataset.Split}): {kind}, {dataset.ExampleCount:N0} examples in {dataset.GroupCount:N0} groups, seq_len {dataset.Metadata.seq_len}, vocab_size {dataset.Metadata.vocab_size}, data hash {dataset.DataHash[..12]}"));
            var (left, right) = (PuzzleText.Lines(kind, question), PuzzleText.Lines(kind, label));
            var width = left.Count == 0 ? 0 : left.Max(l => l.Length);
            for (var i = 0; i < Math.Max(left.Count, right.Count); i++)
            {
                host.Output.WriteLine(((i < left.Count ? left[i] : "").PadRight(width) + "   " + (i < right.Count ? right[i] : "")).TrimEnd());
            }

            return 0;
        });
        return command;
    }

    private static (Option<int> Train, Option<int> Test) Counts() =>
        (new("--train") { Description = "Training puzzles.", DefaultValueFactory = _ => 1000 }, new("--test") { Description = "Test puzzles.", DefaultValueFactory = _ => 100 });

    private int Report(Func<Action<BuildProgress>, DatasetSummary> build)
    {
        var line = new ProgressLine(host);
        var summary = build(p =>
        {
            if (host.IsRich)
            {
                line.Show(string.Create(CultureInfo.InvariantCulture, $"{p.Stage} {p.Done:N0}/{p.Total:N0}"), true);
            }
        });
        line.End();
        foreach (var split in summary.Splits)
        {
            host.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{summary.Directory}/{split.Name}: {split.Examples:N0} examples of {split.Groups:N0} groups"));
        }

        host.Output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"task: {{ vocab_size: {summary.VocabSize}, seq_len: {summary.SeqLen}, puzzle_embedding: {{ count: {summary.Identifiers} }} }}"));
        foreach (var note in summary.Notes)
        {
            host.Error.WriteLine("note: " + note);
        }

        return 0;
    }
}
