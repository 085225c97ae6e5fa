using HrmGen.Data;

namespace HrmGen.Lab.Evaluation;

/// <summary>How difficult the puzzles of a split are, as their table said.</summary>
internal static class PuzzleRatings
{
    /// <summary>A rating for each example, in the order of evaluation; null where some set has none, as the official builders write none.</summary>
    public static IReadOnlyList<int>? Of(PuzzleDataset dataset) => dataset.Sets.Any(s => s.Ratings is null)
        ? null
        : [.. dataset.Sets.SelectMany(OfExamples)];

    private static IEnumerable<int> OfExamples(PuzzleSet set) => Enumerable.Range(0, set.PuzzleCount)
        .SelectMany(p => Enumerable.Repeat(set.Ratings![p], set.ExamplesOf(p).End - set.ExamplesOf(p).Start));
}
