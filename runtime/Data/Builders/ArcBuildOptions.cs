namespace HrmGen.Data.Builders;

/// <summary>What to build from ARC tasks.</summary>
public sealed record ArcBuildOptions : DatasetOptions
{
    /// <summary>
    /// Where the tasks are: the common beginning of combined files (<c>kaggle/combined/arc-agi</c> for
    /// <c>arc-agi_training_challenges.json</c>, plain or .gz), or a folder that holds a folder for each subset.
    /// </summary>
    public required string Source { get; init; }

    /// <summary>The subsets, in order: <c>training</c>, <c>evaluation</c>, <c>concept</c>.</summary>
    public required IReadOnlyList<string> Subsets { get; init; }

    /// <summary>
    /// Subsets whose tests become the test split, while their demonstrations train like everything else.
    /// </summary>
    public IReadOnlyList<string> TestSubsets { get; init; } = ["evaluation"];

    /// <summary>Augmentations of each task, besides itself; the papers' number.</summary>
    public int NumAug { get; init; } = 1000;

    /// <summary>The first puzzle identifier; over 1 where several data sets share one puzzle embedding.</summary>
    public int IdentifiersStart { get; init; } = 1;
}
