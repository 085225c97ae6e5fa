using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Emit;

/// <summary>Emits the layer: a mixer over positions and a SwiGLU over channels.</summary>
/// <remarks>A new mixer is a new <see cref="IMixerEmitter"/>, beside its runtime layer and its row in the table of keys.</remarks>
internal static class LayerEmitter
{
    private const string Norm = "Normalization.rms_norm";

    public static void Emit(LoweredModel model, CSharpWriter writer)
    {
        var a = model.Architecture;
        IMixerEmitter mixer = a.Block.Mixer == Mixer.Attention ? new AttentionEmitter(a) : new MlpMixerEmitter(a);
        var (dtype, shape) = (Shared.Of(a.Precision.Parameters), $"[B, {a.Positions}, {a.Block.HiddenSize}]");
        writer.Summary($"One layer, {shape} to {shape}: h = RMSNorm(h + {mixer.Symbol}(h)), then h = RMSNorm(h + SwiGLU(h)).");
        writer.Block("private sealed class Layer : ExplicitModule<Tensor, Tensor>", () =>
        {
            writer.Lines(mixer.Fields.Select(f => $"private readonly {f};"));
            writer.Line("private readonly SwiGLU mlp;").Line();
            writer.Line($"public Layer({string.Join(", ", mixer.ConstructorParameters.Concat(["Device? device"]))})");
            writer.Indented(() => writer.Line(": base(nameof(Layer))"));
            writer.Line("{");
            writer.Indented(() => writer
                .Lines(mixer.Construction(dtype))
                .Line($"mlp = new SwiGLU(hidden_size, intermediate_size, {dtype}, device);")
                .Lines(mixer.Modules.Select(m => $"register_module(\"{m}\", {m});"))
                .Line("register_module(\"mlp\", mlp);"));
            writer.Line("}").Line();
            writer.Block("public override Tensor forward(Tensor h)", () => writer
                .Line("using var scope = NewDisposeScope();")
                .Lines(mixer.Forward(Norm))
                .Line($"h = {Norm}(h + mlp.forward(h), rms_norm_eps, {Shared.Of(a.Precision.Internal)});")
                .Line("return h.MoveToOuterDisposeScope();"));
        });
    }


}

/// <summary>What a mixer contributes to a layer.</summary>
internal interface IMixerEmitter
{
    /// <summary>Its name in formulas.</summary>
    string Symbol { get; }

    /// <summary>Fields, as "type name".</summary>
    IEnumerable<string> Fields { get; }

    /// <summary>Names of the fields that are modules of the layer.</summary>
    IEnumerable<string> Modules { get; }

    /// <summary>Constructor parameters, as "type name".</summary>
    IEnumerable<string> ConstructorParameters { get; }

    /// <summary>Statements of the constructor.</summary>
    IEnumerable<string> Construction(string dtype);

    /// <summary>Statements of the forward, from <c>h</c> to <c>h</c>.</summary>
    IEnumerable<string> Forward(string norm);
}
