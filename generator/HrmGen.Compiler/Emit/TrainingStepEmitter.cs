using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Emit;

/// <summary>Emits <c>Name.TrainingStep.g.cs</c>: the losses, and one optimizer step with its halting.</summary>
internal sealed class TrainingStepEmitter(LoweredModel model)
{
    private readonly ArchitectureModel a = model.Architecture;

    private bool HasQ => a.Heads.Q is not null;

    private bool HasHalt => a.Act.HaltWeight is not null;

    private bool PerBatch => a.Supervision.Stop != BatchStop.PerSample;

    // With one supervision step every row halts after it: there is no next pass to look at (official code: halt_max_steps > 1).
    private bool HasTarget => a.Act.Continue is not null && a.Supervision.Most > 1;

    public SourceFile Emit()
    {
        var writer = Shared.File(a.Source, a.Namespace,
            "System", "HrmGen.Data", "HrmGen.Halting", "HrmGen.Losses", "HrmGen.Models", "HrmGen.Optimizers", "HrmGen.Training", "static TorchSharp.torch");
        EmitLosses(writer);
        writer.Line();
        EmitStep(writer);
        return new(Shared.Hint(model, "TrainingStep"), writer.ToString());
    }

    private void EmitLosses(CSharpWriter writer) => writer.Block($"public sealed partial class {a.Name}", () =>
    {
        var kind = a.Loss.Stablemax ? "stablemax" : "softmax";
        writer.Summary($"The losses of one supervision step, each summed over the batch: {kind} cross-entropy in {Shared.Of(a.Loss.Precision)}, a row's mean over its labels{HaltSummary()}.");
        writer.Doc("param name=\"predictions\"", "What the logits predict, and where it is right.");
        writer.Doc("param name=\"outputs\"", "Logits and halting logits of the step, and in training the continue target.");
        writer.Doc("param name=\"labels\"", $"The right tokens, [B, {a.Task.SeqLen}]; -100 does not count.");
        writer.Block("public override SupervisionLosses Losses(Predictions predictions, SupervisionOutputs outputs, Tensor labels)", LossBody(writer));
        EmitSchedule(writer, a.Act.HaltWeight, "double", "halt_weight", "Progress", "act.loss.halt");
        EmitSchedule(writer, HasTarget ? a.Act.Continue!.Weight : null, "double", "continue_weight", "Progress", "act.loss.continue.weight");
    });

    // A number that changes over training is a property; one that does not stands where it is used.
    private static void EmitSchedule(CSharpWriter writer, Schedule? schedule, string type, string name, string progress, string node)
    {
        if (schedule is not { IsConstant: false })
        {
            return;
        }

        string Value(double value) => type == "int" ? Invariant.Text((long)value) : Shared.Number(value);
        writer.Line();
        writer.Line($"// {node} over the progress of training, 0 to 1.");
        writer.Line($"private {type} {name} => {progress} switch").Line("{");
        writer.Indented(() =>
        {
            for (var i = 0; i + 1 < schedule.Phases.Count; i++)
            {
                writer.Line($"< {Shared.Number(schedule.Phases[i + 1].From)} => {Value(schedule.Phases[i].Value)},");
            }

            writer.Line($"_ => {Value(schedule.Last)},");
        });
        writer.Line("};");
    }

    private static string Use(Schedule schedule, string name) => schedule.IsConstant ? Shared.Number(schedule.Last) : name;

    private string StepsAtMost => a.Supervision.Steps.IsConstant ? $"{a.Name}.N_sup" : "n_sup";

    private string HaltSummary() => (HasHalt, a.Act.Continue is not null) switch
    {
        (true, true) => "; whether the answer is right against q_halt; the look-ahead target against q_continue",
        (true, false) => "; whether the answer is right against q_halt",
        (false, true) => "; the look-ahead target against q_continue",
        _ => "",
    };

    private Action LossBody(CSharpWriter writer) => () =>
    {
        var function = a.Loss.Stablemax ? "Stablemax" : "Softmax";
        writer.Line($"var lm_loss = (CrossEntropy.{function}(outputs.logits, labels, {Shared.Of(a.Loss.Precision)}) / predictions.loss_divisor).sum();");
        writer.Line("var loss = lm_loss;");
        if (HasHalt)
        {
            writer.Line();
            writer.Line("var q_halt_loss = HaltingLoss.BinaryCrossEntropy(outputs.q_halt!, predictions.seq_is_correct);");
            writer.Line($"loss = loss + {Use(a.Act.HaltWeight!, "halt_weight")} * q_halt_loss;");
        }

        if (HasTarget)
        {
            writer.Line();
            writer.Line("// Evaluation looks at no next pass and so has no target.");
            writer.Line("Tensor? q_continue_loss = null;");
            writer.Block("if (outputs.target_q_continue is { } target)", () =>
            {
                var predicted = a.Act.Continue!.PredictNext ? "outputs.next_q_continue!" : "outputs.q_continue!";
                writer.Line($"q_continue_loss = HaltingLoss.BinaryCrossEntropy({predicted}, target);");
                writer.Line($"loss = loss + {Use(a.Act.Continue.Weight, "continue_weight")} * q_continue_loss;");
            });
        }

        writer.Line();
        writer.Line($"return new(lm_loss, {(HasHalt ? "q_halt_loss" : "null")}, {(HasTarget ? "q_continue_loss" : "null")}, loss);");
    };

    private void EmitStep(CSharpWriter writer)
    {
        var t = a.Training;
        writer.Summary(
            $"Trains <see cref=\"{a.Name}\"/>: one supervision step, one backward and one optimizer step a call.",
            PerBatch
                ? "All rows of a batch train together, from fresh latents, until the batch stops; only then the next one is taken (supervision.loop: per_batch)."
                : "A row that halts takes a new example at the next call, while the others go on (supervision.loop: per_sample).");
        writer.Block($"public sealed partial class {a.Name}TrainingStep : TrainingStep<{a.Name}, {a.Name}.Latents>", () =>
        {
            writer.Summary("Creates the training state of a model.");
            writer.Doc("param name=\"model\"", "The model; its weights are changed in place.");
            writer.Doc("param name=\"options\"", "What may change at run time; the spec's defaults when null.");
            writer.Line($"public {a.Name}TrainingStep({a.Name} model, TrainingOptions? options = null)");
            writer.Indented(() => writer.Line($": base(model, options ?? {a.Name}.Spec.Training, {OptimizerFactory(t)})"));
            writer.Line("{").Line("}").Line();
            if (PerBatch)
            {
                writer.Line("/// <inheritdoc/>").Line("public override bool TakesBatch => BatchHasEnded;").Line();
            }

            writer.Line("/// <inheritdoc/>");
            writer.Block("public override StepOutput Step(PuzzleBatch batch)", () => EmitStepBody(writer));
            EmitSchedule(writer, a.Supervision.Steps, "int", "n_sup", "Model.Progress", "supervision.N_sup");
            EmitSchedule(writer, a.Act.Exploration?.Probability, "double", "exploration_probability", "Model.Progress", "act.exploration.probability");
        });
    }

    private static string OptimizerFactory(TrainingDefaults training) =>
        $"(parameters, o) => new {(training.AdamATan2 ? "AdamATan2" : "AdamW")}(parameters, o.Beta1, o.Beta2, o.WeightDecay)";

    private void EmitStepBody(CSharpWriter writer)
    {
        var (b, s, v) = (a.Positions, a.Task.SeqLen, a.Task.VocabSize);
        writer.Line("using var scope = NewDisposeScope();").Line();
        writer.Line(PerBatch
            ? "// A batch that has stopped gives way to the offered one and to fresh latents; until then its rows go on."
            : "// Rows that halted take the offered examples and fresh latents; the others go on with theirs.");
        writer.Line("var (latents, data, steps) = Refill(batch);").Line();
        writer.Line("// One supervision step.");
        writer.Line($"var x = Model.Embed(data.inputs, data.puzzle_identifiers); // [B, {b}, {a.Block.HiddenSize}]");
        writer.Line("latents = Model.forward(latents, x);");
        writer.Line($"var logits = Model.Logits(latents); // [B, {s}, {v}]");
        if (HasQ)
        {
            writer.Line($"var (q_halt, q_continue) = Model.Q(latents); // [B] each");
        }

        writer.Line("var predictions = Predictions.Of(logits, data.labels);").Line();
        EmitHalting(writer);
        writer.Line();
        EmitUpdate(writer);
    }

    private void EmitHalting(CSharpWriter writer)
    {
        var early = a.Supervision.Most > 1 && a.Act.Rule != HaltRule.Never;
        writer.Line($"// Halting: after N_sup steps{HaltWords()}.");
        writer.Line($"var is_last = steps >= {StepsAtMost};");
        writer.Line($"var halted = is_last{(early ? $" | {Condition()}" : "")};");
        if (a.Act.Exploration is { } exploration)
        {
            var draw = exploration.EachSample ? "MinHaltStepsOfSample" : "MinHaltSteps";
            writer.Line($"halted &= steps >= Exploration.{draw}(steps, {Use(exploration.Probability, "exploration_probability")}, {StepsAtMost});");
        }

        if (!HasTarget)
        {
            return;
        }

        writer.Line();
        writer.Line(a.Act.Continue!.MaxOnLast
            ? "// The continue target: the better of halting and going on at the next step, on the last step too."
            : "// The continue target: the better of halting and going on at the next step, or halting there if that is the last.");
        if (a.Act.Continue.PredictNext)
        {
            writer.Line("// The extra pass is recorded: its own q_continue is what the continue loss trains.");
            writer.Line("var (next_q_halt, next_q_continue) = Model.Q(Model.forward(latents.Map(z => z.detach()), x));");
            writer.Line($"var target_q_continue = {Target()}.detach();");
            return;
        }

        writer.Line("Tensor next_q_halt, target_q_continue;");
        writer.Line("Tensor? next_q_continue;");
        writer.Block("using (no_grad())", () =>
        {
            writer.Line("(next_q_halt, next_q_continue) = Model.Q(Model.forward(latents, x));");
            writer.Line($"target_q_continue = {Target()};");
        });
    }

    private string Condition()
    {
        var threshold = Shared.Number(a.Act.Threshold);
        var rows = a.Act.Rule == HaltRule.Continue ? "(q_halt > q_continue!)" : $"(q_halt > {threshold})";
        return a.Supervision.Stop switch
        {
            BatchStop.PerSample => rows,
            BatchStop.All => rows + ".all()",
            BatchStop.Any => rows + ".any()",
            _ => a.Act.Rule == HaltRule.Continue ? "(q_halt.mean() > q_continue!.mean())" : $"(q_halt.mean() > {threshold})",
        };
    }

    private string Target()
    {
        var target = "maximum(next_q_halt, next_q_continue!)";
        if (!a.Act.Continue!.MaxOnLast)
        {
            target = $"where(is_last, next_q_halt, {target})";
        }

        return a.Act.Continue.RawLabel ? target : $"sigmoid({target})";
    }

    private string HaltWords()
    {
        if (a.Supervision.Most == 1)
        {
            return "";
        }

        var who = a.Supervision.Stop switch
        {
            BatchStop.All => " for every row",
            BatchStop.Any => " for any row",
            BatchStop.Mean => " on average",
            _ => "",
        };
        var rule = a.Act.Rule switch
        {
            HaltRule.Continue => $", or once q_halt > q_continue{who}",
            HaltRule.Threshold => $", or once q_halt > {Shared.Number(a.Act.Threshold)}{who}",
            _ => "",
        };
        return rule + (a.Act.Exploration is not null ? "; a drawn minimum can only delay it" : "");
    }

    private void EmitUpdate(CSharpWriter writer)
    {
        var q = HasQ ? ", q_halt, q_continue" : ", null, null";
        var ahead = HasTarget ? " { next_q_halt = next_q_halt, next_q_continue = next_q_continue }" : "";
        writer.Line(PerBatch ? "// Losses are sums; the gradient is that of their mean over the rows." : "// Losses are sums; the gradient is that of their share of the global batch.");
        writer.Line($"var outputs = new SupervisionOutputs(logits{q}, {(HasTarget ? "target_q_continue" : "null")}){ahead};");
        writer.Line("var losses = Model.Losses(predictions, outputs, data.labels);");
        writer.Line("ZeroGrad();");
        writer.Line($"(losses.loss / {(PerBatch ? "data.Count" : "Options.BatchSize")}).backward();");
        writer.Line("UpdateWeights();").Line();
        writer.Line($"var metrics = StepMetrics.Of(predictions, halted, steps, {(HasQ ? "q_halt" : "null")});");
        writer.Line("return Finish(latents, data, steps, halted, new StepResult(outputs, predictions, losses, metrics));");
    }
}
