using TorchSharp;
using static TorchSharp.torch;

namespace HrmGen.Data;

/// <summary>
/// B puzzles of S cells. Official names and types, except that labels which the loss ignores are already -100.
/// </summary>
/// <remarks>
/// A batch owns its tensors: <see cref="Dispose"/> frees them. Batches from <see cref="TrainingBatches"/>,
/// <see cref="EvaluationBatches"/>, <see cref="Create"/> and <see cref="To"/> belong to no DisposeScope, so they live through as many
/// steps as their owner wants. The constructor leaves scopes alone: what is made inside a scope dies with it, unless
/// <see cref="DetachFromDisposeScope"/> is called.
/// </remarks>
/// <param name="inputs">Question tokens, int32 [B, S].</param>
/// <param name="labels">Answer tokens, int32 [B, S]; -100 where the loss ignores the cell.</param>
/// <param name="puzzle_identifiers">Rows of the puzzle embedding, int32 [B].</param>
public sealed record PuzzleBatch(Tensor inputs, Tensor labels, Tensor puzzle_identifiers) : IDisposable
{
    /// <summary>The label of a cell that takes no part in loss and metrics, as in the official <c>IGNORE_LABEL_ID</c>.</summary>
    public const int IgnoreLabel = -100;

    /// <summary>Rows of the batch, B, those included that only fill it up.</summary>
    public long Count => puzzle_identifiers.size(0);

    /// <summary>Makes a batch from arrays; it belongs to no DisposeScope.</summary>
    /// <param name="inputs">Question tokens [B, S].</param>
    /// <param name="labels">Answer tokens [B, S]; -100 where the loss ignores the cell.</param>
    /// <param name="puzzle_identifiers">Identifiers [B]; all 0, the blank one, when null.</param>
    /// <param name="device">Where the tensors go; the CPU by default.</param>
    /// <exception cref="ArgumentException">The arrays are not of one size.</exception>
    public static PuzzleBatch Create(int[,] inputs, int[,] labels, int[]? puzzle_identifiers = null, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(labels);
        (int rows, int cells) = (inputs.GetLength(0), inputs.GetLength(1));
        puzzle_identifiers ??= new int[rows];
        if (labels.GetLength(0) != rows || labels.GetLength(1) != cells || puzzle_identifiers.Length != rows)
        {
            throw new ArgumentException(
                $"inputs are [{rows}, {cells}], labels [{labels.GetLength(0)}, {labels.GetLength(1)}], " +
                $"puzzle_identifiers [{puzzle_identifiers.Length}]; the sizes must agree.");
        }

        using DisposeScope scope = NewDisposeScope();
        return new PuzzleBatch(
            tensor(inputs, dtype: ScalarType.Int32, device: device ?? CPU),
            tensor(labels, dtype: ScalarType.Int32, device: device ?? CPU),
            tensor(puzzle_identifiers, dtype: ScalarType.Int32, device: device ?? CPU)).DetachFromDisposeScope();
    }

    /// <summary>
    /// The batch on a device, as a new batch that its caller disposes of; this one stays valid. It shares the memory where the tensors
    /// already are on that device.
    /// </summary>
    public PuzzleBatch To(Device device)
    {
        using DisposeScope scope = NewDisposeScope();
        return new PuzzleBatch(inputs.to(device), labels.to(device), puzzle_identifiers.to(device)).DetachFromDisposeScope();
    }

    /// <summary>Takes the tensors out of the DisposeScope that they were made in, so that only <see cref="Dispose"/> frees them.</summary>
    /// <returns>This batch.</returns>
    public PuzzleBatch DetachFromDisposeScope()
    {
        inputs.DetachFromDisposeScope();
        labels.DetachFromDisposeScope();
        puzzle_identifiers.DetachFromDisposeScope();
        return this;
    }

    /// <summary>Frees the tensors; harmless when done twice.</summary>
    public void Dispose()
    {
        inputs.Dispose();
        labels.Dispose();
        puzzle_identifiers.Dispose();
    }
}
