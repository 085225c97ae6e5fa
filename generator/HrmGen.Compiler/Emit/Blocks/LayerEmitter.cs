using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Emit.Blocks;

/// <summary>Emits the layer: a mixer over positions and a feed-forward over channels, each with a residual connection and a norm.</summary>
internal sealed class LayerEmitter(ArchitectureModel model, bool partial = false)
{
    private readonly PartCode[] parts = [MixerCode.Of(model.Block), FeedForwardCode.Of(model.Block)];

    /// <summary>A norm as C#.</summary>
    public static string Norm(string value, ArchitectureModel model) => $"Normalization.rms_norm({value}, rms_norm_eps, {Shared.Of(model.Precision.Internal)})";

    public void Emit(CSharpWriter writer)
    {
        var (dtype, shape) = (Shared.Of(model.Precision.Parameters), $"[B, {Invariant.Text(model.Positions)}, {Invariant.Text(model.Block.HiddenSize)}]");
        writer.Summary($"One layer, {shape} to {shape}: {string.Join(", then ", parts.Select(Formula))}.");
        writer.Block($"private sealed {(partial ? "partial " : "")}class Layer : ExplicitModule<Tensor, Tensor>", () =>
        {
            writer.Lines(parts.SelectMany(Fields).Select(f => $"private readonly {f};")).Line();
            writer.Line($"public Layer({(parts.Any(p => p.IsRotary) ? "RotaryEmbedding rotary_emb, " : "")}Device? device)");
            writer.Indented(() => writer.Line(": base(nameof(Layer))"));
            writer.Line("{");
            writer.Indented(() => writer
                .Lines(parts.SelectMany(p => Construction(p, dtype)))
                .Lines(parts.Select(p => $"register_module(\"{p.Field}\", {p.Field});")));
            writer.Line("}").Line();
            writer.Block("public override Tensor forward(Tensor h)", () => writer
                .Line("using var scope = NewDisposeScope();")
                .Lines(parts.SelectMany(Forward))
                .Line("return h.MoveToOuterDisposeScope();"));
        });
    }

    private string Formula(PartCode part) => model.Block.PreNorm ? $"h = h + {part.Symbol}(RMSNorm(h))" : $"h = RMSNorm(h + {part.Symbol}(h))";

    private static IEnumerable<string> Fields(PartCode part) => part.IsRotary ? [$"{part.Type} {part.Field}", "RotaryEmbedding rotary_emb"] : [$"{part.Type} {part.Field}"];

    private static IEnumerable<string> Construction(PartCode part, string dtype)
    {
        yield return $"{part.Field} = new {part.Type}({part.Arguments}, {dtype}, device);";
        if (part.IsRotary)
        {
            // One table serves all layers: the model registers it, the layers only read it.
            yield return "this.rotary_emb = rotary_emb;";
        }
    }

    private IEnumerable<string> Forward(PartCode part)
    {
        if (part.IsTransposed)
        {
            yield return $"h = h.transpose(1, 2); // [B, {Invariant.Text(model.Block.HiddenSize)}, {Invariant.Text(model.Positions)}]";
        }

        string Apply(string input) => $"{part.Field}.forward({input}{(part.IsRotary ? ", rotary_emb" : "")})";
        yield return model.Block.PreNorm ? $"h = h + {Apply(Norm("h", model))};" : $"h = {Norm($"h + {Apply("h")}", model)};";
        if (part.IsTransposed)
        {
            yield return $"h = h.transpose(1, 2); // [B, {Invariant.Text(model.Positions)}, {Invariant.Text(model.Block.HiddenSize)}]";
        }
    }
}
