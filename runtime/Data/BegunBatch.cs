namespace HrmGen.Data;

/// <summary>A batch of which rows are taken one by one, kept outside of torch's memory: nobody has to dispose of what a sampler holds.</summary>
internal sealed class BegunBatch
{
    private readonly int[] _inputs;
    private readonly int[] _labels;
    private readonly int[] _identifiers;

    /// <param name="before">Where the sampler stood before it drew the batch.</param>
    /// <param name="batch">The batch, on the CPU; it is copied.</param>
    public BegunBatch(SamplerState before, PuzzleBatch batch)
    {
        Before = before;
        _inputs = batch.inputs.data<int>().ToArray();
        _labels = batch.labels.data<int>().ToArray();
        _identifiers = batch.puzzle_identifiers.data<int>().ToArray();
    }

    /// <summary>Where the sampler stood before it drew the batch.</summary>
    public SamplerState Before { get; }

    /// <summary>Writes one of its rows into a row of another batch.</summary>
    public void CopyTo(PuzzleBatchBuilder builder, int row, int from)
    {
        int cells = _inputs.Length / _identifiers.Length;
        builder.Write(row, _inputs.AsSpan(from * cells, cells), _labels.AsSpan(from * cells, cells), _identifiers[from]);
    }
}
