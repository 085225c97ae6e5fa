using System.Runtime.InteropServices;
using HrmGen.Data;
using static TorchSharp.torch;

namespace HrmGen.Tests.Data;

public sealed class TrainingBatchesTests : IDisposable
{
    // Group 0 has one puzzle of 3 examples, group 1 two of 1 and 4, and so on: 5 groups, 8 puzzles, 17 examples.
    private static readonly int[][] Groups = [[3], [1, 4], [1], [2, 2], [3, 1]];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Each_epoch_takes_each_group_once_and_all_its_examples_of_one_puzzle()
    {
        PuzzleDataset dataset = PuzzleFiles.Build(_folder, Groups);

        // One row at a time would cut puzzles short, so read the visits off the rows of long batches: 400 epochs in one stream.
        List<(int Example, int Puzzle)> rows = Take(new TrainingBatches(dataset, 1, seed: 3, epochs: 400));
        int[] groups = [.. rows.Select(row => GroupOf(row.Puzzle))];

        Assert.Equal(400 * Groups.Length, groups.Length);
        Assert.All(groups.Chunk(Groups.Length), epoch => Assert.Equal([0, 1, 2, 3, 4], epoch.Order()));
        Assert.InRange(groups.Chunk(Groups.Length).Select(epoch => string.Join("", epoch)).Distinct().Count(), 100, 120);
        Assert.All(rows, row => Assert.Equal(row.Puzzle, PuzzleOf(row.Example)));

        // Both puzzles of group 1 and all four examples of the second come up, each about as often as the others.
        int[] group1 = [.. rows.Where(row => row.Puzzle is 1 or 2).Select(row => row.Example)];
        Assert.InRange(group1.Count(e => e == 3), 160, 240);
        Assert.All(new[] { 4, 5, 6, 7 }, e => Assert.InRange(group1.Count(x => x == e), 25, 75));
    }

    [Fact]
    public void Puzzles_fill_the_room_that_is_left_without_repeating_an_example()
    {
        PuzzleDataset dataset = PuzzleFiles.Build(_folder, [[5], [7], [6]]);
        var batches = new TrainingBatches(dataset, 8, seed: 1, epochs: 300);

        for (int i = 0; batches.TryNext(out PuzzleBatch? batch); i++)
        {
            List<(int Example, int Puzzle)> rows = Rows(batch);
            batch.Dispose();

            // Two puzzles a batch: the first whole, of the second what there is room for.
            int[] puzzles = [.. rows.Select(row => row.Puzzle)];
            int whole = new[] { 5, 7, 6 }[puzzles[0]];
            Assert.Equal(Enumerable.Repeat(puzzles[0], whole).Concat(Enumerable.Repeat(puzzles[^1], 8 - whole)), puzzles);
            foreach (var visit in new[] { rows[..whole], rows[whole..] })
            {
                Assert.Equal(visit.Count, visit.Select(row => row.Example).Distinct().Count());
            }
        }

        Assert.Equal(450, batches.BatchCount);
    }

    [Fact]
    public void Incomplete_batches_are_dropped_at_the_end_of_an_iteration_only()
    {
        PuzzleDataset dataset = PuzzleFiles.Build(_folder, [[1], [1], [1], [1], [1]]);
        static int[] Puzzles(TrainingBatches batches) => [.. Take(batches).Select(row => row.Puzzle)];

        // 3 epochs of 5 are 15 rows: 7 batches of 2 in one go, but 2 an epoch when each epoch ends an iteration.
        Assert.Equal(14, Puzzles(new TrainingBatches(dataset, 2, seed: 5, epochs: 3)).Length);
        int[] cut = Puzzles(new TrainingBatches(dataset, 2, seed: 5, epochs: 3, epochs_per_iteration: 1));
        Assert.Equal(12, cut.Length);
        Assert.All(cut.Chunk(4), epoch => Assert.Equal(4, epoch.Distinct().Count()));

        // A batch larger than an epoch reaches into the following ones.
        Assert.Single(Puzzles(new TrainingBatches(dataset, 12, seed: 5, epochs: 4)).Chunk(12));
        string error = Assert.Throws<HrmGenException>(() => new TrainingBatches(dataset, 12, seed: 5, epochs: 2)).Message;
        Assert.Contains("never fill a batch", error, StringComparison.Ordinal);
        Assert.Throws<HrmGenException>(() => new TrainingBatches(dataset, 2, seed: 5, epochs: 3, epochs_per_iteration: 2));
        Assert.Throws<HrmGenException>(() => new TrainingBatches(dataset, 0, seed: 5));
    }

    [Fact]
    public void Without_end_the_batches_go_on_and_with_one_they_stop()
    {
        PuzzleDataset dataset = PuzzleFiles.Build(_folder, Groups);
        var endless = new TrainingBatches(dataset, 4, seed: 1);
        for (int i = 0; i < 1000; i++)
        {
            endless.Next().Dispose();
        }

        Assert.InRange(endless.Epoch, 300, 1000);
        var one = new TrainingBatches(dataset, 5, seed: 1, epochs: 1);
        one.Next().Dispose();
        while (one.TryNext(out PuzzleBatch? batch))
        {
            batch.Dispose();
        }

        Assert.Equal(1, one.Epoch);
        Assert.Contains("1 epochs are over", Assert.Throws<HrmGenException>(() => one.Next()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_seed_decides_everything()
    {
        PuzzleDataset dataset = PuzzleFiles.Build(_folder, Groups);
        List<(int, int)> first = Take(new TrainingBatches(dataset, 4, seed: 7, epochs: 20));

        Assert.Equal(first, Take(new TrainingBatches(dataset, 4, seed: 7, epochs: 20)));
        Assert.NotEqual(first, Take(new TrainingBatches(dataset, 4, seed: 8, epochs: 20)));
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(1, null)]
    [InlineData(13, 2L)]
    [InlineData(14, 2L)]
    [InlineData(30, 5L)]
    public void A_restored_sampler_goes_on_identically(int after, long? epochsPerIteration)
    {
        PuzzleDataset dataset = PuzzleFiles.Build(_folder, Groups, vocabSize: 30);
        TrainingBatches Fresh() => new(
            dataset, 5, seed: 9, epochs: 20, epochs_per_iteration: epochsPerIteration, augmentation: new SudokuDigitRelabelling(30));
        TrainingBatches original = Fresh();
        for (int i = 0; i < after; i++)
        {
            original.Next().Dispose();
        }

        string json = original.ExportState().ToJson();
        List<int[]> rest = Contents(original);
        TrainingBatches restored = Fresh();
        restored.RestoreState(SamplerState.FromJson(json));

        Assert.Equal(after, restored.BatchCount);
        Assert.NotEmpty(rest);
        Assert.Equal(rest, Contents(restored));
        Assert.Equal(original.ExportState(), restored.ExportState());
    }

    [Fact]
    public void Rows_take_the_examples_of_the_batches_one_after_the_other_and_none_is_lost()
    {
        PuzzleDataset dataset = PuzzleFiles.Build(_folder, Groups, vocabSize: 30);
        TrainingBatches Fresh() => new(dataset, 5, seed: 9, augmentation: new SudokuDigitRelabelling(30));
        var (whole, queue) = (Fresh(), Fresh());
        var expected = new Queue<int[]>();
        var random = new Random(3);
        int taken = 0;
        for (int i = 0; i < 60; i++)
        {
            // All rows at first, as before the first step, and later also none.
            bool[]? rows = i == 0 ? null : [.. Enumerable.Range(0, 5).Select(_ => random.Next(3) == 0)];
            SamplerState before = queue.ExportState();
            using PuzzleBatch batch = queue.NextFor(rows);
            var again = Fresh();
            again.RestoreState(SamplerState.FromJson(before.ToJson()));
            using PuzzleBatch restored = again.NextFor(rows);
            Assert.Equal(Cells(batch), Cells(restored));
            Assert.Equal(queue.ExportState(), again.ExportState());
            List<int[]> given = Cells(batch);
            for (int row = 0; row < 5; row++)
            {
                if (rows is null || rows[row])
                {
                    if (expected.Count == 0)
                    {
                        using PuzzleBatch next = whole.Next();
                        Cells(next).ForEach(expected.Enqueue);
                    }

                    Assert.Equal(expected.Dequeue(), given[row]);
                    taken++;
                }
                else
                {
                    Assert.Equal([0, 0, 0, 0, -100, -100, -100, -100, 0], given[row]);
                }
            }
        }

        Assert.InRange(taken, 60, 150);
        Assert.Equal((taken + 4) / 5, whole.BatchCount);
    }

    [Fact]
    public void A_whole_batch_drops_what_rows_have_left_of_the_last_one_also_when_restored()
    {
        PuzzleDataset dataset = PuzzleFiles.Build(_folder, Groups);
        TrainingBatches Fresh() => new(dataset, 5, seed: 9, epochs: 3);
        var (whole, queue, restored) = (Fresh(), Fresh(), Fresh());
        queue.NextFor([true, false, false, false, true]).Dispose();
        restored.RestoreState(queue.ExportState());
        whole.Next().Dispose();

        List<int[]> rest = Contents(whole);
        Assert.NotEmpty(rest);
        Assert.Equal(rest, Contents(queue));
        Assert.Equal(rest, Contents(restored));
        Assert.Contains("3 epochs are over", Assert.Throws<HrmGenException>(() => queue.NextFor(null)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => queue.NextFor([true]));
    }

    [Fact]
    public void A_run_can_be_resumed_for_more_epochs()
    {
        PuzzleDataset dataset = PuzzleFiles.Build(_folder, Groups);
        var longRun = new TrainingBatches(dataset, 5, seed: 9, epochs: 40);
        var shortRun = new TrainingBatches(dataset, 5, seed: 9, epochs: 4);
        for (int i = 0; i < 3; i++)
        {
            longRun.Next().Dispose();
            shortRun.Next().Dispose();
        }

        var resumed = new TrainingBatches(dataset, 5, seed: 9, epochs: 40);
        resumed.RestoreState(shortRun.ExportState());

        Assert.Equal(Contents(longRun), Contents(resumed));
    }

    [Fact]
    public void States_of_another_sampler_are_refused()
    {
        PuzzleDataset dataset = PuzzleFiles.Build(_folder, Groups);
        SamplerState state = new TrainingBatches(dataset, 4, seed: 1).ExportState();
        var sampler = new TrainingBatches(dataset, 4, seed: 1);
        void Refused(SamplerState other, string what) => Assert.Contains(
            what, Assert.Throws<HrmGenException>(() => sampler.RestoreState(other)).Message, StringComparison.Ordinal);

        Refused(state with { Seed = 2 }, "its seed is 2, this run's is 1");
        Refused(state with { BatchSize = 8 }, "batch size");
        Refused(state with { GroupCount = 6 }, "number of groups");
        Refused(state with { ExampleCount = 6 }, "number of examples");
        Refused(state with { Iteration = 1, EpochsPerIteration = 2 }, "epochs per iteration");
        Refused(state with { Position = 6 }, "out of range");
        Refused(state with { Set = 1 }, "out of range");
        Refused(state with { Epoch = -1 }, "out of range");
        Refused(state with { Taken = -1 }, "out of range");
        Refused(state with { Taken = 4 }, "out of range");
        Refused(state with { RandomA = 0, RandomB = 0, RandomC = 0, RandomD = 0 }, "out of range");
        foreach (string json in new[] { "", "null", "{}", "[1]", state.ToJson().Replace("\"Epoch\":0,", "", StringComparison.Ordinal) })
        {
            Assert.Throws<HrmGenException>(() => SamplerState.FromJson(json));
        }
    }

    [Fact]
    public void Several_sets_take_turns_and_no_batch_mixes_them()
    {
        PuzzleFiles.Build(_folder, [[1], [1], [1]], set: "a", sets: "[\"a\", \"b\"]");
        PuzzleFiles.Build(_folder, [[1], [1], [1], [1], [1]], set: "b", sets: "[\"a\", \"b\"]", groupTotal: 8);
        PuzzleDataset dataset = PuzzleDataset.Load(_folder.Path, "train");
        var batches = new TrainingBatches(dataset, 2, seed: 2);

        // An iteration is one epoch: 1 batch of a (its third row is dropped), then 2 of b.
        for (int i = 0; i < 5; i++)
        {
            Assert.All(Take(batches, 1), row => Assert.InRange(row.Puzzle, 0, 2));
            Assert.Equal(4, Take(batches, 2).Select(row => row.Puzzle).Distinct().Count());
        }

        using EvaluationBatch third = new EvaluationBatches(dataset, 2).ElementAt(2);
        Assert.Equal(("b", 0L, 5L), (third.SetName, third.FirstExample, new EvaluationBatches(dataset, 2).Count));
    }

    [Fact]
    public void Batches_outlive_dispose_scopes_and_have_the_official_types()
    {
        PuzzleDataset dataset = PuzzleDataset.Load(PuzzleFiles.Official("arc/official-hrm-v1-mini-aug-1"), "train");
        PuzzleBatch batch;
        PuzzleBatch moved;
        PuzzleBatch created;
        using (NewDisposeScope())
        {
            batch = new TrainingBatches(dataset, 6, seed: 1).Next();
            moved = batch.To(CPU);
            created = PuzzleBatch.Create(new[,] { { 1, 2 } }, new[,] { { 2, -100 } });
        }

        Assert.Equal([6L, 900L], batch.inputs.shape);
        Assert.Equal([6L, 900L], batch.labels.shape);
        Assert.Equal([6L], batch.puzzle_identifiers.shape);
        Assert.All(new[] { batch.inputs, batch.labels, batch.puzzle_identifiers }, t => Assert.Equal(ScalarType.Int32, t.dtype));
        Assert.Equal(6, batch.Count);
        Assert.Equal((-100, 11), (batch.labels.min().item<int>(), batch.inputs.max().item<int>() is int max && max <= 11 ? 11 : max));
        Assert.InRange(batch.puzzle_identifiers.min().item<int>(), 1, 12);
        Assert.Equal([1, 2], created.inputs.data<int>().ToArray());
        Assert.Equal([0], created.puzzle_identifiers.data<int>().ToArray());

        int before = batch.inputs[0, 0].item<int>();
        batch.Dispose();
        Assert.Equal(before, moved.inputs[0, 0].item<int>());
        Assert.True(batch.inputs.IsInvalid);
        moved.Dispose();
        created.Dispose();
        Assert.Throws<ArgumentException>(() => PuzzleBatch.Create(new int[1, 2], new int[2, 2]));
    }

    private static int GroupOf(int puzzle) => new[] { 0, 1, 1, 2, 3, 3, 4, 4 }[puzzle];

    private static int PuzzleOf(int example) => new[] { 0, 0, 0, 1, 2, 2, 2, 2, 3, 4, 4, 5, 5, 6, 6, 6, 7 }[example];

    private static List<(int Example, int Puzzle)> Take(TrainingBatches batches, int count = int.MaxValue)
    {
        var rows = new List<(int, int)>();
        while (count-- > 0 && batches.TryNext(out PuzzleBatch? batch))
        {
            using (batch)
            {
                rows.AddRange(Rows(batch));
            }
        }

        return rows;
    }

    // The data sets of these tests carry the example's number in every cell, and the puzzle's in its identifier.
    private static List<(int Example, int Puzzle)> Rows(PuzzleBatch batch)
    {
        int[] inputs = [.. MemoryMarshal.Cast<byte, int>(batch.inputs.bytes)];
        int[] identifiers = [.. MemoryMarshal.Cast<byte, int>(batch.puzzle_identifiers.bytes)];
        int cells = inputs.Length / identifiers.Length;
        return [.. identifiers.Select((identifier, row) => (inputs[row * cells] - 2, identifier - 1))];
    }

    // Inputs, labels and identifier of each row.
    private static List<int[]> Cells(PuzzleBatch batch)
    {
        int[] Ints(TorchSharp.torch.Tensor tensor) => [.. MemoryMarshal.Cast<byte, int>(tensor.bytes)];
        var (inputs, labels, identifiers) = (Ints(batch.inputs), Ints(batch.labels), Ints(batch.puzzle_identifiers));
        int cells = inputs.Length / identifiers.Length;
        return [.. identifiers.Select((identifier, row) => (int[])[.. inputs.AsSpan(row * cells, cells), .. labels.AsSpan(row * cells, cells), identifier])];
    }

    private static List<int[]> Contents(TrainingBatches batches)
    {
        var contents = new List<int[]>();
        while (batches.TryNext(out PuzzleBatch? batch))
        {
            using (batch)
            {
                contents.Add([.. MemoryMarshal.Cast<byte, int>(batch.inputs.bytes), .. MemoryMarshal.Cast<byte, int>(batch.labels.bytes)]);
            }
        }

        return contents;
    }
}
