using System.Collections;
using static TorchSharp.torch;

namespace HrmGen.Data;

/// <summary>A batch for evaluation; all have the same number of rows, the last of a set is filled up.</summary>
/// <param name="Batch">
/// The rows. Those from <paramref name="RealRows"/> on have pad_id inputs, -100 labels and the blank identifier: no metric counts them.
/// </param>
/// <param name="RealRows">Rows that are examples of the data set; the others only fill the batch up.</param>
/// <param name="SetName">The set that the rows are from.</param>
/// <param name="FirstExample">Position in the set of the first row; the others follow it.</param>
public sealed record EvaluationBatch(PuzzleBatch Batch, int RealRows, string SetName, long FirstExample) : IDisposable
{
    /// <summary>Frees the batch's tensors.</summary>
    public void Dispose() => Batch.Dispose();
}

/// <summary>
/// Every example of a split once, in order, as in the official <c>puzzle_dataset.py</c> (<c>_iter_test</c>). Can be enumerated again
/// and again; who enumerates disposes of each batch, which belongs to no DisposeScope.
/// </summary>
public sealed class EvaluationBatches : IEnumerable<EvaluationBatch>
{
    private readonly PuzzleDataset _dataset;
    private readonly int _batchSize;
    private readonly Device _device;

    /// <summary>Prepares the batches; nothing is copied before they are enumerated.</summary>
    /// <param name="dataset">The split to evaluate on.</param>
    /// <param name="batch_size">Rows of every batch, B.</param>
    /// <param name="device">Where the batches go; the CPU by default.</param>
    /// <exception cref="HrmGenException">The batch size is not positive, or no tensor can be that large.</exception>
    public EvaluationBatches(PuzzleDataset dataset, long batch_size, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        _dataset = dataset;
        _batchSize = PuzzleBatchBuilder.RequireBatchSize(batch_size, dataset.Metadata.seq_len);
        _device = device ?? CPU;
    }

    /// <summary>Number of batches.</summary>
    public long Count => _dataset.Sets.Sum(set => (set.ExampleCount + _batchSize - 1) / _batchSize);

    /// <inheritdoc/>
    public IEnumerator<EvaluationBatch> GetEnumerator()
    {
        foreach (PuzzleSet set in _dataset.Sets)
        {
            for (long first = 0; first < set.ExampleCount; first += _batchSize)
            {
                yield return Collate(set, first);
            }
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private EvaluationBatch Collate(PuzzleSet set, long first)
    {
        int rows = (int)Math.Min(_batchSize, set.ExampleCount - first);
        var builder = new PuzzleBatchBuilder(_batchSize, _dataset.Metadata.seq_len);
        int puzzle = set.PuzzleOf(first);
        for (int row = 0; row < rows; row++)
        {
            while (set.ExamplesOf(puzzle).End <= first + row)
            {
                puzzle++;
            }

            builder.Write(row, set, first + row, puzzle);
        }

        builder.Pad(rows, _dataset.Metadata);
        return new EvaluationBatch(builder.On(_device), rows, set.Name, first);
    }
}
