using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Emit;

/// <summary>Emits <c>forward</c>: the recursion as loops that can be read beside the paper.</summary>
internal sealed class RecursionEmitter(LoweredModel model, CSharpWriter writer)
{
    private readonly RecursionProgram program = model.Architecture.Recursion;
    private bool detached;

    public void Emit()
    {
        var (a, sizes, lowered) = (model.Architecture, model.Sizes, model.Recursion);
        var shape = $"[B, {a.Positions}, {a.Block.HiddenSize}]";
        writer.Summary(
            $"One pass of the recursion: {lowered.Updates} updates, {Invariant.Text(sizes.EffectiveDepth)} layer calls,",
            $"of which the last {lowered.RecordedUpdates} updates are recorded for the gradient (recursion.gradient: {program.Gradient.Text}).");
        writer
            .Doc("param name=\"latents\"", $"The latents that the last supervision step left, each {shape} {Shared.Of(a.Precision.Forward)}.")
            .Doc("param name=\"x\"", $"The embedded input, {shape} {Shared.Of(a.Precision.Forward)}.")
            .Doc("returns", "The latents after the pass; they carry the gradient of the recorded updates.")
            .Block("public override Latents forward(Latents latents, Tensor x)", Body);
    }

    private void Body()
    {
        foreach (var latent in program.Latents)
        {
            var read = latent.Count is null ? $"latents.{latent.Name}" : $"latents.{latent.Name}.ToArray()";
            writer.Line($"var {latent.Name} = {read};");
        }

        writer.Line();
        if (model.Recursion.WithoutGradient.Count > 0)
        {
            EmitWithoutGradient();
            writer.Line();
            writer.Line($"// Recorded: {Window()}.");
        }

        Statements(model.Recursion.WithGradient, null, null);
        writer.Line();
        writer.Line($"return new({string.Join(", ", program.Latents.Select(l => l.Name))});");
    }

    private string Window() => program.Gradient.Kind switch
    {
        GradientKind.OneStep => "the last update of every latent, and what lies between",
        GradientKind.LastCycle => "the last cycle",
        _ => $"the last {model.Recursion.RecordedUpdates} update(s)",
    };

    // The scope frees what each iteration leaves behind: memory does not grow with the number of cycles.
    private void EmitWithoutGradient()
    {
        var part = model.Recursion.WithoutGradient;
        var updated = Updated(part);
        writer.Line("// Detached: everything before the recorded updates.");
        writer.Block("using (var scope = NewDisposeScope())", () =>
        {
            writer.Line("// Handles of the scope's own: what it frees must never be the caller's.");
            foreach (var latent in updated)
            {
                writer.Line(program[latent].Count is null ? $"{latent} = {latent}.alias();" : $"{latent} = [.. {latent}.Select(element => element.alias())];");
            }

            writer.Line();
            writer.Line("using (no_grad())");
            foreach (var network in CastOnce(part))
            {
                writer.Line($"using ({network}.CastWeights({Shared.Of(model.Architecture.Precision.Forward)}))");
            }

            writer.Line("{");
            detached = true;
            writer.Indented(() => EmitParts(part, updated));
            detached = false;
            writer.Line("}").Line();
            writer.Line($"scope.MoveToOuter({Arguments(updated, [])});");
        });
    }

    private IEnumerable<string> CastOnce(EquatableArray<Statement> part) =>
        model.Architecture.Precision.Parameters == model.Architecture.Precision.Forward
            ? []
            : model.Architecture.Networks.Select(n => n.Name).Where(Calls(part).Contains);

    private void EmitParts(EquatableArray<Statement> part, List<string> updated)
    {
        for (var i = 0; i < part.Count; i++)
        {
            if (i > 0 && part[i - 1] is Loop or Every)
            {
                writer.Line();
            }

            var hoisted = part.Take(i).OfType<Hoist>().Select(h => h.Name).ToList();
            Statements(EquatableArray.Of(part[i]), null, () => writer.Line($"scope.DisposeEverythingBut({Arguments(updated, hoisted)});"));
        }
    }

    // Both methods take single tensors or one sequence.
    private string Arguments(List<string> latents, List<string> others)
    {
        var indexed = latents.Any(l => program[l].Count is not null);
        return indexed
            ? $"(IEnumerable<Tensor>)[{string.Join(", ", latents.Select(l => program[l].Count is null ? l : ".. " + l).Concat(others))}]"
            : string.Join(", ", latents.Concat(others));
    }

    private List<string> Updated(IEnumerable<Statement> statements)
    {
        var names = new HashSet<string>(Targets(statements), StringComparer.Ordinal);
        return program.Latents.Select(l => l.Name).Where(names.Contains).ToList();
    }

    private static IEnumerable<string> Targets(IEnumerable<Statement> statements) => statements.SelectMany(s => s switch
    {
        Update update => [update.Target.Name],
        Loop loop => Targets(loop.Body),
        Every every => Targets(every.Body),
        _ => [],
    });

    private static HashSet<string> Calls(IEnumerable<Statement> statements)
    {
        static IEnumerable<string> In(Expression e) => e switch
        {
            Call call => In(call.Argument).Concat([call.Network]),
            Sum sum => sum.Terms.SelectMany(In),
            Scale scale => In(scale.Term),
            _ => [],
        };

        static IEnumerable<string> Of(IEnumerable<Statement> body) => body.SelectMany(s => s switch
        {
            Update update => In(update.Value),
            Loop loop => Of(loop.Body),
            Every every => Of(every.Body),
            _ => [],
        });

        return new(Of(statements), StringComparer.Ordinal);
    }

    private void Statements(EquatableArray<Statement> statements, (string Counter, Loop Loop)? around, Action? endOfIteration)
    {
        var afterBlock = false;
        foreach (var statement in statements)
        {
            if (afterBlock)
            {
                writer.Line();
            }

            afterBlock = statement is Loop or Every;
            switch (statement)
            {
                case Update update:
                    writer.Line($"{ExpressionEmitter.Target(update.Target)} = {ExpressionEmitter.Value(update.Value, detached)}; // {ExpressionEmitter.Equation(update)}");
                    break;
                case Hoist hoist:
                    writer.Line($"var {hoist.Name} = {ExpressionEmitter.Code(hoist.Value)};");
                    break;
                case Every every:
                    var (counter, loop) = around ?? throw new InvalidOperationException("'every' outside of a loop");
                    var ordinal = loop.Origin.Value == 1 ? counter : $"({counter} - {loop.Origin.Plus(-1).Text})";
                    writer.Block($"if ({ordinal} % {Factor(every.Period)} == 0)", () => Statements(every.Body, around, null));
                    break;
                case Loop inner:
                    EmitLoop(inner, endOfIteration);
                    break;
            }
        }
    }

    private void EmitLoop(Loop loop, Action? endOfIteration)
    {
        var counter = loop.Counter;
        writer.Block($"for (var {counter} = {loop.First.Text}; {counter} <= {loop.Last.Text}; {counter}++)", () =>
        {
            Statements(loop.Body, (counter, loop), null);
            if (endOfIteration is not null)
            {
                writer.Line();
                endOfIteration();
            }
        });
    }

    private static string Factor(Count count) => count.Text.Contains(' ') ? $"({count.Text})" : count.Text;
}
