namespace HrmGen.Data.Builders;

/// <summary>What to build from maze tables.</summary>
public sealed record MazeBuildOptions : DatasetOptions
{
    /// <summary>The table (<c>source,question,answer,rating</c>) of the training mazes.</summary>
    public required string TrainCsv { get; init; }

    /// <summary>The table of the test mazes; without one there is no test split.</summary>
    public string? TestCsv { get; init; }

    /// <summary>How many training mazes to draw at random; all where null.</summary>
    public int? SubsampleSize { get; init; }

    /// <summary>
    /// Writes the eight rotations and reflections of each training maze. The official default is none: where several paths are equally
    /// short, an image's label is not the one that the label rule would choose for it.
    /// </summary>
    public bool Augment { get; init; }
}

/// <summary>Builds a maze data set from tables: <c>dataset/build_maze_dataset.py</c> of the official repositories.</summary>
public static class MazeBuilder
{
    /// <summary>Builds the data set.</summary>
    /// <param name="options">What to build.</param>
    /// <param name="progress">Told now and then how far it is.</param>
    /// <exception cref="HrmGenException">An option, table or the output folder is unusable; the message names the line and the fix.</exception>
    public static DatasetSummary Build(MazeBuildOptions options, Action<BuildProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        Options.RequireAtLeast("the subsample size", options.SubsampleSize, 1);
        using PuzzleFolderWriter writer = PuzzleFolderWriter.Create(options.Output, options.Overwrite);
        var codec = new MazeCodec();
        var train = new BoardTable(options.TrainCsv, codec, null, progress);
        var test = options.TestCsv is null ? null : new BoardTable(options.TestCsv, new MazeCodec(), null, progress);
        Tables.RequireSameSize(options.TrainCsv, train, options.TestCsv, test);

        int side = codec.Side;
        var format = new PuzzleSplitFormat(side * side, MazeCodec.VocabSize, Identifiers: 1, StateGroupsAsPuzzles: true);
        byte[] question = new byte[side * side];
        byte[] answer = new byte[side * side];
        var random = new RandomStream(options.Seed);
        SplitSummary trainSplit = Tables.Write(writer, "train", format, train, options.SubsampleSize, random, progress, (split, q, a, rating) =>
        {
            for (int image = 0; image < (options.Augment ? Dihedral.Count : 1); image++)
            {
                Dihedral.Apply(image, q, side, side, question);
                Dihedral.Apply(image, a, side, side, answer);
                Tables.AddPuzzle(split, question, answer, rating);
            }
        });
        return Tables.Finish(writer, format, trainSplit, test, random, progress, [.. Tables.RatingNotes(options.TrainCsv, train, options.TestCsv, test)]);
    }
}
