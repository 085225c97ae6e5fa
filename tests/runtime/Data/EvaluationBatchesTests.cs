using System.Runtime.InteropServices;
using HrmGen.Data;

namespace HrmGen.Tests.Data;

public sealed class EvaluationBatchesTests
{
    [Fact]
    public void Examples_come_in_order_and_the_last_batch_is_filled_up()
    {
        PuzzleDataset dataset = PuzzleDataset.Load(PuzzleFiles.Official("arc/official-hrm-v1-mini-aug-1"), "train");
        PuzzleSet set = dataset.Sets[0];
        var batches = new EvaluationBatches(dataset, 10);
        var identifiers = new List<int>();
        long example = 0;

        foreach (EvaluationBatch item in batches)
        {
            using (item)
            {
                int[] inputs = Cells(item.Batch.inputs);
                int[] labels = Cells(item.Batch.labels);
                Assert.Equal((10, example, "all"), (item.Batch.Count, item.FirstExample, item.SetName));
                Assert.Equal(example < 40 ? 10 : 8, item.RealRows);
                for (int row = 0; row < item.RealRows; row++, example++)
                {
                    Assert.Equal(PuzzleFiles.Row(set, example, 900), inputs[(row * 900)..((row + 1) * 900)]);
                    Assert.Equal(PuzzleFiles.Row(set, example, 900, labels: true), labels[(row * 900)..((row + 1) * 900)]);
                }

                Assert.All(inputs[(item.RealRows * 900)..], token => Assert.Equal(0, token));
                Assert.All(labels[(item.RealRows * 900)..], label => Assert.Equal(-100, label));
                identifiers.AddRange(Cells(item.Batch.puzzle_identifiers));
            }
        }

        Assert.Equal(5, batches.Count);
        Assert.Equal(48, example);
        int[] lengths = [3, 3, 4, 4, 4, 4, 3, 3, 5, 5, 5, 5];
        Assert.Equal(lengths.SelectMany((n, puzzle) => Enumerable.Repeat(puzzle + 1, n)).Concat([0, 0]), identifiers);
    }

    [Fact]
    public void They_can_be_enumerated_again_and_a_large_batch_takes_all()
    {
        var batches = new EvaluationBatches(PuzzleDataset.Load(PuzzleFiles.Quickstart, "test"), 512);

        foreach (int time in new[] { 1, 2 })
        {
            using EvaluationBatch batch = Assert.Single(batches);
            Assert.Equal((400, 512L), (batch.RealRows, batch.Batch.Count));
        }

        Assert.Throws<HrmGenException>(() => new EvaluationBatches(PuzzleDataset.Load(PuzzleFiles.Quickstart, "test"), 0));
    }

    [Fact]
    public void Padding_uses_the_tokens_of_the_metadata()
    {
        using var folder = new TemporaryFolder();
        PuzzleFiles.Build(folder, [[1]]);
        string path = Path.Combine(folder.Path, "train", "dataset.json");
        File.WriteAllText(path, File.ReadAllText(path)
            .Replace("\"pad_id\": 0", "\"pad_id\": 7", StringComparison.Ordinal)
            .Replace("\"blank_identifier_id\": 0", "\"blank_identifier_id\": 1", StringComparison.Ordinal));

        using EvaluationBatch batch = new EvaluationBatches(PuzzleDataset.Load(folder.Path, "train"), 2).Single();

        Assert.Equal([2, 2, 2, 2, 7, 7, 7, 7], Cells(batch.Batch.inputs));
        Assert.Equal([-100, 2, 2, 2, -100, -100, -100, -100], Cells(batch.Batch.labels));
        Assert.Equal([1, 1], Cells(batch.Batch.puzzle_identifiers));
    }

    private static int[] Cells(TorchSharp.torch.Tensor tensor) => [.. MemoryMarshal.Cast<byte, int>(tensor.bytes)];
}
