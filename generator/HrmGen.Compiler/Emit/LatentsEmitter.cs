using HrmGen.Compiler.Language;
using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Emit;

/// <summary>Emits the typed latents and how they start.</summary>
internal sealed class LatentsEmitter(ArchitectureModel model)
{
    private readonly string forward = Shared.Of(model.Precision.Forward);

    /// <summary>The field that holds a latent's initial vector.</summary>
    public static string InitField(Latent latent) => EmittedNames.InitialVector(latent.Name);

    /// <summary>Makes the initial vector.</summary>
    public string Construction(Latent latent)
    {
        var std = latent.Std == 1 ? "" : $", {Shared.Number(latent.Std)}";
        var vector = latent.Init == LatentInit.Learned
            ? $"Latent.LearnedInit(hidden_size, {Shared.Of(model.Precision.Parameters)}, device{std})"
            : $"Latent.BufferInit(hidden_size, {forward}, device{std})";
        return latent.Count is null
            ? $"{InitField(latent)} = {vector};"
            : $"{InitField(latent)} = [.. Enumerable.Range(0, {latent.Count.Text}).Select(_ => {vector})];";
    }

    /// <summary>Registers the vector under its checkpoint name.</summary>
    public static IEnumerable<string> Registrations(Latent latent)
    {
        var register = latent.Init == LatentInit.Learned ? "register_parameter" : "register_buffer";
        return latent.Count is null
            ? [$"{register}({CSharpWriter.Literal(latent.StateDict)}, {InitField(latent)});"]
            : Enumerable.Range(1, latent.Elements)
                .Select(i => $"{register}({CSharpWriter.Literal(latent.StateDictOf(i))}, {InitField(latent)}[{Invariant.Text(i - 1)}]);");
    }

    public void Emit(CSharpWriter writer)
    {
        var latents = model.Recursion.Latents;
        var shape = $"[B, {Invariant.Text(model.Positions)}, {Invariant.Text(model.Block.HiddenSize)}]";
        writer.Summary($"The latents before the first supervision step, each {shape}{(latents.Any(l => l.Init == LatentInit.Random) ? "." : ": the initial vector at every position of every row.")}");
        writer.Line("public override Latents InitialLatents(long batch_size) => new(");
        EmitArguments(writer, latents.Select(Initial), ");");
        writer.Line();

        writer.Summary($"Starts rows anew: where <paramref name=\"halted\"/> ([B] bool) is true a row gets its initial {(latents.Any(l => l.Init == LatentInit.Random) ? "values" : "vectors")}, elsewhere it keeps its latents.");
        writer.Block("public override Latents Reset(Latents latents, Tensor halted)", () =>
        {
            writer.Line("var restart = halted.view(-1, 1, 1); // [B, 1, 1]");
            writer.Line("return new(");
            EmitArguments(writer, latents.Select(Restarted), ");");
        });
        writer.Line();
        EmitRecord(writer, shape);
    }

    private static void EmitArguments(CSharpWriter writer, IEnumerable<string> arguments, string end)
    {
        var list = arguments.ToList();
        writer.Indented(() => writer.Lines(list.Select((a, i) => a + (i == list.Count - 1 ? end : ","))));
    }

    // A learned vector has the parameters' format, the latents that of the forward pass.
    private string Cast(Latent latent, string vector) =>
        latent.Init == LatentInit.Learned && model.Precision.Parameters != model.Precision.Forward ? $"{vector}.to({forward})" : vector;

    private string Initial(Latent latent) => (latent.Init, latent.Count) switch
    {
        (LatentInit.Zeros, null) => Zeros,
        (LatentInit.Zeros, { } count) => $"[.. Enumerable.Range(0, {count.Text}).Select(_ => {Zeros})]",
        (LatentInit.Random, null) => Random(latent),
        (LatentInit.Random, { } count) => $"[.. Enumerable.Range(0, {count.Text}).Select(_ => {Random(latent)})]",
        (_, null) => $"{Cast(latent, InitField(latent))}.expand(batch_size, positions, hidden_size)",
        _ => $"[.. {InitField(latent)}.Select(init => {Cast(latent, "init")}.expand(batch_size, positions, hidden_size))]",
    };

    private string Zeros => $"zeros(batch_size, positions, hidden_size, {forward}, Device)";

    private string Random(Latent latent) => $"Latent.RandomInit([batch_size, positions, hidden_size], {Shared.Number(latent.Std)}, {forward}, Device)";

    private string Restarted(Latent latent)
    {
        var name = latent.Name;
        return (latent.Init, latent.Count) switch
        {
            (LatentInit.Zeros, null) => $"where(restart, zeros_like(latents.{name}), latents.{name})",
            (LatentInit.Zeros, _) => $"[.. latents.{name}.Select(element => where(restart, zeros_like(element), element))]",
            (LatentInit.Random, null) => $"where(restart, Latent.RandomInit(latents.{name}.shape, {Shared.Number(latent.Std)}, {forward}, Device), latents.{name})",
            (LatentInit.Random, _) => $"[.. latents.{name}.Select(element => where(restart, Latent.RandomInit(element.shape, {Shared.Number(latent.Std)}, {forward}, Device), element))]",
            (_, null) => $"where(restart, {Cast(latent, InitField(latent))}, latents.{name})",
            _ => $"[.. latents.{name}.Zip({InitField(latent)}, (element, init) => where(restart, {Cast(latent, "init")}, element))]",
        };
    }

    private void EmitRecord(CSharpWriter writer, string shape)
    {
        var latents = model.Recursion.Latents;
        writer.Summary("The latents that go from one supervision step to the next.");
        foreach (var latent in latents)
        {
            var what = latent.Count is null ? $"{shape} {forward}." : $"{Invariant.Text(latent.Elements)} elements, each {shape} {forward}.";
            writer.Doc($"param name=\"{latent.Name}\"", what);
        }

        var parameters = string.Join(", ", latents.Select(l => $"{(l.Count is null ? "Tensor" : "IReadOnlyList<Tensor>")} {l.Name}"));
        writer.Block($"public sealed record Latents({parameters}) : ILatents<Latents>", () =>
        {
            writer.Line("/// <inheritdoc/>");
            writer.Line("public IEnumerable<(string Name, Tensor Value)> Named =>");
            writer.Line("[");
            writer.Indented(() => writer.Lines(latents.Select(l => l.Count is null
                ? $"(nameof({l.Name}), {l.Name}),"
                : $".. {l.Name}.Select((element, i) => (Latent.ElementName(nameof({l.Name}), i + 1), element)),")));
            writer.Line("];").Line();
            writer.Line("/// <inheritdoc/>");
            writer.Line("public static Latents From(Func<string, Tensor> latent) => new(");
            EmitArguments(writer, latents.Select(l => l.Count is null
                ? $"latent(nameof({l.Name}))"
                : $"[.. Enumerable.Range(1, {Invariant.Text(l.Elements)}).Select(i => latent(Latent.ElementName(nameof({l.Name}), i)))]"), ");");
        });
    }
}
