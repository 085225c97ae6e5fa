using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Model;
using HrmGen.Compiler.Parsing;

namespace HrmGen.Compiler.Language;

/// <summary>Reads <c>supervision</c>: how often an example is gone over, and how its steps differ; and says what does not combine.</summary>
internal sealed class SupervisionBinder(Section root, List<SpecDiagnostic> diagnostics)
{
    private static readonly string[] BetweenSteps = ["step_decay", "feedback", "step_embedding"];

    private readonly Section section = root.Sub("supervision");

    /// <summary>The number of steps and when a batch ends.</summary>
    public static (Schedule Steps, BatchStop Stop) Loop(Section root)
    {
        var section = root.Sub("supervision");
        var perBatch = section.Sub("loop").Sub("per_batch");
        var stop = section.Text("loop", section.Sub("loop").Exists ? "per_batch" : "per_sample") == "per_sample" ? BatchStop.PerSample : perBatch.Text("stop", "all") switch
        {
            "any" => BatchStop.Any,
            "mean" => BatchStop.Mean,
            _ => BatchStop.All,
        };
        return (section.Schedule("N_sup") ?? Schedule.Of(16), stop);
    }

    /// <summary>Deep supervision.</summary>
    public Supervision Bind(Scope scope, RecursionProgram recursion, Act act)
    {
        var (steps, stop) = Loop(root);
        var supervision = new Supervision(
            steps, stop, section.DoubleOrNull("step_decay"), BindCandidates(scope, recursion), section.Flag("feedback"), section.Flag("step_embedding"));
        foreach (var key in BetweenSteps.Where(k => supervision.Most == 1 && section[k] is SpecScalar s && Scalars.Flag(s) != false))
        {
            diagnostics.Add(SpecDiagnostic.AtKey(Rules.WithoutEffect, section.At(key), key, "with N_sup: 1 an example has one step"));
        }

        CheckLookAhead(supervision, act);
        CheckCandidates(supervision, act);
        if (act.Rule != HaltRule.Never && root.Sub("loss").Text("target", "label") == "path")
        {
            Contradiction(root.Sub("loss").At("target"), "'target: path' leads every row through all N_sup steps, and here rows halt earlier: set 'act.halt_when: never'");
        }

        return supervision;
    }

    private Candidates? BindCandidates(Scope scope, RecursionProgram recursion)
    {
        var candidates = section.Sub("candidates");
        if (!candidates.Exists)
        {
            return null;
        }

        var shared = new List<string>();
        var reader = new ProgramBinder(scope, diagnostics);
        for (var i = 0; candidates["from_winner"] is SpecSequence list && i < list.Items.Count; i++)
        {
            var path = NodePath.Item(candidates.At("from_winner"), i);
            if (reader.ReadRef(list.Items[i], path, "This names a latent", t => EquationParser.ParseWholeLatent(t, scope)) is { } name)
            {
                shared.Add(name);
            }
        }

        if (!recursion.Latents.Any(l => l.Init == LatentInit.Random) && !Statement.Updates(recursion.Body).Any(u => u.Value.Flatten().Any(e => e is Noise)))
        {
            Contradiction(candidates.Path, "All candidates of an example would be the same: let a latent start at random ('init: random'), or add noise to an equation");
        }

        return new(candidates.Int("count", 2), shared.ToEquatableArray());
    }

    // The continue loss runs one more pass, for which none of these says what it should see.
    private void CheckLookAhead(Supervision supervision, Act act)
    {
        if (act.Continue is null || supervision.Most == 1)
        {
            return;
        }

        var present = new[]
        {
            (supervision.Candidates is not null, "candidates"), (supervision.Feedback, "feedback"), (supervision.StepEmbedding, "step_embedding"),
        };
        foreach (var (_, key) in present.Where(p => p.Item1))
        {
            Contradiction(section.At(key), $"'{key}' does not combine with the continue loss, whose target needs a pass ahead of the step; leave out 'act.loss.continue'");
        }
    }

    private void CheckCandidates(Supervision supervision, Act act)
    {
        if (supervision.Candidates is null)
        {
            return;
        }

        if (supervision.Stop != BatchStop.PerSample)
        {
            Contradiction(section.At("candidates"), "'candidates' belongs to 'loop: per_sample': each row has its own winner and halts with it");
        }

        if (act.Rule == HaltRule.Residual)
        {
            Contradiction(section.At("candidates"), "'candidates' does not combine with 'halt_when: residual': the winner of one step need not be that of the last");
        }
    }

    private void Contradiction(string node, string message) => diagnostics.Add(SpecDiagnostic.AtKey(Rules.Contradiction, node, message));
}
