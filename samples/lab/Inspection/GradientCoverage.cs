using HrmGen.Compiler.Emit;
using HrmGen.Compiler.Model;
using HrmGen.Compiler.Passes;

namespace HrmGen.Lab.Inspection;

/// <summary>One equation of the spec: how often a pass executes it, and how often under the gradient, in words.</summary>
internal sealed record UpdateCoverage(string Equation, string Executed, string Recorded);

/// <summary>What the gradient of one pass covers.</summary>
/// <param name="Updates">The equations in the order of their first execution.</param>
/// <param name="InputReached">Whether it gets from the answer to the embedded input.</param>
/// <param name="Trained">The networks that it reaches.</param>
/// <param name="Untrained">Those that it does not.</param>
internal sealed record GradientCoverage(IReadOnlyList<UpdateCoverage> Updates, bool InputReached, IReadOnlyList<string> Trained, IReadOnlyList<string> Untrained)
{
    public static GradientCoverage Of(LoweredModel model)
    {
        var a = model.Architecture;
        var program = FixedPoint.Unfold(a.Recursion).Program;
        var (executions, _) = ProgramTrace.Run(program);
        var detached = executions.Count - model.Recursion.RecordedUpdates;
        var (uncertain, recorded) = (UpdateCount.Uncertain(program.Body).ToHashSet(), UpdateCount.Uncertain(model.Recursion.WithGradient).ToHashSet());
        var updates = executions
            .Select((e, i) => (e.Update, Recorded: i >= detached))
            .GroupBy(e => e.Update.Node, StringComparer.Ordinal)
            .Select(g => new UpdateCoverage(
                ExpressionEmitter.Equation(g.First().Update), UpdateCount.Text(g.Count(), uncertain.Contains(g.Key)), UpdateCount.Text(g.Count(e => e.Recorded), recorded.Contains(g.Key))));
        var outputs = new[] { a.Heads.Logits, a.Heads.Q?.From }.OfType<LatentRef>().Select(l => new Element(l.Name, l.Index?.Constant?.Value ?? 1));
        var reach = GradientReach.Of(executions, model.Recursion.RecordedUpdates, outputs);
        var byReach = a.Networks.Select(n => n.Name).ToLookup(reach.Networks.Contains);
        return new([.. updates], reach.Input, [.. byReach[true]], [.. byReach[false]]);
    }
}
