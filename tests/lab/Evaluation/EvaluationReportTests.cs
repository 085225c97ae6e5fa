using HrmGen.Data.Builders;
using HrmGen.Lab.Evaluation;
using HrmGen.Lab.Tests.Support;

namespace HrmGen.Lab.Tests.Evaluation;

/// <summary>Accuracy by difficulty.</summary>
public sealed class EvaluationReportTests
{
    private const string ByRating = "exact accuracy by rating\n";

    /// <summary>Eight puzzles with the ratings 8 to 1, of which the first three are solved: quarters of two.</summary>
    [Fact]
    public void Quarters_go_from_easy_to_hard() =>
        Assert.EndsWith(ByRating + "     1 to    2  0.00 %  (2)\n     3 to    4  0.00 %  (2)\n     5 to    6  50.00 %  (2)\n     7 to    8  100.00 %  (2)\n", Report([8, 7, 6, 5, 4, 3, 2, 1], solved: 3), StringComparison.Ordinal);

    /// <summary>Half of the puzzles are equally easy: they are one part, and the rest two.</summary>
    [Fact]
    public void Equals_are_never_parted() =>
        Assert.EndsWith(ByRating + "     0 to    0  80.00 %  (5)\n     1 to    1  0.00 %  (1)\n     2 to    3  0.00 %  (2)\n", Report([0, 0, 0, 0, 1, 2, 3, 0], solved: 4), StringComparison.Ordinal);

    [Fact]
    public void Nothing_is_said_where_nothing_is_known_or_all_are_alike()
    {
        Assert.DoesNotContain("by rating", Report(null, solved: 1), StringComparison.Ordinal);
        Assert.DoesNotContain("by rating", Report([5, 5, 5, 5, 5, 5, 5, 5], solved: 1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Eval_reports_ratings_of_data_that_have_them()
    {
        using var folder = SmallModel.Folder();
        var table = Path.Combine(Repository.Root, "samples", "lab", "data", "sudoku4", "test.csv");
        await LabRun.Output_of("data", "build", "sudoku", "--train", table, "--test", table, "--out", folder["data"]);
        var rated = await LabRun.Output_of("eval", SmallModel.Name, "--data", folder["data"]);
        Assert.Contains(ByRating + "     7 to    8  ", rated, StringComparison.Ordinal);

        var file = folder["data/test/all__ratings.npy"];
        var bytes = await File.ReadAllBytesAsync(file);
        await File.WriteAllBytesAsync(file, bytes[..^4]);
        Assert.StartsWith(file + ": ", await LabRun.Error_of("eval", SmallModel.Name, "--data", folder["data"]), StringComparison.Ordinal);
        File.Delete(file);
        Assert.DoesNotContain("by rating", await LabRun.Output_of("eval", SmallModel.Name, "--data", folder["data"]), StringComparison.Ordinal);
    }

    private static string Report(int[]? ratings, int solved)
    {
        using var text = new StringWriter { NewLine = "\n" };
        var spec = Specs.HrmModels.All.Single(m => m.Spec.Name == SmallModel.Name).Spec;
        var cells = new int[spec.SeqLen];
        var puzzles = Enumerable.Range(0, ratings?.Length ?? 8).Select(i => new EvaluatedPuzzle(cells, cells, cells, [i < solved], 1, 0, double.NaN)).ToList();
        new EvaluationReport(text, spec, PuzzleKind.Sudoku, puzzles, ratings).Write("weights", "data");
        return text.ToString();
    }
}
