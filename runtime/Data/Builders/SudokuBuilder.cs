using System.Collections.Immutable;
using System.Globalization;

namespace HrmGen.Data.Builders;

/// <summary>What to build from Sudoku tables.</summary>
public sealed record SudokuBuildOptions : DatasetOptions
{
    /// <summary>The table (<c>source,question,answer,rating</c>) of the training puzzles.</summary>
    public required string TrainCsv { get; init; }

    /// <summary>The table of the test puzzles; without one there is no test split.</summary>
    public string? TestCsv { get; init; }

    /// <summary>How many training puzzles to draw at random; all where null.</summary>
    public int? SubsampleSize { get; init; }

    /// <summary>Leaves out puzzles of both tables whose rating is lower.</summary>
    public int? MinDifficulty { get; init; }

    /// <summary>Random symmetries of each training puzzle, besides itself (1000 in the papers).</summary>
    public int NumAug { get; init; }

    /// <summary>
    /// Writes augmented tokens as one byte each instead of the eight that the official builder takes. Every loader reads both.
    /// </summary>
    public bool Compact { get; init; }
}

/// <summary>Builds a Sudoku data set from tables: <c>dataset/build_sudoku_dataset.py</c> of the official repositories, for any box size.</summary>
public static class SudokuBuilder
{
    private const int ChoiceStream = 0;
    private const int ShuffleStream = 1;

    /// <summary>Builds the data set.</summary>
    /// <param name="options">What to build.</param>
    /// <param name="progress">Told now and then how far it is.</param>
    /// <exception cref="HrmGenException">An option, table or the output folder is unusable; the message names the line and the fix.</exception>
    public static DatasetSummary Build(SudokuBuildOptions options, Action<BuildProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        var random = new RandomStream(options.Seed, ShuffleStream);
        return Build(options, size => SudokuTransform.Random(size, random), progress);
    }

    /// <summary>With the shuffles given, so that tests can repeat the draws that the official builder made.</summary>
    internal static DatasetSummary Build(
        SudokuBuildOptions options, Func<SudokuSize, SudokuTransform> shuffle, Action<BuildProgress>? progress = null)
    {
        Options.RequireAtLeast("the number of augmentations", options.NumAug, 0);
        Options.RequireAtLeast("the subsample size", options.SubsampleSize, 1);
        using PuzzleFolderWriter writer = PuzzleFolderWriter.Create(options.Output, options.Overwrite);
        var codec = new SudokuCodec();
        var train = new BoardTable(options.TrainCsv, codec, options.MinDifficulty, progress);
        var test = options.TestCsv is null ? null : new BoardTable(options.TestCsv, new SudokuCodec(), options.MinDifficulty, progress);
        Tables.RequireSameSize(options.TrainCsv, train, options.TestCsv, test);

        SudokuSize size = codec.Size;
        var format = new PuzzleSplitFormat(size.Cells, size.VocabSize, Identifiers: 1, StateGroupsAsPuzzles: true);
        byte[] question = new byte[size.Cells];
        byte[] answer = new byte[size.Cells];
        var random = new RandomStream(options.Seed, ChoiceStream);
        SplitSummary trainSplit = Tables.Write(
            writer, "train", format with { WideTokens = options.NumAug > 0 && !options.Compact }, train, options.SubsampleSize, random, progress,
            (split, q, a, rating) =>
            {
                Tables.AddPuzzle(split, q, a, rating);
                for (int i = 0; i < options.NumAug; i++)
                {
                    SudokuTransform transform = shuffle(size);
                    transform.Apply(q, question);
                    transform.Apply(a, answer);
                    Tables.AddPuzzle(split, question, answer, rating);
                }
            });
        return Tables.Finish(writer, format, trainSplit, test, random, progress, Notes(options, train, test));
    }

    private static ImmutableArray<string> Notes(SudokuBuildOptions options, BoardTable train, BoardTable? test)
    {
        var notes = ImmutableArray.CreateBuilder<string>();
        if (options.MinDifficulty is { } minimum)
        {
            int left = train.Rows - train.Count + (test is null ? 0 : test.Rows - test.Count);
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"{left} puzzles with a rating below {minimum} were left out."));
        }

        if (options.SubsampleSize is { } wanted && wanted > train.Count)
        {
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"{wanted} training puzzles were asked for; all {train.Count} were taken."));
        }

        notes.AddRange(Tables.RatingNotes(options.TrainCsv, train, options.TestCsv, test));
        return notes.ToImmutable();
    }
}
