using System.Collections.Immutable;
using System.Globalization;

namespace HrmGen.Data.Builders;

/// <summary>What building Sudoku and mazes from tables has in common: one example a puzzle, one split a table.</summary>
internal static class Tables
{
    private const int ReportInterval = 256;

    /// <summary>Writes a group: the puzzle, then its images.</summary>
    public delegate void GroupWriter(PuzzleSplitWriter split, ReadOnlySpan<byte> question, ReadOnlySpan<byte> answer, int? rating);

    public static void RequireSameSize(string trainPath, BoardTable train, string? testPath, BoardTable? test)
    {
        if (test is not null && test.Cells != train.Cells)
        {
            throw new HrmGenException(
                $"{testPath}: its puzzles have {test.Cells} cells, those of {trainPath} {train.Cells}. Give two tables of one size.");
        }
    }

    public static SplitSummary Write(
        PuzzleFolderWriter writer,
        string name,
        PuzzleSplitFormat format,
        BoardTable table,
        int? sample,
        RandomStream random,
        Action<BuildProgress>? progress,
        GroupWriter group)
    {
        int total = Math.Min(sample ?? int.MaxValue, table.Count);
        int done = 0;
        using PuzzleSplitWriter split = writer.BeginSplit(name, format with { Rated = table.FirstUnrated is null });
        table.ForEach(sample, random, (question, answer, rating) =>
        {
            group(split, question, answer, rating);
            split.EndGroup();
            done++;
            if (done % ReportInterval == 0 || done == total)
            {
                progress?.Invoke(new BuildProgress(name, done, total));
            }
        });
        return split.Complete();
    }

    public static void AddPuzzle(PuzzleSplitWriter split, ReadOnlySpan<byte> question, ReadOnlySpan<byte> answer, int? rating)
    {
        split.AddExample(question, answer);
        split.EndPuzzle(0, rating);
    }

    /// <summary>Tells of tables that are built without ratings.</summary>
    public static IEnumerable<string> RatingNotes(string trainPath, BoardTable train, string? testPath, BoardTable? test) =>
        new[] { (Path: trainPath, Table: train), (Path: testPath ?? "", Table: test) }
            .Where(t => t.Table?.FirstUnrated is not null)
            .Select(t => string.Create(CultureInfo.InvariantCulture, $"{t.Path}({t.Table!.FirstUnrated}): the rating is no whole number, so the split has no ratings."));

    /// <summary>Writes the test split, which is never augmented nor sampled, and puts the folder in place.</summary>
    public static DatasetSummary Finish(
        PuzzleFolderWriter writer,
        PuzzleSplitFormat format,
        SplitSummary train,
        BoardTable? test,
        RandomStream random,
        Action<BuildProgress>? progress,
        ImmutableArray<string> notes)
    {
        ImmutableArray<SplitSummary> splits = test is null
            ? [train]
            : [train, Write(writer, "test", format, test, null, random, progress, AddPuzzle)];
        writer.WriteIdentifiers(["<blank>"]);
        writer.Commit();
        return new DatasetSummary(writer.Target, format.SeqLen, format.VocabSize, format.Identifiers, splits, notes);
    }
}
