using System.Runtime.InteropServices;
using HrmGen.Data;

namespace HrmGen.Tests.Data;

public sealed class SudokuDigitRelabellingTests
{
    [Fact]
    public void Relabelled_rows_are_valid_sudokus_of_the_same_class()
    {
        PuzzleDataset dataset = PuzzleDataset.Load(PuzzleFiles.Official("sudoku9/official-25-aug-7"), "train");
        var plain = new TrainingBatches(dataset, 25, seed: 4, epochs: 1);
        var relabelled = new TrainingBatches(dataset, 25, seed: 4, epochs: 1, augmentation: new SudokuDigitRelabelling(11));
        using PuzzleBatch before = plain.Next();
        using PuzzleBatch after = relabelled.Next();
        (int[] question, int[] answer) = (Cells(before.inputs), Cells(before.labels));
        (int[] newQuestion, int[] newAnswer) = (Cells(after.inputs), Cells(after.labels));
        var permutations = new HashSet<string>();

        for (int row = 0; row < 25; row++)
        {
            int[] old = answer[(row * 81)..((row + 1) * 81)];
            int[] grid = newAnswer[(row * 81)..((row + 1) * 81)];
            AssertSolved(grid);

            // The first draw of the first row comes before any relabelling; later rows pick other puzzles. Compare clue patterns only
            // there, and in every row that the question agrees with its own answer.
            for (int cell = 0; cell < 81; cell++)
            {
                int token = newQuestion[(row * 81) + cell];
                Assert.True(token == 1 || token == grid[cell]);
            }

            permutations.Add(string.Join(",", Enumerable.Range(2, 9).Select(digit => grid[Array.IndexOf(old, digit)])));
        }

        Assert.Equal(question.Count(token => token == 1), newQuestion.Count(token => token == 1));
        Assert.InRange(permutations.Count, 24, 25);
    }

    [Fact]
    public void Every_permutation_of_the_digits_comes_up_equally_often_and_nothing_else_changes()
    {
        var augmentation = new SudokuDigitRelabelling(6);
        var random = new RandomStream(seed: 21);
        var counts = new Dictionary<string, int>();
        for (int i = 0; i < 2400; i++)
        {
            int[] inputs = [0, 1, 2, 3, 4, 5, 1, 0];
            int[] labels = [-100, 2, 2, 3, 4, 5, -100, 5];
            augmentation.Apply(inputs, labels, random);

            Assert.Equal([0, 1], inputs[..2]);
            Assert.Equal([1, 0], inputs[6..]);
            Assert.Equal(inputs[2..6], labels[2..6]);
            Assert.Equal([-100, inputs[2]], labels[..2]);
            Assert.Equal([-100, inputs[5]], labels[6..]);
            string key = string.Join("", inputs[2..6]);
            counts[key] = counts.GetValueOrDefault(key) + 1;
        }

        Assert.Equal(24, counts.Count);
        Assert.All(counts.Values, count => Assert.InRange(count, 60, 145));
    }

    [Fact]
    public void Data_of_another_vocabulary_is_refused()
    {
        PuzzleDataset dataset = PuzzleDataset.Load(PuzzleFiles.Quickstart, "train");

        string error = Assert.Throws<HrmGenException>(
            () => new TrainingBatches(dataset, 4, seed: 1, augmentation: new SudokuDigitRelabelling(11))).Message;

        Assert.Contains("vocab_size 11, the data set has 6", error, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new SudokuDigitRelabelling(3));
    }

    private static int[] Cells(TorchSharp.torch.Tensor tensor) => [.. MemoryMarshal.Cast<byte, int>(tensor.bytes)];

    private static void AssertSolved(int[] grid)
    {
        for (int unit = 0; unit < 9; unit++)
        {
            foreach (IEnumerable<int> cells in new[]
            {
                Enumerable.Range(0, 9).Select(i => (unit * 9) + i),
                Enumerable.Range(0, 9).Select(i => (i * 9) + unit),
                Enumerable.Range(0, 9).Select(i => ((((unit / 3) * 3) + (i / 3)) * 9) + ((unit % 3) * 3) + (i % 3)),
            })
            {
                Assert.Equal(Enumerable.Range(2, 9), cells.Select(cell => grid[cell]).Order());
            }
        }
    }
}
