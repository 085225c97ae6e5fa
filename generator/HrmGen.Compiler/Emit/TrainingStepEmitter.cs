using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Emit;

/// <summary>Emits <c>Name.TrainingStep.g.cs</c>: the losses, and one optimizer step with its halting.</summary>
internal sealed class TrainingStepEmitter(LoweredModel model)
{
    private readonly ArchitectureModel a = model.Architecture;

    private bool HasQ => a.Heads.Q is not null;

    private bool HasHalt => a.Act.HaltWeight is not null;

    // With one supervision step every row halts after it: there is no next pass to look at (official code: halt_max_steps > 1).
    private bool HasTarget => a.Act.ContinueWeight is not null && a.Supervision.N_sup > 1;

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
    });

    private string HaltSummary() => (HasHalt, a.Act.ContinueWeight is not null) switch
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
            writer.Line($"loss = loss + {Shared.Number(a.Act.HaltWeight!.Value)} * q_halt_loss;");
        }

        if (HasTarget)
        {
            writer.Line();
            writer.Line("// Evaluation looks at no next pass and so has no target.");
            writer.Line("Tensor? q_continue_loss = null;");
            writer.Block("if (outputs.target_q_continue is { } target)", () =>
            {
                writer.Line("q_continue_loss = HaltingLoss.BinaryCrossEntropy(outputs.q_continue!, target);");
                writer.Line($"loss = loss + {Shared.Number(a.Act.ContinueWeight!.Value)} * q_continue_loss;");
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
            "A row that halts takes a new example at the next call, while the others go on (supervision.loop: per_sample).");
        writer.Block($"public sealed partial class {a.Name}TrainingStep : TrainingStep<{a.Name}, {a.Name}.Latents>", () =>
        {
            writer.Summary("Creates the training state of a model.");
            writer.Doc("param name=\"model\"", "The model; its weights are changed in place.");
            writer.Doc("param name=\"options\"", "What may change at run time; the spec's defaults when null.");
            writer.Line($"public {a.Name}TrainingStep({a.Name} model, TrainingOptions? options = null)");
            writer.Indented(() => writer.Line($": base(model, options ?? {a.Name}.Spec.Training, {OptimizerFactory(t)})"));
            writer.Line("{").Line("}").Line();
            writer.Line("/// <inheritdoc/>");
            writer.Block("public override StepOutput Step(PuzzleBatch batch)", () => EmitStepBody(writer));
        });
    }

    private static string OptimizerFactory(TrainingDefaults training) =>
        $"(parameters, o) => new {(training.AdamATan2 ? "AdamATan2" : "AdamW")}(parameters, o.Beta1, o.Beta2, o.WeightDecay)";

    private void EmitStepBody(CSharpWriter writer)
    {
        var (b, s, v) = (a.Positions, a.Task.SeqLen, a.Task.VocabSize);
        writer.Line("using var scope = NewDisposeScope();").Line();
        writer.Line("// Rows that halted take the offered examples and fresh latents; the others go on with theirs.");
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
        var name = a.Name;
        writer.Line($"// Halting: after N_sup steps{HaltWords()}.");
        writer.Line("Tensor halted;");
        if (HasTarget)
        {
            writer.Line("Tensor target_q_continue;");
        }

        writer.Block("using (no_grad())", () =>
        {
            var early = a.Supervision.N_sup > 1;
            writer.Line($"var is_last = steps >= {name}.N_sup;");
            writer.Line(!early ? "halted = is_last;" : a.Act.Rule switch
            {
                HaltRule.Continue => "halted = is_last | (q_halt > q_continue!);",
                HaltRule.Threshold => $"halted = is_last | (q_halt > {Shared.Number(a.Act.Threshold)});",
                _ => "halted = is_last;",
            });
            if (a.Act.Exploration > 0 && early)
            {
                writer.Line($"halted &= steps >= Exploration.MinHaltSteps(steps, {Shared.Number(a.Act.Exploration)}, {name}.N_sup);");
            }

            if (HasTarget)
            {
                writer.Line();
                writer.Line("// The continue target: the better of halting and going on at the next step, or halting there if that is the last.");
                writer.Line("var (next_q_halt, next_q_continue) = Model.Q(Model.forward(latents, x));");
                writer.Line("target_q_continue = sigmoid(where(is_last, next_q_halt, maximum(next_q_halt, next_q_continue!)));");
            }
        });
    }

    private string HaltWords()
    {
        if (a.Supervision.N_sup == 1)
        {
            return "";
        }

        var rule = a.Act.Rule switch
        {
            HaltRule.Continue => ", or once q_halt > q_continue",
            HaltRule.Threshold => $", or once q_halt > {Shared.Number(a.Act.Threshold)}",
            _ => "",
        };
        return rule + (a.Act.Exploration > 0 ? "; a drawn minimum can only delay it" : "");
    }

    private void EmitUpdate(CSharpWriter writer)
    {
        var q = HasQ ? ", q_halt, q_continue" : ", null, null";
        writer.Line("// Losses are sums; the gradient is that of their share of the global batch.");
        writer.Line($"var outputs = new SupervisionOutputs(logits{q}, {(HasTarget ? "target_q_continue" : "null")});");
        writer.Line("var losses = Model.Losses(predictions, outputs, data.labels);");
        writer.Line("ZeroGrad();");
        writer.Line("(losses.loss / Options.BatchSize).backward();");
        writer.Line("UpdateWeights();").Line();
        writer.Line($"var metrics = StepMetrics.Of(predictions, halted, steps, {(HasQ ? "q_halt" : "null")});");
        writer.Line("return Finish(latents, data, steps, halted, new StepResult(outputs, predictions, losses, metrics));");
    }
}
