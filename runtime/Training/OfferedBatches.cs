using HrmGen.Data;

namespace HrmGen.Training;

/// <summary>
/// What a training loop offers to its step: a new batch whenever the step takes rows of one, and only then; or, with
/// <see cref="RefillMode.Queue"/>, the next examples of the queue for the rows that take one.
/// </summary>
/// <param name="batches">Where batches come from.</param>
public sealed class OfferedBatches(TrainingBatches batches) : IDisposable
{
    private PuzzleBatch? batch;

    /// <summary>The batch to offer next; it stays this object's, and lives until the next call.</summary>
    /// <param name="step">The training state that it is for.</param>
    /// <exception cref="HrmGenException">All epochs are over.</exception>
    public PuzzleBatch For(ITrainingStep step)
    {
        ArgumentNullException.ThrowIfNull(step);
        if (step.Options.Refill == RefillMode.Queue)
        {
            batch?.Dispose();
            return batch = batches.NextFor(step.HaltedRows);
        }

        if (step.TakesBatch)
        {
            batch?.Dispose();
            batch = batches.Next();
        }

        // A run that was resumed in the middle of a batch has its examples in the carry: drawing anew would skip a batch.
        return batch ?? step.CarriedData ?? (batch = batches.Next());
    }

    /// <inheritdoc/>
    public void Dispose() => batch?.Dispose();
}
