using HrmGen.Data;
using HrmGen.Halting;
using HrmGen.Models;
using HrmGen.Optimizers;

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

    /// <summary>One supervision step, one backward, one optimizer step.</summary>
    /// <param name="batch">One example per row is offered; only rows that halted at the last step take theirs. Not disposed.</param>
    /// <returns>What the step gave; its tensors live until the next call.</returns>
    StepOutput Step(PuzzleBatch batch);
}
