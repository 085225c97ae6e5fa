using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Language;

/// <summary>Reads <c>act</c>: what learns when to stop, and what stops.</summary>
internal sealed class ActBinder(Section root, List<SpecDiagnostic> diagnostics)
{
    /// <summary>Losses, rule, exploration and evaluation.</summary>
    public Act BindAct()
    {
        var section = root.Sub("act");
        var loss = section.Sub("loss");
        var (halt, next) = (loss.Schedule("halt"), BindContinue(loss));
        var (rule, threshold) = (halt, next) switch
        {
            (_, not null) => (HaltRule.Continue, 0.0),
            (not null, _) => (HaltRule.Threshold, 0.0),
            _ => (HaltRule.Never, 0.0),
        };
        if (section["halt_when"] is { } when)
        {
            (rule, threshold) = new ProgramBinder(new(), diagnostics)
                .Read(when, section.At("halt_when"), "'halt_when' is a condition, as in 'q_halt > 0'", ConditionParser.ParseHaltRule) ?? (rule, threshold);
        }

        return new(halt, next, rule, threshold, BindExploration(section, rule), BindEvaluation(section, rule, threshold));
    }

    private static ContinueLoss? BindContinue(Section loss)
    {
        var section = loss.Sub("continue");
        if (!section.Exists)
        {
            return loss.DoubleOrNull("continue") is { } weight ? new(Schedule.Of(weight), false, false, false) : null;
        }

        return new(section.Schedule("weight") ?? Schedule.Of(1), section.Text("predict", "current") == "next", section.Text("label", "sigmoid") == "raw",
            section.Text("last_step", "halt") == "max");
    }

    private Exploration? BindExploration(Section act, HaltRule rule)
    {
        var section = act.Sub("exploration");
        var probability = (section.Exists ? section.Schedule("probability") : act.Schedule("exploration")) ?? Schedule.Of(0);
        if (probability.Phases.All(p => p.Value == 0))
        {
            return null;
        }

        var (steps, stop) = SupervisionBinder.Loop(root);
        var why = stop != BatchStop.PerSample ? "with 'loop: per_batch' the batch stops as a whole"
            : steps.Phases.All(p => p.Value == 1) ? "with N_sup: 1 every row halts after its only step"
            : rule == HaltRule.Never ? "no row halts before its last step, so there is nothing to delay" : null;
        if (why is not null)
        {
            diagnostics.Add(SpecDiagnostic.AtKey(Rules.WithoutEffect, act.At("exploration"), "exploration", why));
            return null;
        }

        return new(probability, section.Text("draw", "each_step") == "each_sample");
    }

    private Evaluation BindEvaluation(Section act, HaltRule rule, double threshold)
    {
        if (act.Sub("evaluate") is { Exists: true } section)
        {
            return new(EvaluationKind.Residual, section.Double("residual", 0));
        }

        if (act.Text("evaluate", "all_steps") == "all_steps")
        {
            return new(EvaluationKind.AllSteps, 0);
        }

        if (rule == HaltRule.Residual)
        {
            return new(EvaluationKind.Residual, threshold);
        }

        if (rule == HaltRule.Never)
        {
            diagnostics.Add(SpecDiagnostic.At(Rules.Contradiction, act.At("evaluate"), "'evaluate: halt' needs a halting rule, and no row of this model halts before its last step; give 'halt_when', or a halt loss"));
        }

        return new(EvaluationKind.Halt, 0);
    }
}
