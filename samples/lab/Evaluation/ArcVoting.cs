using System.Globalization;
using HrmGen.Data;
using HrmGen.Data.Builders;

namespace HrmGen.Lab.Evaluation;

/// <summary>
/// ARC's score: the answers to all augmentations of a task's test are turned back and vote; a test is solved if the right grid is among
/// the first k (official evaluators/arc.py). Votes of one number are ordered by the halting head's mean confidence.
/// </summary>
internal static class ArcVoting
{
    private static readonly int[] Tries = [1, 2, 5, 10, 100, 1000];

    /// <summary>One test of a task.</summary>
    /// <param name="Task">The task's name.</param>
    /// <param name="Votes">The answers, each turned back, with the confidence of each vote.</param>
    /// <param name="Right">The right grid, as text.</param>
    internal sealed record Test(string Task, List<(string Grid, double Confidence)> Votes, string Right);

    /// <summary>Writes the share of tests, averaged over tasks, that are solved within k tries.</summary>
    public static void Write(TextWriter output, PuzzleDataset dataset, IReadOnlyList<EvaluatedPuzzle> puzzles)
    {
        if (dataset.ReadIdentifiers() is not { } names)
        {
            output.WriteLine("ARC voting needs identifiers.json beside the splits, which names the task and augmentation of each puzzle");
            return;
        }

        var tests = Collect(puzzles, id => id < names.Length ? names[id] : "");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"ARC: {tests.Select(t => t.Task).Distinct().Count()} tasks, {tests.Count} tests, votes over augmentations"));
        foreach (var k in Tries)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  pass@{k,-5} {100 * PassAt(tests, k):0.00} %"));
        }
    }

    /// <summary>The tests of a split with their votes. Inputs that are equal once turned back are the same test.</summary>
    public static List<Test> Collect(IEnumerable<EvaluatedPuzzle> puzzles, Func<int, string> nameOf)
    {
        var tests = new Dictionary<(string, string), Test>();
        foreach (var puzzle in puzzles)
        {
            var (task, augmentation) = ArcAugmentation.Parse(nameOf(puzzle.Puzzle));
            if (Back(augmentation, puzzle.Question) is not { } input || Back(augmentation, puzzle.Label) is not { } right)
            {
                continue;
            }

            if (!tests.TryGetValue((task, input), out var test))
            {
                tests.Add((task, input), test = new(task, [], right));
            }

            if (Back(augmentation, puzzle.Answer) is { } answer)
            {
                test.Votes.Add((answer, double.IsNaN(puzzle.Confidence) ? 0 : puzzle.Confidence));
            }
        }

        return [.. tests.Values];
    }

    /// <summary>The mean over tasks of the part of their tests that are solved within k tries.</summary>
    public static double PassAt(IReadOnlyCollection<Test> tests, int k) => tests.Count == 0 ? 0 : tests.GroupBy(t => t.Task, StringComparer.Ordinal).Average(task => task.Average(test =>
        test.Votes.GroupBy(v => v.Grid, StringComparer.Ordinal)
            .OrderByDescending(g => g.Count()).ThenByDescending(g => g.Average(v => v.Confidence)).ThenBy(g => g.Key, StringComparer.Ordinal)
            .Take(k).Any(g => g.Key == test.Right) ? 1.0 : 0.0));

    private static string? Back(ArcAugmentation augmentation, int[] tokens) =>
        ArcSequence.Crop(tokens) is { } grid && augmentation.Undo(grid) is var undone ? $"{undone.Rows}x{undone.Columns}:{Convert.ToHexString(undone.Cells)}" : null;
}
