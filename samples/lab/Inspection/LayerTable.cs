using HrmGen.Compiler;
using HrmGen.Compiler.Emit.Blocks;
using HrmGen.Compiler.Model;

namespace HrmGen.Lab.Inspection;

/// <summary>A tensor of a model, or the same one of each layer of a network.</summary>
/// <param name="Module">What the spec calls its owner.</param>
/// <param name="Name">Its name in a checkpoint, with <c>{i}</c> where there are several.</param>
/// <param name="Indices">What <c>{i}</c> stands for; empty for a single tensor.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="IsTrained">Whether the optimizer of the parameters has it; otherwise it is a buffer.</param>
internal sealed record LayerRow(string Module, string Name, IReadOnlyList<int> Indices, IReadOnlyList<long> Shape, bool IsTrained = true)
{
    /// <summary>How many tensors the row stands for.</summary>
    public int Tensors => Math.Max(1, Indices.Count);

    /// <summary>Their numbers, all together.</summary>
    public long Elements => Shape.Aggregate(1L, (product, size) => product * size) * Tensors;

    /// <summary>The names of all of them.</summary>
    public IEnumerable<string> Names => Indices.Count == 0 ? [Name] : Indices.Select(i => Name.Replace("{i}", Invariant.Text(i), StringComparison.Ordinal));

    /// <summary>The name with the range written out, as in <c>layers.{0..3}</c>.</summary>
    public string ShownName => Indices.Count == 0 ? Name
        : Name.Replace("{i}", Indices.Count == 1 ? Invariant.Text(Indices[0]) : $"{{{Indices[0]}..{Indices[^1]}}}", StringComparison.Ordinal);
}

/// <summary>Every tensor of a model's checkpoint, told from its architecture alone: no module is made.</summary>
internal static class LayerTable
{
    /// <summary>What official checkpoints have in front of every name.</summary>
    public const string Prefix = "model.inner.";

    /// <summary>The rows, in the order of the data's way through the model.</summary>
    public static IReadOnlyList<LayerRow> Of(ArchitectureModel model) => [.. Embeddings(model), .. model.Networks.SelectMany(n => Network(n, model)), .. Heads(model), .. Latents(model)];

    private static IEnumerable<LayerRow> Embeddings(ArchitectureModel a)
    {
        long h = a.Block.HiddenSize;
        yield return new("embed_tokens", "embed_tokens.embedding_weight", [], [a.Task.VocabSize, h]);
        if (a.Block.Positions == PositionEncoding.Learned)
        {
            yield return new("embed_pos", "embed_pos.embedding_weight", [], [a.Positions, h]);
        }

        if (a.Supervision.StepEmbedding)
        {
            yield return new("embed_step", "embed_step.embedding_weight", [], [a.Supervision.Most, h]);
        }

        if (a.Task.PuzzleEmbedding is { } puzzle)
        {
            yield return new("puzzle_emb", "puzzle_emb.weights", [], [puzzle.Count, puzzle.Dim], IsTrained: false);
        }
    }

    private static IEnumerable<LayerRow> Network(Network network, ArchitectureModel a)
    {
        int[] layers = [.. Enumerable.Range(0, network.Layers)];
        LayerRow Row(string field, string tensor, params long[] shape) => new(network.Name, $"{network.StateDict}.layers.{{i}}.{field}.{tensor}", layers, shape);
        IEnumerable<LayerRow> SwiGlu(string field, long size, long width) => [Row(field, "gate_up_proj.weight", 2 * width, size), Row(field, "down_proj.weight", size, width)];

        var (block, h) = (a.Block, (long)a.Block.HiddenSize);
        var (mixer, feedForward) = (MixerCode.Of(block).Field, FeedForwardCode.Of(block).Field);
        if (block.Mixer.Kind == "attention")
        {
            var width = (long)block.Mixer["num_heads"] * block.Mixer["head_dim"];
            yield return Row(mixer, "qkv_proj.weight", 3 * width, h);
            yield return Row(mixer, "o_proj.weight", h, width);
        }
        else
        {
            foreach (var row in SwiGlu(mixer, a.Positions, block.Mixer["mixer_intermediate_size"]))
            {
                yield return row;
            }
        }

        long features = block.FeedForward["intermediate_size"];
        foreach (var row in SwiGlu(feedForward, h, features))
        {
            yield return row;
        }

        if (block.FeedForward.Kind == "conv_swiglu")
        {
            yield return Row(feedForward, "dwconv.weight", features, 1, block.FeedForward["conv_kernel"]);
            yield return Row(feedForward, "dwconv.bias", features);
        }
    }

    private static IEnumerable<LayerRow> Heads(ArchitectureModel a)
    {
        long h = a.Block.HiddenSize;
        yield return new("lm_head", "lm_head.weight", [], [a.Task.VocabSize, h]);
        if (a.Heads.Q is { } q)
        {
            yield return new("q_head", "q_head.weight", [], [q.Outputs, h]);
            yield return new("q_head", "q_head.bias", [], [q.Outputs]);
        }
    }

    private static IEnumerable<LayerRow> Latents(ArchitectureModel a) => a.Recursion.Latents.Where(l => l.HasVector)
        .Select(l => new LayerRow(l.Name, l.StateDict, l.Count is null ? [] : [.. Enumerable.Range(1, l.Elements)], [a.Block.HiddenSize], l.Init == LatentInit.Learned));
}
