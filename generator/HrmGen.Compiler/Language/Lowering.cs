using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Model;
using HrmGen.Compiler.Passes;

namespace HrmGen.Compiler.Language;

/// <summary>Linked tree to lowered model: validation, binding, and the passes.</summary>
public static class Lowering
{
    /// <summary>Lowers one spec; never throws on any tree.</summary>
    public static Result<LoweredModel> Lower(LinkedSpec spec)
    {
        var diagnostics = new List<SpecDiagnostic>();
        var model = Lower(spec, diagnostics);
        var errors = diagnostics.Any(d => d.Rule.Severity == Severity.Error);
        return new(errors ? null : model, Limited(diagnostics.Distinct().ToList()).ToEquatableArray());
    }

    private static IEnumerable<SpecDiagnostic> Limited(List<SpecDiagnostic> findings)
    {
        if (findings.Count <= MaxFindings)
        {
            return findings;
        }

        // Errors count before warnings; what is left stays in its order.
        var kept = findings.OrderBy(f => f.Rule.Severity == Severity.Error ? 0 : 1).Take(MaxFindings).ToList();
        return kept[0].Rule.Severity == Severity.Error
            ? kept.Append(SpecDiagnostic.At(Rules.TooLarge, "", $"This spec has {Invariant.Text(findings.Count)} findings; the first {MaxFindings} are told"))
            : kept;
    }

    private static LoweredModel? Lower(LinkedSpec spec, List<SpecDiagnostic> diagnostics)
    {
        if (spec.IsAbstract)
        {
            AbstractSpecs.Check(spec.Root, diagnostics);
            return null;
        }

        new Validator(diagnostics).Check(spec.Root, KeyTable.Root, "", "");
        if (diagnostics.Count > 0)
        {
            CheckEquations(spec, diagnostics);
            return null;
        }

        var architecture = new SpecBinder(spec, diagnostics).Bind();
        return architecture is null || Compile(architecture, diagnostics) is not { } model ? null : Fused(model, spec, diagnostics);
    }

    private static LoweredModel Fused(LoweredModel model, LinkedSpec spec, List<SpecDiagnostic> diagnostics)
    {
        if (!spec.IsFused)
        {
            return model;
        }

        if (FusedForm.Obstacle(model.Architecture, model.Earlier.Append(model.Recursion)) is { } obstacle)
        {
            diagnostics.Add(SpecDiagnostic.AtKey(Rules.NotFused, obstacle.Node, obstacle.Why));
            return model;
        }

        return model with { Architecture = model.Architecture with { Fused = true } };
    }

    // A slip elsewhere hides no bad equation, as long as what equations stand on is whole.
    private static void CheckEquations(LinkedSpec spec, List<SpecDiagnostic> diagnostics)
    {
        string[] needed = ["name", "recursion", "networks"];
        bool Touches(string node, string key) => node == key || node.StartsWith(key + ".", StringComparison.Ordinal) || node.StartsWith(key + "[", StringComparison.Ordinal);
        if (needed.All(key => spec.Root[key] is not null) && !diagnostics.Any(d => needed.Any(key => Touches(d.Node, key))))
        {
            var root = new Section(spec.Root, "");
            var findings = new List<SpecDiagnostic>();
            new RecursionBinder(root.Sub("recursion"), root.Sub("networks"), findings).Bind(root.Text("name", ""));
            diagnostics.AddRange(findings);
        }
    }

    /// <summary>Updates of the passes of all phases of training together at most.</summary>
    public const int MaxUpdates = 100_000;

    /// <summary>Findings of one spec at most: who has more mends the first ones first.</summary>
    public const int MaxFindings = 100;

    private static LoweredModel? Compile(ArchitectureModel model, List<SpecDiagnostic> diagnostics)
    {
        var earlier = new List<LoweredRecursion>();
        foreach (var phase in model.Earlier)
        {
            // Its own sizes matter to nobody, but what is wrong with it does.
            if (Compile(model with { Recursion = phase.Program }, diagnostics, out _) is not { } lowered)
            {
                return null;
            }

            earlier.Add(lowered);
            if (earlier.Sum(e => e.Updates) > MaxUpdates)
            {
                diagnostics.Add(SpecDiagnostic.AtKey(Rules.TooLarge, "recursion.let", $"The phases of training execute more than {MaxUpdates} updates together; lower the loop counts, or let the constants change less often"));
                return null;
            }
        }

        if (Compile(model, diagnostics, out var sizes) is not { } recursion)
        {
            return null;
        }

        if (CodeSize.Of(earlier.Append(recursion)) is > CodeSize.Max and var size)
        {
            diagnostics.Add(SpecDiagnostic.AtKey(Rules.TooLarge, "recursion.program", $"The code of this program would have {Invariant.Text(size)} terms, all phases of training together; at most {CodeSize.Max} are allowed"));
            return null;
        }

        return new(model, recursion, earlier.ToEquatableArray(), sizes!);
    }

    private static LoweredRecursion? Compile(ArchitectureModel model, List<SpecDiagnostic> diagnostics, out ModelSizes? sizes)
    {
        sizes = null;
        var (program, given, error) = FixedPoint.Unfold(model.Recursion);
        IReadOnlyList<Execution> executions = [];
        if (error is null)
        {
            (executions, error) = ProgramTrace.Run(program);
        }

        if (error is not null)
        {
            diagnostics.Add(error);
            return null;
        }

        if (executions.Count == 0)
        {
            diagnostics.Add(SpecDiagnostic.AtKey(Rules.StatementForm, "recursion.program", "No update of this program ever runs: every loop has a count of 0"));
            return null;
        }

        var (recorded, window) = given is { } count ? (count, null) : GradientPartition.Window(program, executions);
        if (window is not null)
        {
            diagnostics.Add(window);
            return null;
        }

        CheckReach(model, executions, recorded, diagnostics);
        var dead = Liveness.DeadUpdates(executions, program.Body);
        foreach (var update in executions.Select(e => e.Update).Where(u => dead.Contains(u.Node)).GroupBy(u => u.Node, StringComparer.Ordinal).Select(g => g.First()))
        {
            diagnostics.Add(SpecDiagnostic.At(Rules.OverwrittenUpdate, update.Node, update.Target.Name));
        }

        var (before, after) = GradientPartition.Split(program.Body, executions.Count - recorded);
        var hoisting = new Hoisting(program.Latents.Select(l => l.Name).Concat(model.Networks.Select(n => n.Name)).Concat(program.Constants.Select(c => c.Name)).Concat(Counters(program.Body)));
        EquatableArray<Statement> Passes(EquatableArray<Statement> part) => hoisting.Apply(Simplifier.Simplify(Liveness.Remove(part, dead)));
        var live = executions.Where(e => !dead.Contains(e.Update.Node)).ToList();
        var liveRecorded = executions.Skip(executions.Count - recorded).Count(e => !dead.Contains(e.Update.Node));
        var replaced = executions.Take(executions.Count - recorded).Where(e => !dead.Contains(e.Update.Node)).Select(e => new LatentElement(e.Target.Latent, e.Target.Index)).Distinct();
        var lowered = new LoweredRecursion(Passes(before), Passes(after), executions.Count, recorded, replaced.ToEquatableArray());
        sizes = SizeAnalysis.Of(model, live, liveRecorded, FusedForm.Obstacle(model, [lowered]) is null);
        if (sizes is null)
        {
            diagnostics.Add(SpecDiagnostic.AtKey(Rules.TooLarge, "block", "The operations of one step of this model are more than 64 bits count; lower the sizes, the layers or the loop counts"));
            return null;
        }

        return lowered;
    }

    private static IEnumerable<string> Counters(IEnumerable<Statement> statements) => statements.SelectMany(s => s switch
    {
        Loop loop => Counters(loop.Body).Prepend(loop.Counter),
        Every every => Counters(every.Body),
        _ => [],
    });

    private static void CheckReach(ArchitectureModel model, IReadOnlyList<Execution> executions, int recorded, List<SpecDiagnostic> diagnostics)
    {
        static Element ElementOf(LatentRef latent) => new(latent.Name, latent.Index?.Constant?.Value ?? 1);
        var outputs = new List<Element> { ElementOf(model.Heads.Logits) };
        var answer = GradientReach.Of(executions, recorded, outputs);
        if (!answer.Input)
        {
            diagnostics.Add(SpecDiagnostic.At(Rules.InputUnreachable, "recursion.gradient", recorded, model.Recursion.Gradient.Text));
            return;
        }

        if (model.Heads.Q is { } q)
        {
            outputs.Add(ElementOf(q.From));
        }

        var trained = GradientReach.Of(executions, recorded, outputs).Networks;
        foreach (var network in model.Networks.Where(n => !trained.Contains(n.Name)))
        {
            diagnostics.Add(SpecDiagnostic.AtKey(Rules.NetworkUntrained, "networks." + network.Name, model.Recursion.Gradient.Text, network.Name));
        }
    }
}
