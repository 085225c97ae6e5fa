using HrmGen.Checkpoints;
using HrmGen.Tests.Data;
using HrmGen.Tests.Own;
using static TorchSharp.torch;

namespace HrmGen.Tests.Checkpoints;

/// <summary>A puzzle embedding of another number of puzzles, as the official scripts take it.</summary>
public sealed class OtherPuzzlesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Every_row_becomes_the_mean_and_the_report_says_so()
    {
        using var scope = NewDisposeScope();
        using var saved = new OneSupervisionStep();
        var dim = saved.PuzzleEmbedding!.weights.size(1);
        using var table = randn(7, dim);
        void Write(Tensor puzzles) => SafetensorsFile.Write(
            folder.File("other"), StateDict.Of(saved).Select(s => ("model.inner." + s.name, s.name == "puzzle_emb.weights" ? puzzles : s.tensor)));

        Write(table);
        using var loaded = new OneSupervisionStep();
        var message = Assert.Throws<StateDictMismatchException>(() => StateDict.Load(loaded, folder.File("other"))).Message;
        Assert.Contains($"puzzle_emb.weights ([7, {dim}] in the file, [3, {dim}] in the model)", message, StringComparison.Ordinal);

        var report = StateDict.Load(loaded, folder.File("other"), otherPuzzles: true);
        Assert.True(report.IsExact);
        Assert.Contains("puzzle_emb.weights", report.Loaded);
        Assert.Contains("every row became the mean", Assert.Single(report.Notes), StringComparison.Ordinal);
        Assert.Contains("every row became the mean", report.ToString(), StringComparison.Ordinal);
        for (var row = 0; row < 3; row++)
        {
            Assert.Equal(TinyRun.Bytes(table.mean([0])), TinyRun.Bytes(loaded.PuzzleEmbedding!.weights[row]));
        }

        Assert.Equal(TinyRun.Bytes(saved.state_dict()["lm_head.weight"]), TinyRun.Bytes(loaded.state_dict()["lm_head.weight"]));

        // The same number is itself, and another length of a row fits nowhere.
        Write(table[..3]);
        Assert.Empty(StateDict.Load(loaded, folder.File("other"), otherPuzzles: true).Notes);
        Assert.Equal(TinyRun.Bytes(table[..3]), TinyRun.Bytes(loaded.PuzzleEmbedding!.weights));
        Write(randn(7, dim + 1));
        Assert.Throws<StateDictMismatchException>(() => StateDict.Load(loaded, folder.File("other"), otherPuzzles: true));
    }
}
