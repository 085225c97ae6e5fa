using HrmGen.Checkpoints;
using HrmGen.Data;
using HrmGen.Layers;
using HrmGen.Models;
using HrmGen.Training;
using static TorchSharp.torch;

namespace HrmGen.Parity;

/// <summary>Runs one case: loads the golden weights into the compiled model, feeds the golden batches, compares everything.</summary>
internal sealed class CaseRunner : IDisposable
{
    private const string Prefix = StateDict.OfficialPrefix;

    private readonly CaseConfig config;
    private readonly FixtureTensors golden;
    private readonly Comparer comparer;
    private readonly ModelEntry entry;
    private readonly Device device;

    public CaseRunner(string folder, ModelEntry entry, Device device, TextWriter output)
    {
        (this.entry, this.device) = (entry, device);
        config = CaseConfig.Read(folder);
        golden = new(Path.Combine(folder, "tensors.safetensors"));
        comparer = new(Path.GetFileName(folder), config, golden, output);
    }

    /// <summary>Runs the case.</summary>
    /// <returns>Tensors compared, and those outside of tolerance, left over or missing.</returns>
    public (int Compared, int Outside) Run()
    {
        using var scope = NewDisposeScope();
        using var model = entry.Create(device);
        GoldenWeights.Load(model, golden, comparer);
        CheckBuffers(model);
        switch (config.Mode)
        {
            case "train":
                Train(model);
                break;
            case "paper_pseudocode":
                new PseudocodeRunner(entry, model, golden, comparer).Run(config.Steps);
                break;
            case "eval":
                Evaluate(model, "step", Batch("batch0"), config.Steps);
                break;
            default:
                comparer.Fail("config.json", $"unknown mode '{config.Mode}'");
                break;
        }

        foreach (var name in golden.Unused)
        {
            comparer.Fail(name, "nothing compared this tensor");
        }

        return (comparer.Compared, comparer.Outside);
    }

    public void Dispose() => golden.Dispose();

    // Rotary tables: float32 in the official code, at the tolerance of the rope fixture.
    private void CheckBuffers(IRecursiveModel model)
    {
        var rotary = model.Module.named_children().Select(c => c.module).OfType<RotaryEmbedding>().SingleOrDefault();
        comparer.Check($"buffers.{Prefix}rotary_emb.cos_cached", rotary?.cos_cached, 4e-5);
        comparer.Check($"buffers.{Prefix}rotary_emb.sin_cached", rotary?.sin_cached, 4e-5);
    }

    private void Train(IRecursiveModel model)
    {
        using var exploration = new RecordedExploration();
        using var step = entry.CreateTrainingStep(model, null);
        step.Exploration = exploration;
        for (var t = 0; t < config.Steps; t++)
        {
            using var scope = NewDisposeScope();
            exploration.Next = TakeExploration(t);
            using var batch = Batch($"batch{t}");
            var output = step.Step(batch);
            CheckOutput($"step{t}", output);
            comparer.CheckNumber($"step{t}.lr", output.LearningRate);
            comparer.CheckNumber($"step{t}.puzzle_emb_lr", output.PuzzleLearningRate);
            comparer.AddRate(Math.Max(output.LearningRate, output.PuzzleLearningRate));
            comparer.CheckGradients($"step{t}", model);
            comparer.CheckWeights($"step{t}", model);
        }

        CheckEma(step);
    }

    private void Evaluate(IRecursiveModel model, string prefix, PuzzleBatch batch, int steps)
    {
        using (batch)
        {
            var t = 0;
            foreach (var output in model.Evaluate(batch, steps))
            {
                using var scope = NewDisposeScope();
                CheckOutput($"{prefix}{t++}", output);
            }
        }
    }

    private void CheckOutput(string step, StepOutput output)
    {
        comparer.Check($"{step}.logits", output.Outputs.logits);
        comparer.Check($"{step}.preds", output.Predictions.preds);
        comparer.Check($"{step}.q_halt_logits", output.Outputs.q_halt);
        comparer.Check($"{step}.q_continue_logits", output.Outputs.q_continue);
        comparer.Check($"{step}.target_q_continue", output.Outputs.target_q_continue);
        foreach (var (name, value) in output.Latents.Named)
        {
            comparer.Check($"{step}.{name}", value);
        }

        comparer.Check($"{step}.steps", output.steps);
        comparer.Check($"{step}.halted", output.halted);
        comparer.Check($"{step}.current_data.inputs", output.Data.inputs);
        comparer.Check($"{step}.current_data.labels", output.Data.labels);
        comparer.Check($"{step}.current_data.puzzle_identifiers", output.Data.puzzle_identifiers);
        comparer.Check($"{step}.lm_loss", output.Losses.lm_loss);
        comparer.Check($"{step}.q_halt_loss", output.Losses.q_halt_loss);
        comparer.Check($"{step}.q_continue_loss", output.Losses.q_continue_loss);
        comparer.Check($"{step}.loss", output.Losses.loss);
        comparer.Check($"{step}.metrics.count", output.Metrics.count);
        comparer.Check($"{step}.metrics.accuracy", output.Metrics.accuracy);
        comparer.Check($"{step}.metrics.exact_accuracy", output.Metrics.exact_accuracy);
        comparer.Check($"{step}.metrics.q_halt_accuracy", output.Metrics.q_halt_accuracy);
        comparer.Check($"{step}.metrics.steps", output.Metrics.steps);
    }

    private void CheckEma(ITrainingStep step)
    {
        var prefix = $"step{config.Steps - 1}.ema.";
        foreach (var name in golden.Below(prefix))
        {
            comparer.CheckAfter(name, step.Ema?.Shadow.GetValueOrDefault(name[prefix.Length..].Replace(Prefix, "", StringComparison.Ordinal)));
        }

        if (golden.Below("ema_eval0.").Any() && step.Ema is { } ema)
        {
            using var applied = ema.Apply();
            var steps = Enumerable.Range(0, 1000).TakeWhile(i => golden.Below($"ema_eval{i}.").Any()).Count();
            Evaluate(step.Model, "ema_eval", Batch("batch0"), steps);
        }
    }

    // The case's own draws, which are inputs; that the minimum follows from them is checked all the same.
    private Tensor? TakeExploration(int t)
    {
        if (golden.TakeOrNull($"step{t}.min_halt_steps") is not { } minimum)
        {
            return null;
        }

        if (golden.TakeOrNull($"step{t}.explore_rand") is { } rand && golden.TakeOrNull($"step{t}.explore_randint") is { } randint)
        {
            comparer.Check($"step{t}.min_halt_steps", (rand < config.ExplorationProbability) * randint);
        }

        return minimum;
    }

    private PuzzleBatch Batch(string name) =>
        new PuzzleBatch(golden.Take($"{name}.inputs"), golden.Take($"{name}.labels"), golden.Take($"{name}.puzzle_identifiers")).DetachFromDisposeScope();
}
