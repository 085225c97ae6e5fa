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
        return new(errors ? null : model, diagnostics.Distinct().ToEquatableArray());
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
        return architecture is null ? null : Compile(architecture, diagnostics);
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
        }

        return Compile(model, diagnostics, out var sizes) is { } recursion ? new(model, recursion, earlier.ToEquatableArray(), sizes!) : null;
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
        sizes = SizeAnalysis.Of(model, live, liveRecorded);
        return new(Passes(before), Passes(after), executions.Count, recorded);
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
