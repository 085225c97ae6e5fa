using HrmGen.Data;
using HrmGen.Losses;
using HrmGen.Models;
using static TorchSharp.torch;

namespace HrmGen.Training;

/// <summary>What one supervision step computes.</summary>
/// <param name="logits"><c>[B, seq_len, vocab_size]</c>.</param>
/// <param name="q_halt"><c>[B]</c>, or null without a halting head.</param>
/// <param name="q_continue"><c>[B]</c>, or null.</param>
/// <param name="target_q_continue">The continue target, <c>[B]</c> a probability (a logit under <c>label: raw</c>); null in evaluation and without a continue loss.</param>
public sealed record SupervisionOutputs(Tensor logits, Tensor? q_halt, Tensor? q_continue, Tensor? target_q_continue)
{
    /// <summary>q_halt of the extra pass that the continue target looks at, <c>[B]</c>; null without one.</summary>
    public Tensor? next_q_halt { get; init; }

    /// <summary>What the losses of each row weigh, <c>[B]</c>; null where every row weighs 1, and in evaluation.</summary>
    public Tensor? step_weights { get; init; }

    /// <summary>q_continue of that pass, <c>[B]</c>.</summary>
    public Tensor? next_q_continue { get; init; }
}

/// <summary>The losses of one supervision step: scalars, each a sum over the batch.</summary>
/// <param name="lm_loss">Cross-entropy, a row's mean over its labels.</param>
/// <param name="q_halt_loss">Before its weight; null without one.</param>
/// <param name="q_continue_loss">Before its weight; null without one.</param>
/// <param name="loss">All of them, weighted.</param>
public sealed record SupervisionLosses(Tensor lm_loss, Tensor? q_halt_loss, Tensor? q_continue_loss, Tensor loss);

/// <summary>What a training or evaluation step gave.</summary>
/// <remarks>Its tensors live until the next step; clone what has to stay.</remarks>
public sealed class StepOutput : IDisposable
{
    /// <summary>Creates an output.</summary>
    public StepOutput(SupervisionOutputs outputs, Predictions predictions, SupervisionLosses losses, StepMetrics metrics)
    {
        Outputs = outputs;
        Predictions = predictions;
        Losses = losses;
        Metrics = metrics;
    }

    /// <summary>Logits.</summary>
    public SupervisionOutputs Outputs { get; }

    /// <summary>The predicted tokens and where they are right.</summary>
    public Predictions Predictions { get; }

    /// <summary>Losses.</summary>
    public SupervisionLosses Losses { get; }

    /// <summary>Metrics, over the rows that halted at this step.</summary>
    public StepMetrics Metrics { get; }

    /// <summary>The latents after the step, detached.</summary>
    public required ILatents Latents { get; init; }

    /// <summary>The examples that the step worked on.</summary>
    public required PuzzleBatch Data { get; init; }

    /// <summary>Supervision steps that each row has had, <c>[B]</c> int32.</summary>
    public required Tensor steps { get; init; }

    /// <summary>Rows that halted at this step, <c>[B]</c> bool.</summary>
    public required Tensor halted { get; init; }

    /// <summary>How the loops ended that run until their latents settle, by their place in the spec.</summary>
    public IReadOnlyDictionary<string, ResidualReport> Residuals { get; init; } = new Dictionary<string, ResidualReport>();

    /// <summary>The learning rate of the update at the end of the step; 0 in evaluation.</summary>
    public double LearningRate { get; init; }

    /// <summary>The same of the puzzle embedding.</summary>
    public double PuzzleLearningRate { get; init; }

    /// <summary>The tensors that die with this object; latents, data, steps and halted belong to the carry.</summary>
    internal IEnumerable<Tensor> Owned => new[]
    {
        Outputs.logits, Outputs.q_halt, Outputs.q_continue, Outputs.target_q_continue, Outputs.next_q_halt, Outputs.next_q_continue,
        Predictions.preds, Predictions.mask, Predictions.loss_counts, Predictions.loss_divisor, Predictions.is_correct, Predictions.seq_is_correct,
        Losses.lm_loss, Losses.q_halt_loss, Losses.q_continue_loss, Losses.loss,
        Metrics.count, Metrics.accuracy, Metrics.exact_accuracy, Metrics.q_halt_accuracy, Metrics.steps,
    }.OfType<Tensor>().Distinct<Tensor>(ReferenceEqualityComparer.Instance); // two names may share a tensor, and Tensor.Equals compares contents

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in Owned)
        {
            tensor.Dispose();
        }
    }
}
