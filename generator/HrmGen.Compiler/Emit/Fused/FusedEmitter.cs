using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Emit.Fused;

/// <summary>
/// Emits <c>Name.Fused.g.cs</c>: the recursion on kernels, without torch's graph where nothing is recorded, and with a backward of its
/// own where something is.
/// </summary>
internal sealed class FusedEmitter(LoweredModel model)
{
    private readonly ArchitectureModel a = model.Architecture;

    /// <summary>The C# type of the numbers.</summary>
    public static string Number(ArchitectureModel model) => model.Precision.Forward switch
    {
        DType.Float64 => "double",
        DType.BFloat16 => "BFloat16",
        _ => "float",
    };

    /// <summary>What was written, line by line.</summary>
    public static string[] LinesOf(CSharpWriter writer)
    {
        var text = writer.ToString().TrimEnd();
        return text.Length == 0 ? [] : text.Split('\n');
    }

    public SourceFile Emit()
    {
        var number = Number(a);
        var names = new FusedNames(a, model.Recursion);
        var writer = Shared.File(a.Source, a.Namespace, ["System", "System.Linq", "HrmGen.Fused", .. number == "BFloat16" ? ["HrmGen.Kernels"] : Array.Empty<string>(), "HrmGen.Models", "static TorchSharp.torch"]);
        writer.Block($"public sealed partial class {a.Name}", () =>
        {
            writer.Line("private FusedForm? fused_form;").Line();
            writer.Line("/// <inheritdoc/>").Line("public override bool HasFusedForm => true;").Line();
            writer.Line("/// <inheritdoc/>");
            writer.Line("public override Latents forward(Latents latents, Tensor x) => Lowering == Lowering.Fused ? (fused_form ??= new(this)).Run(latents, x) : Reference(latents, x);").Line();
            writer.Summary("The recursion on kernels, and its gradient.");
            writer.Block("private sealed class FusedForm", () =>
            {
                writer.Line($"private readonly {a.Name} {names.Model};");
                writer.Line($"private readonly FusedPlan<{number}> {names.Plan} = new(positions, hidden_size);");
                writer.Lines(a.Networks.Select(n => $"private readonly FusedStack<{number}> {n.Name};"));
                writer.Line();
                writer.Block($"public FusedForm({a.Name} model)", () =>
                {
                    var last = a.Block.PreNorm ? $", new({names.Plan}, \"last\", rms_norm_eps)" : "";
                    writer.Line($"{(names.Model == "model" ? "this.model" : names.Model)} = model;");
                    writer.Lines(a.Networks.Select(n => $"{n.Name} = new({names.Plan}, model.{n.Name}, layer => new Layer.Fused((Layer)layer, {names.Plan}){last});"));
                });
                writer.Line();
                EmitPhases(writer, names);
            });
            writer.Line();
            new FusedLayerEmitter(a).Emit(writer);
        });
        return new(Shared.Hint(model, "Fused"), writer.ToString());
    }

    private void EmitPhases(CSharpWriter writer, FusedNames names)
    {
        if (a.Earlier.Count == 0)
        {
            EmitPass(writer, a.Recursion, model.Recursion, "");
            return;
        }

        writer.Line($"public Latents Run(Latents latents, Tensor x) => {names.Model}.Progress switch").Line("{");
        writer.Indented(() => writer
            .Lines(a.Earlier.Select((e, i) => $"< {Shared.Number(e.Until)} => Run{Invariant.Text(i + 1)}(latents, x),"))
            .Line($"_ => Run{Invariant.Text(a.Earlier.Count + 1)}(latents, x),"));
        writer.Line("};");
        for (var i = 0; i <= a.Earlier.Count; i++)
        {
            var last = i == a.Earlier.Count;
            writer.Line();
            EmitPass(writer, last ? a.Recursion : a.Earlier[i].Program, last ? model.Recursion : model.Earlier[i], Invariant.Text(i + 1));
        }
    }

    private void EmitPass(CSharpWriter writer, RecursionProgram program, LoweredRecursion recursion, string phase)
    {
        var names = new FusedNames(a, recursion);
        var tile = $"FusedTile<{Number(a)}> {names.Tile}";
        writer.Block($"public Latents Run{phase}(Latents latents, Tensor x)", () => EmitRun(writer, program, recursion, names, phase));
        writer.Line();
        writer.Block($"private void Forward{phase}({tile})", () => WithConstants(writer, program, Forward(program, recursion, names)));
        writer.Line();
        writer.Block($"private void Backward{phase}({tile})", () => WithConstants(writer, program, Backward(program, recursion, names)));
    }

    private void EmitRun(CSharpWriter writer, RecursionProgram program, LoweredRecursion recursion, FusedNames names, string phase)
    {
        string Detached(Latent latent, int element) => recursion.Replaced.Contains(new(latent.Name, element)) ? "true" : "false";
        var outputs = names.Fresh("outputs");
        writer.Line($"using var {names.Pass} = new FusedPass<{Number(a)}>({names.Plan}, x{(MeetExamples(recursion) ? ", whole: true" : "")});");
        writer.Lines(program.Latents.Select(l => $"{names.Pass}.Latent(latents.{l.Name}, detached: {(l.Count is null ? Detached(l, 1) : $"[{string.Join(", ", Enumerable.Range(1, l.Elements).Select(i => Detached(l, i)))}]")});"));
        writer.Line($"var {outputs} = {names.Pass}.Run(Forward{phase}, Backward{phase});");
        var places = Places(program).Select(p => p.Latent.Count is null
            ? $"{outputs}[{Invariant.Text(p.First)}]"
            : $"{outputs}[{Invariant.Text(p.First)}..{Invariant.Text(p.First + p.Latent.Elements)}]");
        writer.Line($"return new({string.Join(", ", places)});");
    }

    // Noise is drawn for the whole batch, and a loop that ends by its residual asks all of it.
    private static bool MeetExamples(LoweredRecursion recursion)
    {
        var statements = recursion.WithoutGradient.Concat(recursion.WithGradient).ToList();
        return Statement.EndsEarly(statements) || Statement.Updates(statements).Any(u => u.Value.Flatten().Any(e => e is Noise));
    }

    private static string[] Forward(RecursionProgram program, LoweredRecursion recursion, FusedNames names)
    {
        var lines = new CSharpWriter();
        var (before, after) = (new FusedForward(program, names), new FusedForward(program, names));
        var (detached, recorded) = (before.Emit(recursion.WithoutGradient), after.Emit(recursion.WithGradient));
        lines.Line($"var {names.Input} = {names.Tile}.Input;");
        lines.Lines(Latents(program, names, l => l));
        lines.Lines(before.Locals.Concat(after.Locals).Distinct().Select(l => $"var {l} = {names.Tile}.Temporary();"));
        lines.Line();
        if (detached.Length > 0)
        {
            lines.Line("// Without a gradient.").Lines(detached).Line();
        }

        lines.Line("// Recorded, where a gradient is asked for.").Line($"{names.Tile}.Record();").Lines(recorded);
        return LinesOf(lines);
    }

    private static string[] Backward(RecursionProgram program, LoweredRecursion recursion, FusedNames names)
    {
        var (lines, reverse) = (new CSharpWriter(), new FusedReverse(names));
        var body = reverse.Emit(recursion.WithGradient);
        lines.Line($"var {names.InputGradient} = {names.Tile}.Input;");
        lines.Lines(Latents(program, names, names.GradientOf));
        lines.Lines(reverse.Zeros.Distinct().Select(z => $"var {z} = {names.Tile}.Zeros();"));
        lines.Lines(reverse.Temporaries.Select(t => $"var {t} = {names.Tile}.Temporary();"));
        lines.Line().Lines(body);
        return LinesOf(lines);
    }

    private static IEnumerable<string> Latents(RecursionProgram program, FusedNames names, Func<string, string> local) => Places(program).Select(p => p.Latent.Count is null
        ? $"var {local(p.Latent.Name)} = {names.Tile}.Latent({Invariant.Text(p.First)});"
        : $"var {local(p.Latent.Name)} = {names.Tile}.Latents({Invariant.Text(p.First)}, {Invariant.Text(p.Latent.Elements)});");

    private static IEnumerable<(Latent Latent, int First)> Places(RecursionProgram program)
    {
        var first = 0;
        foreach (var latent in program.Latents)
        {
            yield return (latent, first);
            first += latent.Elements;
        }
    }

    // What another phase of training gives another value is a constant of the method.
    private void WithConstants(CSharpWriter writer, RecursionProgram program, string[] lines) =>
        writer.Lines(PhaseConstants.Of(model, program, lines)).Lines(lines);
}
