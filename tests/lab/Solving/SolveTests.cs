using System.Globalization;
using HrmGen.Checkpoints;
using HrmGen.Data;
using HrmGen.Halting;
using HrmGen.Lab.Tests.Support;

namespace HrmGen.Lab.Tests.Solving;

/// <summary><c>hrmgen solve</c> prints what the model answers.</summary>
public sealed class SolveTests
{
    private const string Puzzle = ".1.3...2.....4..";

    /// <summary>The boards after each step, straight from a model with the weights of a file: other tests draw from torch's generator too.</summary>
    internal static int[][] Boards(string puzzle, string weights)
    {
        using var model = SmallModel.Model(SmallModel.Name, seed: 0);
        StateDict.Load(model.Module, weights);
        var inputs = new int[1, 16];
        for (var i = 0; i < 16; i++)
        {
            inputs[0, i] = puzzle[i] == '.' ? 1 : puzzle[i] - '0' + 1;
        }

        using var batch = PuzzleBatch.Create(inputs, inputs);
        return [.. model.Evaluate(batch, halting: EvaluationHalting.AllSteps).Select(o => o.Predictions.preds.data<long>().Select(t => (int)t).ToArray())];
    }

    [Fact]
    public async Task PrintsTheBoardAfterEachStep()
    {
        using var folder = SmallModel.Folder();
        var weights = SmallModel.Weights(folder, seed: 5);
        var (code, output, error) = await SmallModel.Run("solve", SmallModel.Name, Puzzle, "--checkpoint", weights);
        Assert.Equal((0, ""), (code, error));
        Assert.DoesNotContain('\e', output);
        var before = Tokens(Puzzle);
        var expected = new List<string>();
        foreach (var board in Boards(Puzzle, weights))
        {
            for (var r = 0; r < 4; r++)
            {
                expected.Add(" " + string.Concat(Enumerable.Range(4 * r, 4).Select(c => (board[c] == before[c] ? " " : "*") + Glyph(board[c]))));
            }

            before = board;
        }

        var lines = output.Split('\n');
        Assert.Equal(expected, Enumerable.Range(0, lines.Length).Where(i => lines[i].StartsWith("step ", StringComparison.Ordinal)).SelectMany(i => lines[(i + 1)..(i + 5)]));
        Assert.Equal("answer " + string.Concat(before.Select(Glyph)), lines[^2]);
        Assert.Contains("halt ", output, StringComparison.Ordinal);
        Assert.DoesNotContain("continue", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1...", "error: puzzle: a 4x4 Sudoku has 16 cells")]
    [InlineData("1...2...3...4..8", "'8' at position 16 (row 4, column 4)")]
    public async Task ErrorsAreOneLine(string puzzle, string message)
    {
        var (code, output, error) = await SmallModel.Run("solve", SmallModel.Name, puzzle);
        Assert.Equal((1, ""), (code, output));
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(c => c == '\n'));
    }

    [Theory]
    [InlineData("--puzzle-id", "1", "knows the puzzles 0 to 0")]
    [InlineData("--steps", "0", "there is at least one")]
    [InlineData("--checkpoint", "nowhere.safetensors", "nowhere.safetensors")]
    [InlineData("--kind", "chess", "there is no such kind of puzzle")]
    public async Task OptionsThatDoNotFit(string option, string value, string message)
    {
        var (code, _, error) = await SmallModel.Run("solve", SmallModel.Name, Puzzle, option, value);
        Assert.Equal(1, code);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    private static int[] Tokens(string puzzle) => [.. puzzle.Select(c => c == '.' ? 1 : c - '0' + 1)];

    private static string Glyph(int token) => token == 0 ? "?" : token == 1 ? "." : (token - 1).ToString(CultureInfo.InvariantCulture);
}
