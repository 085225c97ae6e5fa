using HrmGen.Data;
using HrmGen.Tests.Models;
using HrmGen.Training;

namespace HrmGen.Tests.Training;

/// <summary><c>data.refill: queue</c>: a row that halts takes the next example, and none is lost.</summary>
public class QueueTests
{
    private const int Rows = 8, Steps = 40;

    [Theory]
    [InlineData(RefillMode.Queue)]
    [InlineData(RefillMode.Offered)]
    public void Halted_rows_take_the_next_examples_and_the_others_keep_theirs(RefillMode mode)
    {
        using var model = TinyModels.Create("EvaluateHalt");
        using var step = TinyModels.Step(model, o => o with { Refill = mode, LearningRate = 0 });
        var batches = Batches();
        using var offers = new OfferedBatches(batches);
        var source = new Source();
        Assert.Null(step.HaltedRows);
        var (held, halted, taken) = (new string[Rows], Enumerable.Repeat(true, Rows).ToArray(), 0);
        for (var i = 0; i < Steps; i++)
        {
            TinyModels.DrawHaltingHead(model, seed: i);
            var output = step.Step(offers.For(step));
            var now = Texts(output.Data);
            for (var row = 0; row < Rows; row++)
            {
                var offered = mode == RefillMode.Offered || halted[row] ? source.Next() : "";
                held[row] = halted[row] ? offered : held[row];
                taken += halted[row] ? 1 : 0;
            }

            Assert.Equal(held, now);
            halted = output.halted.Bools();
            Assert.Equal(halted, step.HaltedRows);
        }

        // Some rows halt early and others do not; else both modes would be the same.
        Assert.InRange(taken, Rows + 20, (Rows * Steps) - 20);
        Assert.Equal(mode == RefillMode.Offered ? Steps : (taken + Rows - 1) / Rows, source.Drawn);
    }

    private static TrainingBatches Batches() => new(PuzzleDataset.Load(Path.Combine(AppContext.BaseDirectory, "Data", "quickstart", "sudoku4"), "train"), Rows, seed: 0);

    private static string[] Texts(PuzzleBatch batch) =>
        [.. batch.inputs.Ints().Chunk((int)batch.inputs.size(1)).Zip(batch.labels.Ints().Chunk((int)batch.inputs.size(1)), (q, a) => string.Join(' ', q) + " / " + string.Join(' ', a))];

    // The same examples, batch after batch.
    private sealed class Source
    {
        private readonly TrainingBatches batches = Batches();
        private readonly Queue<string> rows = new();

        public int Drawn { get; private set; }

        public string Next()
        {
            if (rows.Count == 0)
            {
                using var batch = batches.Next();
                Array.ForEach(Texts(batch), rows.Enqueue);
                Drawn++;
            }

            return rows.Dequeue();
        }
    }
}
