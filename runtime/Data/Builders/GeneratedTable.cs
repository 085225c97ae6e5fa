using System.Globalization;

namespace HrmGen.Data.Builders;

/// <summary>A puzzle that a generator made.</summary>
/// <param name="Question">Tokens of the question.</param>
/// <param name="Answer">Tokens of the answer.</param>
/// <param name="Rating">How difficult it is.</param>
/// <param name="Class">The same for images of one another.</param>
/// <param name="Family">What training and test must not share even where the class differs, such as the solved grid; null for nothing.</param>
internal sealed record GeneratedPuzzle(byte[] Question, byte[] Answer, int Rating, string Class, string? Family = null);

/// <summary>Splits generated puzzles and writes them, as a data set and as the tables that the builders read.</summary>
internal sealed class GeneratedTable
{
    /// <summary>The folder of the tables in the data set's folder.</summary>
    public const string Folder = "csv";

    private const int Patience = 5000;
    private const int ReportInterval = 64;

    private readonly GenerateOptions _options;
    private readonly Func<GeneratedPuzzle?> _next;
    private readonly string _advice;
    private readonly Action<BuildProgress>? _progress;

    /// <param name="options">How many puzzles.</param>
    /// <param name="next">Makes a puzzle, or null where a try did not succeed.</param>
    /// <param name="advice">What to change when no new puzzles are found: a sentence.</param>
    /// <param name="progress">Told now and then how far it is.</param>
    public GeneratedTable(GenerateOptions options, Func<GeneratedPuzzle?> next, string advice, Action<BuildProgress>? progress)
    {
        Options.RequireAtLeast("the number of training puzzles", options.Train, 1);
        Options.RequireAtLeast("the number of test puzzles", options.Test, 0);
        (_options, _next, _advice, _progress) = (options, next, advice, progress);
    }

    /// <summary>Makes the puzzles and writes the data set.</summary>
    /// <param name="format">What the arrays are like.</param>
    /// <param name="source">The first column of the tables.</param>
    /// <param name="text">A board as the tables have it.</param>
    public DatasetSummary Write(PuzzleSplitFormat format, string source, Func<byte[], string> text)
    {
        using PuzzleFolderWriter writer = PuzzleFolderWriter.Create(_options.Output, _options.Overwrite);
        // Test first: training then takes anything but their images, which leaves it far more puzzles than the reverse.
        var taken = new HashSet<string>(StringComparer.Ordinal);
        List<GeneratedPuzzle> test = Make("test", _options.Test, puzzle => taken.Add(puzzle.Class));
        taken.UnionWith(test.Select(puzzle => puzzle.Family).OfType<string>());
        var questions = new HashSet<string>(StringComparer.Ordinal);
        List<GeneratedPuzzle> train = Make("train", _options.Train, puzzle =>
            !taken.Contains(puzzle.Class) && !(puzzle.Family is { } family && taken.Contains(family)) && questions.Add(text(puzzle.Question)));

        var splits = new List<SplitSummary>();
        foreach ((string name, List<GeneratedPuzzle> puzzles) in new[] { ("train", train), ("test", test) })
        {
            if (puzzles.Count == 0)
            {
                continue;
            }

            using PuzzleSplitWriter split = writer.BeginSplit(name, format with { Rated = true });
            foreach (GeneratedPuzzle puzzle in puzzles)
            {
                Tables.AddPuzzle(split, puzzle.Question, puzzle.Answer, puzzle.Rating);
                split.EndGroup();
            }

            splits.Add(split.Complete());
            writer.WriteText(Path.Combine(Folder, name + ".csv"), table =>
            {
                table.WriteLine("source,question,answer,rating");
                foreach (GeneratedPuzzle puzzle in puzzles)
                {
                    table.WriteLine(string.Create(
                        CultureInfo.InvariantCulture, $"{source},{text(puzzle.Question)},{text(puzzle.Answer)},{puzzle.Rating}"));
                }
            });
        }

        writer.WriteIdentifiers(["<blank>"]);
        writer.Commit();
        return new DatasetSummary(writer.Target, format.SeqLen, format.VocabSize, format.Identifiers, [.. splits], []);
    }

    private List<GeneratedPuzzle> Make(string name, int count, Func<GeneratedPuzzle, bool> isNew)
    {
        var puzzles = new List<GeneratedPuzzle>(Math.Min(count, 1 << 20));
        int failures = 0;
        while (puzzles.Count < count)
        {
            if (_next() is { } puzzle && isNew(puzzle))
            {
                puzzles.Add(puzzle);
                failures = 0;
                if (puzzles.Count % ReportInterval == 0 || puzzles.Count == count)
                {
                    _progress?.Invoke(new BuildProgress(name, puzzles.Count, count));
                }
            }
            else if (++failures == Patience)
            {
                throw new HrmGenException(
                    $"{_options.Output}: after {puzzles.Count} of {count} puzzles for {name}, {Patience} tries in a row gave none that is new. {_advice}");
            }
        }

        return puzzles;
    }
}
