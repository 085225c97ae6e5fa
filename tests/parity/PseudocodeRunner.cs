using HrmGen.Data;
using HrmGen.Losses;
using HrmGen.Models;
using HrmGen.Training;
using static TorchSharp.torch;

namespace HrmGen.Parity;

/// <summary>
/// Replays the papers' training loop as pseudocode prints it: one sample at a time, an optimizer step at each supervision step, and a
/// break once q_halt is above q_continue.
/// </summary>
internal sealed class PseudocodeRunner(ModelEntry entry, IRecursiveModel model, FixtureTensors golden, Comparer comparer)
{
    // The fixtures write these losses with their weight (config.json, "interpretations").
    private const double Weight = 0.5;

    private int last;

    public void Run(int steps)
    {
        using var step = entry.CreateTrainingStep(model, null);
        var samples = new Dictionary<long, PuzzleBatch>();
        for (var t = 0; t < steps; t++)
        {
            using var scope = NewDisposeScope();
            var sample = golden.Take($"step{t}.sample").to(int64).item<long>();
            if (!samples.TryGetValue(sample, out var batch))
            {
                batch = Batch($"sample{sample}").DetachFromDisposeScope();
                samples.Add(sample, batch);
            }

            // The loop itself decides when a sample is done: the golden numbers only have to agree.
            comparer.Check($"step{t}.sup_step", tensor(step.TakesBatch ? 0 : last, int32)); // counted from 0
            var output = step.Step(batch);
            Check($"step{t}", output);
            comparer.AddRate(output.LearningRate);
            comparer.CheckGradients($"step{t}", model);
            comparer.CheckWeights($"step{t}", model);
            last = output.steps.max().item<int>();
        }

        Infer(samples[0]);
        foreach (var batch in samples.Values)
        {
            batch.Dispose();
        }
    }

    private void Check(string name, StepOutput output)
    {
        var o = output.Outputs;
        comparer.Check($"{name}.logits", o.logits);
        comparer.Check($"{name}.q_halt_logits", o.q_halt);
        comparer.Check($"{name}.q_continue_logits", o.q_continue);
        comparer.Check($"{name}.next_q_halt_logits", o.next_q_halt);
        comparer.Check($"{name}.next_q_continue_logits", o.next_q_continue);
        comparer.Check($"{name}.target_q_continue", o.target_q_continue);
        foreach (var (latent, value) in output.Latents.Named)
        {
            comparer.Check($"{name}.{latent}", value);
        }

        comparer.Check($"{name}.exact_correct", output.Predictions.seq_is_correct);
        comparer.Check($"{name}.lm_loss", output.Losses.lm_loss);
        comparer.Check($"{name}.act_halt_loss", Weight * output.Losses.q_halt_loss!);
        comparer.Check($"{name}.act_continue_loss", Weight * output.Losses.q_continue_loss!);
        comparer.Check($"{name}.loss", output.Losses.loss);
        var isLast = output.steps >= model.Info.N_sup;
        comparer.Check($"{name}.is_last_step", isLast.squeeze());
        comparer.Check($"{name}.break", (o.q_halt! > o.q_continue!).squeeze());

        // The other readings of the continue loss, from the same outputs.
        var raw = where(isLast, o.next_q_halt!, maximum(o.next_q_halt!, o.next_q_continue!));
        comparer.Check($"{name}.variant.continue_loss_current_q1", Weight * HaltingLoss.BinaryCrossEntropy(o.q_continue!, o.target_q_continue!));
        comparer.Check($"{name}.variant.continue_loss_next_q1", Weight * HaltingLoss.BinaryCrossEntropy(o.next_q_continue!, o.target_q_continue!));
        comparer.Check($"{name}.variant.continue_loss_next_q1_raw_label", Weight * HaltingLoss.BinaryCrossEntropy(o.next_q_continue!, raw));
    }

    private void Infer(PuzzleBatch batch)
    {
        var t = 0;
        foreach (var output in model.Evaluate(batch, model.Info.N_sup))
        {
            comparer.Check($"infer{t}.logits", output.Outputs.logits);
            comparer.Check($"infer{t}.q_halt_logits", output.Outputs.q_halt);
            comparer.Check($"infer{t}.q_continue_logits", output.Outputs.q_continue);
            comparer.Check($"infer{t}.preds", output.Predictions.preds);
            foreach (var (latent, value) in output.Latents.Named)
            {
                comparer.Check($"infer{t}.{latent}", value);
            }

            t++;
        }
    }

    private PuzzleBatch Batch(string name) =>
        new(golden.Take($"{name}.inputs"), golden.Take($"{name}.labels"), golden.Take($"{name}.puzzle_identifiers"));
}
