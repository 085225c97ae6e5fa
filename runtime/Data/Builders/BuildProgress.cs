using System.Collections.Immutable;

namespace HrmGen.Data.Builders;

/// <summary>How far a builder is; reported a few times a second at most by count, so a caller may print each.</summary>
/// <param name="Stage">What is being done, for instance <c>train</c> or <c>read train.csv</c>.</param>
/// <param name="Done">Units done: rows, groups or puzzles.</param>
/// <param name="Total">Units in all.</param>
public readonly record struct BuildProgress(string Stage, long Done, long Total);

/// <summary>What every builder needs to know.</summary>
public abstract record DatasetOptions
{
    /// <summary>The folder to write; it must not exist yet, or be empty, unless <see cref="Overwrite"/> is set.</summary>
    public required string Output { get; init; }

    /// <summary>Seed of every random draw: the same options and seed give the same bytes.</summary>
    public long Seed { get; init; }

    /// <summary>Replaces a data set that is already there. Folders that hold anything else are never replaced.</summary>
    public bool Overwrite { get; init; }
}

/// <summary>What one written split holds.</summary>
/// <param name="Name">The split's folder: <c>train</c> or <c>test</c>.</param>
/// <param name="Groups">Original puzzles, each with its augmentations.</param>
/// <param name="Puzzles">Puzzles, augmentations included.</param>
/// <param name="Examples">Rows of the arrays.</param>
public sealed record SplitSummary(string Name, long Groups, long Puzzles, long Examples);

/// <summary>What a builder wrote.</summary>
/// <param name="Directory">The folder of the data set.</param>
/// <param name="SeqLen">Cells of a puzzle: the spec's <c>task.seq_len</c>.</param>
/// <param name="VocabSize">Number of token values: the spec's <c>task.vocab_size</c>.</param>
/// <param name="Identifiers">Puzzle identifiers with the blank one: the spec's <c>task.puzzle_embedding.count</c>.</param>
/// <param name="Splits">The splits in the order of writing.</param>
/// <param name="Notes">Things a user should know: rows left out, augmentations that were not to be had. One sentence each.</param>
public sealed record DatasetSummary(
    string Directory, int SeqLen, int VocabSize, int Identifiers, ImmutableArray<SplitSummary> Splits, ImmutableArray<string> Notes);
