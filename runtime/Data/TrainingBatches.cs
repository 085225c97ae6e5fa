using System.Diagnostics.CodeAnalysis;
using static TorchSharp.torch;

namespace HrmGen.Data;

/// <summary>
/// The batches of the official training loop (<c>puzzle_dataset.py</c>, <c>_iter_train</c> and <c>_sample_batch</c>). An epoch visits
/// every group once, in random order, and takes one random puzzle of each; of the puzzle, random examples without repetition, as many
/// as it has or as the batch has room for. Every batch is full.
/// </summary>
/// <remarks>
/// <para>Epochs flow into one another: a batch may begin in one and end in the next. Only at the end of an <em>iteration</em>, a number
/// of epochs that the official training script calls <c>eval_interval</c>, is an incomplete batch dropped. With several sets, an
/// iteration goes through them in order and no batch mixes them.</para>
/// <para>Random numbers: the order of the groups in epoch e of set s is drawn from stream 1 + e * sets + s of the seed
/// (<see cref="RandomStream"/>), everything else from stream 0. The semantics are the official ones, the numbers are not numpy's.
/// Not safe for use from several threads.</para>
/// </remarks>
public sealed class TrainingBatches
{
    private readonly PuzzleDataset _dataset;
    private readonly IBatchAugmentation? _augmentation;
    private readonly Device _device;
    private readonly long _seed;
    private readonly int _batchSize;
    private readonly long _epochsPerIteration;
    private readonly RandomStream _random;
    private readonly long[] _examples;
    private readonly int[] _puzzles;

    private int[] _groupOrder = [];
    private (int Set, long Epoch) _groupOrderOf = (-1, -1);
    private int[] _candidates = [];
    private long _iteration;
    private int _set;
    private long _epoch;
    private int _position;
    private BegunBatch? _begun;
    private int _taken;

    /// <summary>Starts at the first epoch.</summary>
    /// <param name="dataset">The split to train on.</param>
    /// <param name="batch_size">Rows of every batch, B.</param>
    /// <param name="seed">Decides everything random.</param>
    /// <param name="epochs">Epochs to go through; null for no end.</param>
    /// <param name="epochs_per_iteration">
    /// Epochs after which an incomplete batch is dropped (the official <c>eval_interval</c>); must divide <paramref name="epochs"/>. By
    /// default all of <paramref name="epochs"/>; without end, never for one set, and 1 for several, which take turns.
    /// </param>
    /// <param name="augmentation">Changes each row as it is drawn.</param>
    /// <param name="device">Where the batches go; the CPU by default.</param>
    /// <exception cref="HrmGenException">The sizes do not fit together, or the augmentation does not fit the data set.</exception>
    public TrainingBatches(
        PuzzleDataset dataset,
        long batch_size,
        long seed,
        long? epochs = null,
        long? epochs_per_iteration = null,
        IBatchAugmentation? augmentation = null,
        Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        _dataset = dataset;
        _augmentation = augmentation;
        _device = device ?? CPU;
        _seed = seed;
        _batchSize = PuzzleBatchBuilder.RequireBatchSize(batch_size, dataset.Metadata.seq_len);
        Epochs = epochs;
        _epochsPerIteration = epochs_per_iteration ?? epochs ?? (dataset.Sets.Length == 1 ? long.MaxValue : 1);
        _random = new RandomStream(seed);
        _examples = new long[_batchSize];
        _puzzles = new int[_batchSize];
        RequireEpochs();
        augmentation?.RequireCompatible(dataset.Metadata);
    }

    /// <summary>The split that the batches are of.</summary>
    public PuzzleDataset Dataset => _dataset;

    /// <summary>Epochs to go through; null for no end.</summary>
    public long? Epochs { get; }

    /// <summary>Epochs completed so far: the number, from 0, of the one that the next batch begins in.</summary>
    public long Epoch =>
        // Without end there is one iteration, so that its length does not matter.
        (_iteration == 0 ? 0 : _iteration * _epochsPerIteration) + _epoch + (_position == _dataset.Sets[_set].GroupCount ? 1 : 0);

    /// <summary>Batches taken so far.</summary>
    public long BatchCount { get; private set; }

    private bool IsFinished => Epochs is { } epochs && _iteration >= epochs / _epochsPerIteration;

    /// <summary>The next batch; its caller disposes of it. It belongs to no DisposeScope.</summary>
    /// <exception cref="HrmGenException">All epochs are over: use <see cref="TryNext"/> to notice.</exception>
    public PuzzleBatch Next() => TryNext(out PuzzleBatch? batch)
        ? batch
        : throw Over();

    /// <summary>
    /// The next batch, or false when all epochs are over. The caller disposes of it; it belongs to no DisposeScope. What
    /// <see cref="NextFor"/> has left of a batch is dropped.
    /// </summary>
    public bool TryNext([NotNullWhen(true)] out PuzzleBatch? batch)
    {
        if (_taken > 0 && _begun is null && Draw(CPU, out PuzzleBatch? dropped))
        {
            dropped.Dispose();
        }

        (_begun, _taken) = (null, 0);
        return Draw(_device, out batch);
    }

    /// <summary>
    /// Examples for some rows: each takes the next one, in the order of the batches that <see cref="Next"/> gives. The other rows are
    /// padding, and cost no example.
    /// </summary>
    /// <param name="rows">For each of the B rows, whether it takes an example; null for all.</param>
    /// <returns>A batch of B rows; the caller disposes of it, it belongs to no DisposeScope.</returns>
    /// <exception cref="ArgumentException">There are not B rows.</exception>
    /// <exception cref="HrmGenException">All epochs are over.</exception>
    public PuzzleBatch NextFor(IReadOnlyList<bool>? rows)
    {
        if (rows is not null && rows.Count != _batchSize)
        {
            throw new ArgumentException($"{rows.Count} rows were asked for, and the batches have {_batchSize}.", nameof(rows));
        }

        var builder = new PuzzleBatchBuilder(_batchSize, _dataset.Metadata.seq_len);
        try
        {
            builder.Pad(0, _dataset.Metadata);
            for (int row = 0; row < _batchSize; row++)
            {
                if (rows is null || rows[row])
                {
                    TakeRow(builder, row);
                }
            }

            return builder.On(_device);
        }
        catch
        {
            builder.Abandon();
            throw;
        }
    }

    private void TakeRow(PuzzleBatchBuilder builder, int row)
    {
        if (_begun is null)
        {
            SamplerState before = ExportState() with { Taken = 0 };
            using PuzzleBatch drawn = Draw(CPU, out PuzzleBatch? batch) ? batch : throw Over();
            _begun = new BegunBatch(before, drawn);
        }

        _begun.CopyTo(builder, row, _taken);
        if (++_taken == _batchSize)
        {
            (_begun, _taken) = (null, 0);
        }
    }

    private HrmGenException Over() => new($"All {Epochs} epochs are over after {BatchCount} batches. Give more epochs, or stop there.");

    private bool Draw(Device device, [NotNullWhen(true)] out PuzzleBatch? batch)
    {
        while (!IsFinished)
        {
            PuzzleSet set = _dataset.Sets[_set];
            if (FillRows(set))
            {
                batch = Collate(set, device);
                BatchCount++;
                return true;
            }

            BeginNextSet();
        }

        batch = null;
        return false;
    }

    /// <summary>Where the sampler stands, between two batches, or in one whose rows are taken one by one.</summary>
    public SamplerState ExportState()
    {
        if (_begun is not null)
        {
            return _begun.Before with { Taken = _taken };
        }

        (ulong a, ulong b, ulong c, ulong d) = _random.State;
        return new SamplerState(
            _seed, _batchSize, _epochsPerIteration, _dataset.GroupCount, _dataset.ExampleCount,
            _iteration, _set, _epoch, _position, BatchCount, a, b, c, d, _taken);
    }

    /// <summary>
    /// Goes on where <paramref name="state"/> was exported: the next batch is the one that would have come then. The sampler must have
    /// been made with the same data set, batch size, seed and iteration length; <c>epochs</c> may differ, to train for longer (and with
    /// it the iteration's length, as long as the state stands in the first iteration of the first set).
    /// </summary>
    /// <exception cref="HrmGenException">The state is another sampler's, or damaged; this sampler is unchanged then.</exception>
    public void RestoreState(SamplerState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        SamplerState own = ExportState();
        bool inFirst = state is { Iteration: 0, Set: 0 };
        foreach ((string what, long theirs, long ours) in new[]
        {
            ("seed", state.Seed, own.Seed),
            ("batch size", state.BatchSize, own.BatchSize),
            ("number of epochs per iteration", inFirst ? own.EpochsPerIteration : state.EpochsPerIteration, own.EpochsPerIteration),
            ("number of groups", state.GroupCount, own.GroupCount),
            ("number of examples", state.ExampleCount, own.ExampleCount),
        })
        {
            if (theirs != ours)
            {
                throw new HrmGenException(
                    $"sampler state: its {what} is {theirs}, this run's is {ours}. Resume with the settings and data of the run that was saved.");
            }
        }

        bool inRange = state.Iteration >= 0 && state.Iteration < long.MaxValue / _epochsPerIteration && state.BatchCount >= 0 && state.Taken >= 0 && state.Taken < _batchSize
            && state.Set >= 0 && state.Set < _dataset.Sets.Length
            && state.Epoch >= 0 && state.Epoch <= _epochsPerIteration
            && state.Position >= 0 && state.Position <= _dataset.Sets[state.Set].GroupCount
            && (state.RandomA | state.RandomB | state.RandomC | state.RandomD) != 0;
        if (!inRange)
        {
            throw new HrmGenException("sampler state: a counter is out of range. Resume from an undamaged checkpoint.");
        }

        (_iteration, _set, _epoch, _position) = (state.Iteration, state.Set, state.Epoch, state.Position);
        _random.State = (state.RandomA, state.RandomB, state.RandomC, state.RandomD);
        BatchCount = state.BatchCount;
        (_begun, _taken) = (null, state.Taken);
    }

    private void RequireEpochs()
    {
        if (Epochs < 1 || _epochsPerIteration < 1 || (Epochs is { } epochs && epochs % _epochsPerIteration != 0))
        {
            throw new HrmGenException(
                $"epochs = {Epochs}, epochs_per_iteration = {_epochsPerIteration}: both must be at least 1, and the second must divide the " +
                "first. Change one of them.");
        }

        if (!_dataset.Sets.Any(set => (Int128)_epochsPerIteration * set.GroupCount * set.LargestPuzzle >= _batchSize))
        {
            throw new HrmGenException(
                $"batch_size = {_batchSize}: {_dataset.GroupCount} groups for {_epochsPerIteration} epoch(s) never fill a batch, and incomplete " +
                "batches are dropped. Use a smaller batch_size, or a larger epochs_per_iteration (or epochs).");
        }
    }

    // Takes rows until the batch is full (true) or the set's iteration is over (false).
    private bool FillRows(PuzzleSet set)
    {
        int filled = 0;
        while (filled < _batchSize)
        {
            if (_position == set.GroupCount)
            {
                (_epoch, _position) = (_epoch + 1, 0);
            }

            if (_epoch >= _epochsPerIteration)
            {
                return false;
            }

            OrderGroups(set);
            (int firstPuzzle, int endPuzzle) = set.PuzzlesOf(_groupOrder[_position++]);
            int puzzle = firstPuzzle + _random.NextBelow(endPuzzle - firstPuzzle);
            filled += TakeExamples(set, puzzle, filled);
        }

        return true;
    }

    private int TakeExamples(PuzzleSet set, int puzzle, int filled)
    {
        (int start, int end) = set.ExamplesOf(puzzle);
        int count = Math.Min(end - start, _batchSize - filled);
        if (_candidates.Length < end - start)
        {
            _candidates = new int[set.LargestPuzzle];
        }

        Span<int> candidates = _candidates.AsSpan(0, end - start);
        for (int i = 0; i < candidates.Length; i++)
        {
            candidates[i] = start + i;
        }

        _random.Draw(candidates, count);
        for (int i = 0; i < count; i++)
        {
            (_examples[filled + i], _puzzles[filled + i]) = (candidates[i], puzzle);
        }

        return count;
    }

    private void OrderGroups(PuzzleSet set)
    {
        if (_groupOrderOf == (_set, Epoch))
        {
            return;
        }

        if (_groupOrder.Length != set.GroupCount)
        {
            _groupOrder = new int[set.GroupCount];
        }

        for (int i = 0; i < _groupOrder.Length; i++)
        {
            _groupOrder[i] = i;
        }

        new RandomStream(_seed, 1 + (Epoch * _dataset.Sets.Length) + _set).Draw(_groupOrder.AsSpan(), _groupOrder.Length);
        _groupOrderOf = (_set, Epoch);
    }

    private void BeginNextSet()
    {
        (_epoch, _position) = (0, 0);
        if (++_set == _dataset.Sets.Length)
        {
            (_set, _iteration) = (0, _iteration + 1);
        }
    }

    private PuzzleBatch Collate(PuzzleSet set, Device device)
    {
        var builder = new PuzzleBatchBuilder(_batchSize, _dataset.Metadata.seq_len);
        try
        {
            for (int row = 0; row < _batchSize; row++)
            {
                builder.Write(row, set, _examples[row], _puzzles[row]);
                _augmentation?.Apply(builder.Inputs(row), builder.Labels(row), _random);
            }

            return builder.On(device);
        }
        catch
        {
            builder.Abandon();
            throw;
        }
    }
}
