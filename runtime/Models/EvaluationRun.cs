using HrmGen.Data;
using HrmGen.Halting;
using HrmGen.Losses;
using HrmGen.Training;
using static TorchSharp.torch;

namespace HrmGen.Models;

/// <summary>One batch through the supervision steps, without a gradient.</summary>
internal sealed class EvaluationRun<TLatents>(RecursiveModel<TLatents> model, EvaluationHalting halting)
    where TLatents : class, ILatents<TLatents>
{
    // Rows whose answer stands, and the number of steps that each row had; both outlive the step that makes them.
    private Tensor? done;
    private Tensor? steps;

    public IEnumerable<StepOutput> Steps(PuzzleBatch batch, int count)
    {
        if (halting.Rule == EvaluationRule.Halting && !model.HasQ)
        {
            throw new HrmGenException($"{model.Info.Name} has no halting head, so no row of it would halt: evaluate all steps, or until the answer settles");
        }

        var wasTraining = model.training;
        model.eval();
        using var scope = NewDisposeScope();
        using var data = batch.To(model.Device);
        try
        {
            TLatents latents;
            Tensor x;
            var inputs = data.inputs;
            using (no_grad())
            {
                latents = model.InitialLatents(data.Count);

                // The weights do not change between the steps, so neither does the embedded input.
                x = model.Embed(data.inputs, data.puzzle_identifiers);
            }

            for (var step = 1; step <= count; step++)
            {
                StepOutput output;
                bool ended;
                using (var inner = NewDisposeScope())
                using (no_grad())
                {
                    if (model.FeedsBack && step > 1)
                    {
                        x = model.Embed(inputs, data.puzzle_identifiers);
                    }

                    var next = Kept(latents, model.forward(latents, model.AtStep(x, full([data.Count], step, dtype: int32, device: model.Device))));
                    output = Observe(latents, next, data, step, step == count);
                    if (model.FeedsBack)
                    {
                        inputs = output.Predictions.preds.alias();
                        inner.MoveToOuter(inputs);
                    }

                    ended = step == count || (halting.Rule != EvaluationRule.AllSteps && output.halted.all().item<bool>());
                    inner.MoveToOuter(next.Named.Select(l => l.Value).Concat([output.steps, output.halted]).Concat(output.Owned));
                    Free(latents);
                    latents = next;
                }

                yield return output;
                Remember(output);
                output.Dispose();
                if (ended)
                {
                    yield break;
                }
            }
        }
        finally
        {
            done?.Dispose();
            steps?.Dispose();
            model.train(wasTraining);
        }
    }

    // A row that has stopped keeps its latents, and with them its answer.
    private TLatents Kept(TLatents old, TLatents next)
    {
        if (done is not { } stopped)
        {
            return next;
        }

        var before = old.Named.ToDictionary(l => l.Name, l => l.Value, StringComparer.Ordinal);
        var after = next.Named.ToDictionary(l => l.Name, l => l.Value, StringComparer.Ordinal);
        return TLatents.From(name => where(stopped.view(-1, 1, 1), before[name], after[name]));
    }

    private StepOutput Observe(TLatents before, TLatents latents, PuzzleBatch data, int step, bool last)
    {
        var logits = model.Logits(latents);
        var (q_halt, q_continue) = model.HasQ ? model.Q(latents) : (null, null);
        var predictions = Predictions.Of(logits, data.labels);
        var outputs = new SupervisionOutputs(logits, q_halt, q_continue, null);
        var losses = model.Losses(predictions, outputs, data.labels);
        var count = full([data.Count], step, dtype: int32, device: model.Device);
        var halted = full([data.Count], last, dtype: @bool, device: model.Device);
        var stops = halting.Rule switch
        {
            EvaluationRule.Halting => model.Halts(q_halt!, q_continue),
            EvaluationRule.Settled => Latent.RelativeChange(model.Answer(before), model.Answer(latents)) < halting.Threshold,
            _ => null,
        };
        halted = stops is null ? halted : halted | stops;
        var now = halted;
        if (done is not null)
        {
            (count, halted, now) = (where(done, steps!, count), halted | done, halted & ~done);
        }

        // A row counts at the step at which it stops.
        var metrics = StepMetrics.Of(predictions, now, count, q_halt);
        return new(outputs, predictions, losses, metrics) { Latents = latents, Data = data, steps = count, halted = halted };
    }

    private void Remember(StepOutput output)
    {
        if (halting.Rule == EvaluationRule.AllSteps)
        {
            return;
        }

        done?.Dispose();
        steps?.Dispose();
        done = output.halted.clone().DetachFromDisposeScope();
        steps = output.steps.clone().DetachFromDisposeScope();
    }

    private static void Free(TLatents latents)
    {
        foreach (var (_, latent) in latents.Named)
        {
            latent.Dispose();
        }
    }
}
