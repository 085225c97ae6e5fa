using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Emit;

/// <summary>Emits <c>Name.TrainingStep.g.cs</c>: the losses, and one optimizer step with its halting.</summary>
internal sealed class TrainingStepEmitter(LoweredModel model)
{
    private readonly ArchitectureModel a = model.Architecture;

    private bool HasQ => a.Heads.Q is not null;

    private bool PerBatch => a.Supervision.Stop != BatchStop.PerSample;

    private bool HasTarget => LossEmitter.LooksAhead(a);

    public SourceFile Emit()
    {
        var writer = Shared.File(a.Source, a.Namespace,
            "System", "HrmGen.Data", "HrmGen.Halting", "HrmGen.Losses", "HrmGen.Models", "HrmGen.Optimizers", "HrmGen.Training", "static TorchSharp.torch");
        new LossEmitter(a).Emit(writer);
        writer.Line();
        EmitStep(writer);
        return new(Shared.Hint(model, "TrainingStep"), writer.ToString());
    }

    private string StepsAtMost => a.Supervision.Steps.IsConstant ? $"{a.Name}.N_sup" : "n_sup";

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
            writer.Indented(() => writer.Line($": base(model, options ?? {a.Name}.Spec.Training, {OptimizerFactory()})"));
            writer.Line("{").Line("}").Line();
            if (PerBatch)
            {
                writer.Line("/// <inheritdoc/>").Line("public override bool TakesBatch => BatchHasEnded;").Line();
            }

            writer.Line("/// <inheritdoc/>");
            writer.Block("public override StepOutput Step(PuzzleBatch batch)", () => EmitStepBody(writer));
            ScheduleEmitter.Emit(writer, a.Supervision.Steps, "int", "n_sup", "Model.Progress", "supervision.N_sup");
            ScheduleEmitter.Emit(writer, a.Act.Exploration?.Probability, "double", "exploration_probability", "Model.Progress", "act.exploration.probability");
        });
    }

    // Muon takes the matrices of the networks; embeddings and heads are not its kind.
    private string OptimizerFactory() => a.Training.Optimizer switch
    {
        OptimizerKind.Muon => $"(parameters, o) => new Muon(parameters, [{string.Join(", ", a.Networks.Select(n => CSharpWriter.Literal(n.StateDict + ".")))}], o)",
        var kind => $"(parameters, o) => new {kind}(parameters, o.Beta1, o.Beta2, o.WeightDecay)",
    };

    private void EmitStepBody(CSharpWriter writer)
    {
        var (b, s, v) = (a.Positions, a.Task.SeqLen, a.Task.VocabSize);
        writer.Line("using var scope = NewDisposeScope();").Line();
        writer.Line(PerBatch
            ? "// A batch that has stopped gives way to the offered one and to fresh latents; until then its rows go on."
            : "// Rows that halted take the offered examples and fresh latents; the others go on with theirs.");
        writer.Line("var (latents, data, steps) = Refill(batch);").Line();
        EmitTarget(writer);
        writer.Line("// One supervision step.");
        var inputs = "data.inputs";
        if (a.Supervision.Feedback)
        {
            inputs = "inputs";
            writer.Line($"var inputs = WithFeedback(data, steps); // [B, {s}]: from the second step on, the last answer");
        }

        var embedded = $"Model.Embed({inputs}, data.puzzle_identifiers)";
        writer.Line($"var x = {(a.Supervision.StepEmbedding ? $"Model.AtStep({embedded}, steps)" : embedded)}; // [B, {b}, {a.Block.HiddenSize}]");
        if (a.Act.Rule == HaltRule.Residual)
        {
            writer.Line("var before = Model.Answer(latents);");
        }

        var answered = "latents";
        if (a.Supervision.Candidates is { } candidates)
        {
            EmitCandidates(writer, candidates);
            answered = "won";
        }
        else
        {
            writer.Line("latents = Model.forward(latents, x);");
        }

        writer.Line($"var logits = Model.Logits({answered}); // [B, {s}, {v}]");
        if (HasQ)
        {
            writer.Line($"var (q_halt, q_continue) = Model.Q({answered}); // [B] each");
        }

        writer.Line("var predictions = Predictions.Of(logits, data.labels);").Line();
        EmitHalting(writer);
        writer.Line();
        EmitUpdate(writer);
    }

    private void EmitTarget(CSharpWriter writer)
    {
        if (a.Loss.TargetsPath)
        {
            writer.Line("// The target of a step lies between input and answer: of the cells that differ, steps / N_sup are right in it (loss.target: path).");
            writer.Line($"var targets = Path.Targets(data, steps, {StepsAtMost}); // [B, {a.Task.SeqLen}]").Line();
        }
    }

    private string Labels => a.Loss.TargetsPath ? "targets" : "data.labels";

    // The candidates of a row stand next to each other.
    private void EmitCandidates(CSharpWriter writer, Candidates candidates)
    {
        var shared = string.Concat(candidates.FromWinner.SelectMany(Elements).Select(n => $", {CSharpWriter.Literal(n)}"));
        writer.Line($"latents = Model.forward(latents, x.repeat_interleave(Model.Candidates, 0)); // [B * {candidates.Count}, {a.Positions}, {a.Block.HiddenSize}]");
        writer.Line();
        writer.Line("// The winner of a row is the candidate with the lowest loss; only it is trained (supervision.candidates).");
        writer.Line("Tensor winners; // [B], rows of the latents");
        writer.Block("using (no_grad())", () =>
            writer.Line($"winners = Winners.Of({LossEmitter.CrossEntropy(a, "Model.Logits(latents)", $"{Labels}.repeat_interleave(Model.Candidates, 0)")}, Model.Candidates);"));
        writer.Line("var won = latents.Map(z => z.index_select(0, winners));");
        if (candidates.FromWinner.Count > 0)
        {
            writer.Line($"latents = Winners.Spread(latents, won, Model.Candidates{shared});");
        }
    }

    private IEnumerable<string> Elements(string latent) => a.Recursion[latent] is { Count: not null } indexed
        ? Enumerable.Range(1, indexed.Elements).Select(i => latent + Invariant.Text(i))
        : [latent];

    private void EmitHalting(CSharpWriter writer)
    {
        var early = a.Supervision.Most > 1 && a.Act.Rule != HaltRule.Never;
        writer.Line($"// Halting: after N_sup steps{HaltWords()}.");
        writer.Line($"var is_last = steps >= {StepsAtMost};");
        writer.Line($"var halted = is_last{(early ? $" | {Condition()}" : "")};");
        if (a.Act.Exploration is { } exploration)
        {
            var draw = exploration.EachSample ? "MinHaltStepsOfSample" : "MinHaltSteps";
            writer.Line($"halted &= steps >= Exploration.{draw}(steps, {ScheduleEmitter.Use(exploration.Probability, "exploration_probability")}, {StepsAtMost});");
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
        var change = "Latent.RelativeChange(before, Model.Answer(latents))";
        var rows = a.Act.Rule switch
        {
            HaltRule.Continue => "(q_halt > q_continue!)",
            HaltRule.Residual => $"({change} < {threshold})",
            _ => $"(q_halt > {threshold})",
        };
        return a.Supervision.Stop switch
        {
            BatchStop.PerSample => rows,
            BatchStop.All => rows + ".all()",
            BatchStop.Any => rows + ".any()",
            _ => a.Act.Rule switch
            {
                HaltRule.Continue => "(q_halt.mean() > q_continue!.mean())",
                HaltRule.Residual => $"({change}.mean() < {threshold})",
                _ => $"(q_halt.mean() > {threshold})",
            },
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
            HaltRule.Residual => $", or once a step changes the answer's latent by less than {Shared.Number(a.Act.Threshold)} of its norm{who}",
            HaltRule.Threshold => $", or once q_halt > {Shared.Number(a.Act.Threshold)}{who}",
            _ => "",
        };
        return rule + (a.Act.Exploration is not null ? "; a drawn minimum can only delay it" : "");
    }

    private void EmitUpdate(CSharpWriter writer)
    {
        var q = HasQ ? ", q_halt, q_continue" : ", null, null";
        var more = new[]
        {
            HasTarget ? "next_q_halt = next_q_halt, next_q_continue = next_q_continue" : null,
            a.Supervision.StepDecay is { } decay ? $"step_weights = StepWeights.Decayed(steps, {Shared.Number(decay)}, {StepsAtMost})" : null,
        }.OfType<string>().ToList();
        var ahead = more.Count > 0 ? $" {{ {string.Join(", ", more)} }}" : "";
        writer.Line(PerBatch ? "// Losses are sums; the gradient is that of their mean over the rows." : "// Losses are sums; the gradient is that of their share of the global batch.");
        writer.Line($"var outputs = new SupervisionOutputs(logits{q}, {(HasTarget ? "target_q_continue" : "null")}){ahead};");
        writer.Line($"var losses = Model.Losses(predictions, outputs, {Labels});");
        writer.Line("ZeroGrad();");
        writer.Line($"(losses.loss / {(PerBatch ? "data.Count" : "Options.BatchSize")}).backward();");
        writer.Line("UpdateWeights();").Line();
        writer.Line($"var metrics = StepMetrics.Of(predictions, halted, steps, {(HasQ ? "q_halt" : "null")});");
        writer.Line("return Finish(latents, data, steps, halted, new StepResult(outputs, predictions, losses, metrics));");
    }
}
