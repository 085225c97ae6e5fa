using HrmGen.Compiler.Emit.Blocks;
using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Emit.Fused;

/// <summary>Emits <c>Layer.Fused</c>: the layer as a row of kernels, and the row of their gradients back.</summary>
internal sealed class FusedLayerEmitter(ArchitectureModel model)
{
    private readonly PartCode[] parts = [MixerCode.Of(model.Block), FeedForwardCode.Of(model.Block)];

    private string Number => FusedEmitter.Number(model);

    public void Emit(CSharpWriter writer) => writer.Block("private sealed partial class Layer", () =>
    {
        writer.Summary("The layer on kernels. Its parts hold no memory: what the backward reads lies in the pass.");
        writer.Block($"public sealed class Fused(Layer layer, FusedPlan<{Number}> plan) : FusedLayer<{Number}>", () =>
        {
            writer.Lines(parts.Select(Part));
            writer.Lines(parts.Select((part, i) => $"private readonly FusedNorm<{Number}> {Norm(i)} = new(plan, {CSharpWriter.Literal(Norm(i))}, rms_norm_eps{(part.IsTransposed ? ", overPositions: true" : "")});"));
            writer.Line();
            EmitMethod(writer, $"public override void Forward(FusedTile<{Number}> tile, Rows<{Number}> h, Rows<{Number}> y, int at)", model.Block.PreNorm ? PreNormForward() : Forward());
            writer.Line();
            EmitMethod(writer, $"public override void Backward(FusedTile<{Number}> tile, Rows<{Number}> d, Rows<{Number}> h, Rows<{Number}> y, int at)", model.Block.PreNorm ? PreNormBackward() : Backward());
        });
    });

    private static void EmitMethod(CSharpWriter writer, string header, IEnumerable<string> lines) => writer.Line("/// <inheritdoc/>").Block(header, () => writer.Lines(lines));

    private string Part(PartCode part) =>
        $"private readonly {part.Fused}<{Number}> {part.Field} = new(plan, layer.{part.Field}{(part.IsRotary ? ", layer.rotary_emb" : "")}{(part.IsTransposed ? ", overPositions: true" : "")});";

    private static string Norm(int part) => "norm" + Invariant.Text(part + 1);

    private IEnumerable<string> Forward() =>
    [
        $"{parts[0].Field}.Forward(tile, h, tile.Part, at);",
        $"var middle = norm1.Forward(tile, h, tile.Part, at); // middle = RMSNorm(h + {parts[0].Symbol}(h))",
        $"{parts[1].Field}.Forward(tile, middle, tile.Part, at);",
        $"norm2.Forward(tile, middle, tile.Part, y, at); // y = RMSNorm(middle + {parts[1].Symbol}(middle))",
    ];

    // A residual connection adds the part's gradient to the one that passes it by.
    private IEnumerable<string> Backward() =>
    [
        "var middle = norm1.Output(tile, at);",
        "norm2.Backward(tile, d, y, d, add: false, at);",
        $"{parts[1].Field}.Backward(tile, d, middle, d, add: true, at);",
        "norm1.Backward(tile, d, middle, d, add: false, at);",
        $"{parts[0].Field}.Backward(tile, d, h, d, add: true, at);",
    ];

    private IEnumerable<string> PreNormForward() =>
    [
        $"{parts[0].Field}.Forward(tile, norm1.Forward(tile, h, null, at), tile.Part, at);",
        $"y.Sum(h, tile.Part); // y = h + {parts[0].Symbol}(RMSNorm(h))",
        $"{parts[1].Field}.Forward(tile, norm2.Forward(tile, y, null, at), tile.Part, at);",
        $"y.Sum(y, tile.Part); // y = y + {parts[1].Symbol}(RMSNorm(y))",
    ];

    private IEnumerable<string> PreNormBackward() =>
    [
        "var (n1, n2) = (norm1.Output(tile, at), norm2.Output(tile, at));",
        $"{parts[1].Field}.Backward(tile, d, n2, tile.Part, add: false, at);",
        "norm2.Backward(tile, tile.Part, n2, d, add: true, at);",
        $"{parts[0].Field}.Backward(tile, d, n1, tile.Part, add: false, at);",
        "norm1.Backward(tile, tile.Part, n1, d, add: true, at);",
    ];
}
