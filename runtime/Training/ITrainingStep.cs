using HrmGen.Data;
using HrmGen.Halting;
using HrmGen.Models;
using HrmGen.Optimizers;
using static TorchSharp.torch;

namespace HrmGen.Training;

/// <summary>The training state of a model, for code that does not know its type.</summary>
public interface ITrainingStep : IDisposable
{
    /// <summary>The model that is trained.</summary>
    IRecursiveModel Model { get; }

    /// <summary>The options in force.</summary>
    TrainingOptions Options { get; }

    /// <summary>Optimizer steps so far.</summary>
    long StepCount { get; }

    /// <summary>Draws the minimum numbers of supervision steps.</summary>
    HaltExploration Exploration { get; set; }

    /// <summary>The optimizer of the parameters.</summary>
    Optimizer Optimizer { get; }

    /// <summary>The moving average of the parameters, or null without one.</summary>
    ExponentialMovingAverage? Ema { get; }

    /// <summary>
    /// Whether the next step takes rows of the batch that it is offered. Always true where rows are replaced one by one; where a batch
    /// trains as a whole (supervision.loop: per_batch), only when the last one has stopped: until then offer the same batch again.
    /// </summary>
    bool TakesBatch { get; }

    /// <summary>Which rows take a new example at the next step, one value for each of the <c>B</c> rows; null before the first step, when all do. Waits for the device.</summary>
    IReadOnlyList<bool>? HaltedRows { get; }

    /// <summary>The examples that the rows work on, <c>[B]</c> rows; null before the first step. They live until the next step.</summary>
    PuzzleBatch? CarriedData { get; }

    /// <summary>
    /// Everything that a resumed run needs beside the model and <see cref="Ema"/>: counters, the optimizer's state, torch's generator on
    /// the CPU and this step's own, and the carry. Read it in a DisposeScope: some are the living tensors, some are made for the caller.
    /// </summary>
    /// <remarks>The generator of a CUDA device, which random latents and noise draw from there, is out of TorchSharp's reach.</remarks>
    IEnumerable<(string name, Tensor tensor)> State { get; }

    /// <summary>Goes on where <see cref="State"/> was read, once the model and <see cref="Ema"/> have their values of then.</summary>
    /// <param name="state">All of <see cref="State"/>, on any device; it is copied.</param>
    /// <exception cref="HrmGenException">It is another model's, or made under other options; nothing has changed then.</exception>
    void Restore(IReadOnlyDictionary<string, Tensor> state);

    /// <summary>One supervision step, one backward, one optimizer step.</summary>
    /// <param name="batch">One example per row is offered; only rows that halted at the last step take theirs. Not disposed.</param>
    /// <returns>What the step gave; its tensors live until the next call.</returns>
    StepOutput Step(PuzzleBatch batch);
}
