using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace HrmGen.Data;

/// <summary>Writes rows straight into the memory of a batch's tensors; no managed copy is made.</summary>
internal readonly ref struct PuzzleBatchBuilder
{
    private readonly PuzzleBatch _batch;
    private readonly int _cells;
    private readonly Span<int> _inputs;
    private readonly Span<int> _labels;
    private readonly Span<int> _identifiers;

    /// <summary>A batch on the CPU whose rows have no value yet; each must be written.</summary>
    public PuzzleBatchBuilder(int rows, int cells)
    {
        _cells = cells;
        using DisposeScope scope = NewDisposeScope();
        _batch = new PuzzleBatch(
            empty(new long[] { rows, cells }, ScalarType.Int32, CPU),
            empty(new long[] { rows, cells }, ScalarType.Int32, CPU),
            empty(new long[] { rows }, ScalarType.Int32, CPU)).DetachFromDisposeScope();

        // Asking a tensor for its memory costs microseconds, so it is done once a batch, not once a row.
        _inputs = Memory(_batch.inputs);
        _labels = Memory(_batch.labels);
        _identifiers = Memory(_batch.puzzle_identifiers);
    }

    /// <summary>The question of a row.</summary>
    public Span<int> Inputs(int row) => _inputs.Slice(row * _cells, _cells);

    /// <summary>The answer of a row.</summary>
    public Span<int> Labels(int row) => _labels.Slice(row * _cells, _cells);

    /// <summary>Writes an example of a set into a row.</summary>
    public void Write(int row, PuzzleSet set, long example, int puzzle)
    {
        set.CopyInputs(example, Inputs(row));
        set.CopyLabels(example, Labels(row));
        _identifiers[row] = set.IdentifierOf(puzzle);
    }

    /// <summary>Writes an example that was drawn before into a row.</summary>
    public void Write(int row, ReadOnlySpan<int> inputs, ReadOnlySpan<int> labels, int identifier)
    {
        inputs.CopyTo(Inputs(row));
        labels.CopyTo(Labels(row));
        _identifiers[row] = identifier;
    }

    /// <summary>Fills the rows from <paramref name="firstRow"/> on with what takes no part in any loss.</summary>
    public void Pad(int firstRow, PuzzleDatasetMetadata metadata)
    {
        _inputs[(firstRow * _cells)..].Fill(metadata.pad_id);
        _labels[(firstRow * _cells)..].Fill(PuzzleBatch.IgnoreLabel);
        _identifiers[firstRow..].Fill(metadata.blank_identifier_id);
    }

    /// <summary>The finished batch on its device; the builder must not be used any more.</summary>
    public PuzzleBatch On(Device device)
    {
        if (device.type == DeviceType.CPU)
        {
            return _batch;
        }

        using (_batch)
        {
            return _batch.To(device);
        }
    }

    /// <summary>Frees the batch when it was not finished.</summary>
    public void Abandon() => _batch.Dispose();

    /// <summary>Refuses a batch size that no batch can have.</summary>
    public static int RequireBatchSize(long batch_size, int seq_len) =>
        batch_size >= 1 && batch_size * seq_len <= int.MaxValue / sizeof(int)
            ? (int)batch_size
            : throw new HrmGenException(
                $"batch_size = {batch_size}: a batch has 1 to {int.MaxValue / sizeof(int) / seq_len} rows at seq_len {seq_len}. Change batch_size.");

    private static Span<int> Memory(Tensor tensor) => MemoryMarshal.Cast<byte, int>(tensor.bytes);
}
