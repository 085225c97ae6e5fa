using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Emit;

/// <summary>Emits <c>forward</c>: the recursion as loops that can be read beside the paper.</summary>
internal sealed class RecursionEmitter(LoweredModel model, CSharpWriter writer, string header = RecursionEmitter.Forward)
{
    /// <summary>The method where the reference is all there is.</summary>
    public const string Forward = "public override Latents forward";

    private RecursionProgram program = model.Architecture.Recursion;
    private LoweredRecursion lowered = model.Recursion;
    private bool detached;

    public void Emit()
    {
        var (a, sizes) = (model.Architecture, model.Sizes);
        var shape = $"[B, {a.Positions}, {a.Block.HiddenSize}]";
        var most = Statement.EndsEarly(lowered.WithoutGradient) || Statement.EndsEarly(lowered.WithGradient) ? "at most " : "";
        writer.Summary(
            $"One pass of the recursion: {most}{lowered.Updates} updates, {Invariant.Text(sizes.EffectiveDepth)} layer calls,",
            $"of which the last {lowered.RecordedUpdates} updates are recorded for the gradient (recursion.gradient: {program.Gradient.Text}).");
        writer
            .Doc("param name=\"latents\"", $"The latents that the last supervision step left, each {shape} {Shared.Of(a.Precision.Forward)}.")
            .Doc("param name=\"x\"", $"The embedded input, {shape} {Shared.Of(a.Precision.Forward)}.")
            .Doc("returns", "The latents after the pass; they carry the gradient of the recorded updates.");
        if (model.Earlier.Count == 0)
        {
            writer.Block(header + "(Latents latents, Tensor x)", Body);
            return;
        }

        EmitPhases();
    }

    // One method for each phase of training, in which a constant has another value: no test of a constant inside a loop.
    private void EmitPhases()
    {
        var a = model.Architecture;
        writer.Line(header + "(Latents latents, Tensor x) => Progress switch").Line("{");
        writer.Indented(() =>
        {
            writer.Lines(a.Earlier.Select((e, i) => $"< {Shared.Number(e.Until)} => Recur{i + 1}(latents, x),"));
            writer.Line($"_ => Recur{a.Earlier.Count + 1}(latents, x),");
        });
        writer.Line("};");
        for (var i = 0; i <= a.Earlier.Count; i++)
        {
            var last = i == a.Earlier.Count;
            var phase = new CSharpWriter();
            var emitter = new RecursionEmitter(model, phase)
            {
                program = last ? a.Recursion : a.Earlier[i].Program,
                lowered = last ? model.Recursion : model.Earlier[i],
            };
            emitter.Body();
            var (from, until) = (i == 0 ? 0 : a.Earlier[i - 1].Until, last ? 1 : a.Earlier[i].Until);
            writer.Line();
            writer.Line($"// From {Shared.Number(from)} to {Shared.Number(until)} of training: {emitter.lowered.Updates} updates, the last {emitter.lowered.RecordedUpdates} of them recorded.");
            writer.Block($"private Latents Recur{i + 1}(Latents latents, Tensor x)", () =>
            {
                var lines = phase.ToString().TrimEnd().Split('\n');
                writer.Lines(PhaseConstants.Of(model, emitter.program, lines));
                writer.Lines(lines);
            });
        }
    }

    private void Body()
    {
        foreach (var latent in program.Latents)
        {
            var read = latent.Count is null ? $"latents.{latent.Name}" : $"latents.{latent.Name}.ToArray()";
            writer.Line($"var {latent.Name} = {read};");
        }

        writer.Line();
        if (lowered.WithoutGradient.Count > 0)
        {
            EmitWithoutGradient();
            writer.Line();
            writer.Line($"// Recorded: {Window()}.");
        }

        Statements(lowered.WithGradient, null, null);
        writer.Line();
        writer.Line($"return new({string.Join(", ", program.Latents.Select(l => l.Name))});");
    }

    private string Window() => program.Gradient.Kind switch
    {
        GradientKind.OneStep or GradientKind.FixedPoint => "the last update of every latent, and what lies between",
        GradientKind.LastCycle => "the last cycle",
        _ => $"the last {lowered.RecordedUpdates} update(s)",
    };

    // The scope frees what each iteration leaves behind: memory does not grow with the number of cycles.
    private void EmitWithoutGradient()
    {
        var part = lowered.WithoutGradient;
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
        var names = new HashSet<string>(Statement.Updates(statements).Select(u => u.Target.Name), StringComparer.Ordinal);
        return program.Latents.Select(l => l.Name).Where(names.Contains).ToList();
    }

    private static HashSet<string> Calls(IEnumerable<Statement> statements) =>
        new(Statement.Updates(statements).SelectMany(u => u.Value.Flatten()).OfType<Call>().Select(c => c.Network), StringComparer.Ordinal);

    private void Statements(EquatableArray<Statement> statements, Loop? around, Action? endOfIteration)
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
                    var loop = around ?? throw new InvalidOperationException("'every' outside of a loop");
                    writer.Block($"if ({loop.Ordinal} % {every.Period.AsFactor} == 0)", () => Statements(every.Body, around, null));
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
            var measured = $"[{string.Join(", ", Updated(loop.Body).Select(l => program[l].Count is null ? l : ".. " + l))}]";
            if (loop.Until is not null)
            {
                writer.Line($"Tensor[] before_{counter} = {measured};");
            }

            Statements(loop.Body, loop, null);
            if (loop.Until is { } until)
            {
                writer.Block($"if (Settled({CSharpWriter.Literal(until.Node)}, {counter}, before_{counter}, {measured}, {Shared.Number(until.Epsilon)}))", () => writer.Line("break;"));
            }

            if (endOfIteration is not null)
            {
                writer.Line();
                endOfIteration();
            }
        });
    }
}
