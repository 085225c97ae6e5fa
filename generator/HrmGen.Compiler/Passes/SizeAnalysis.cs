using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Passes;

/// <summary>Counts parameters, layer calls and operations.</summary>
internal static class SizeAnalysis
{
    /// <summary>The numbers of one model, or null where one of them does not fit 64 bits.</summary>
    /// <param name="model">The model.</param>
    /// <param name="executions">Its executed updates, without the dead ones.</param>
    /// <param name="recorded">How many of the last are recorded.</param>
    /// <param name="isFused">Whether there is a fused form.</param>
    public static ModelSizes? Of(ArchitectureModel model, IReadOnlyList<Execution> executions, int recorded, bool isFused)
    {
        try
        {
            return Count(model, executions, recorded, isFused);
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    private static ModelSizes Count(ArchitectureModel model, IReadOnlyList<Execution> executions, int recorded, bool isFused)
    {
        var layers = model.Networks.ToDictionary(n => n.Name, n => (long)n.Layers, StringComparer.Ordinal);
        long Depth(IEnumerable<Execution> updates) => updates.Sum(e => e.Calls.Sum(c => layers[c]));
        var (depth, recordedDepth) = (Depth(executions), Depth(executions.Skip(executions.Count - recorded)));

        var (h, v) = ((long)model.Block.HiddenSize, (long)model.Task.VocabSize);
        var (mixer, feedForward) = (model.Block.Mixer.Cost, model.Block.FeedForward.Cost);
        var outputs = model.Heads.Q?.Outputs ?? 0;
        var learnedLatents = checked(model.Recursion.Latents.Where(l => l.Init == LatentInit.Learned).Sum(l => (long)l.Elements) * h);
        var positions = checked(((model.Block.Positions == PositionEncoding.Learned ? model.Positions : 0) + (model.Supervision.StepEmbedding ? model.Supervision.Most : 0)) * h);
        var parameters = checked((layers.Values.Sum() * (mixer.Parameters + feedForward.Parameters)) + (2 * v * h) + (outputs * (h + 1)) + learnedLatents + positions);

        // Within the ranges of the language what one layer costs fits 64 bits; its repetitions need not.
        var heads = checked((2L * model.Task.SeqLen * h * v) + (2 * h * outputs));
        var layer = checked(mixer.Flops + feedForward.Flops);
        var forward = checked((depth * layer) + heads);
        var passes = model.Act.Continue is not null && model.Supervision.Most > 1 ? 2 : 1;
        var target = passes == 2 ? checked((depth * layer) + (2 * h * outputs)) : 0;
        if (passes == 2 && model.Act.Continue is { PredictNext: true })
        {
            target = checked(target + (2 * ((recordedDepth * layer) + (2 * h * outputs))));
        }

        // Each candidate runs, its logits are compared without a gradient, and one of them is trained.
        var runs = model.Supervision.Candidates?.Count ?? 1;
        var others = checked((runs - 1) * ((depth * layer) + (2L * model.Task.SeqLen * h * v)));
        var step = checked(forward + others + (2 * ((recordedDepth * layer * runs) + heads)) + target);

        var puzzle = model.Task.PuzzleEmbedding is { } p ? checked((long)p.Count * p.Dim) : 0;
        var activations = checked(runs * recordedDepth * (mixer.Activations + feedForward.Activations) * BytesOf(model.Precision.Forward));
        var fused = isFused ? checked(runs * FusedBytes(model, recordedDepth, executions.Skip(executions.Count - recorded).Sum(e => e.Calls.Count))) : (long?)null;
        return new(parameters, puzzle, depth, recordedDepth, passes, forward, step, activations, fused);
    }

    // Layer calls and network calls that are recorded. A network keeps its input and what each of its layers gives.
    private static long FusedBytes(ArchitectureModel model, long layers, long networks)
    {
        var (latent, positions, bytes) = ((long)model.Positions * model.Block.HiddenSize, (long)model.Positions, BytesOf(model.Precision.Forward));
        FusedMemory[] parts = [model.Block.Mixer.Fused!, model.Block.FeedForward.Fused!];

        // The norm's output is the next part's input; the second one's is the layer's, unless norms stand before the parts.
        var (norms, last) = model.Block.PreNorm ? (2, networks) : (1, 0);
        var narrow = checked((layers * (parts.Sum(p => p.Kept) + (norms * latent))) + ((layers + networks + last + 1) * latent)
            + parts.Sum(p => p.Shared + (model.Precision.Forward == DType.BFloat16 ? p.Gathered : 0)));
        var wide = checked((layers * parts.Sum(p => p.Factors)) + parts.Sum(p => p.SharedFactors) + (last * positions));
        return checked((narrow * bytes) + (wide * Math.Max(bytes, BytesOf(DType.Float32))));
    }

    private static int BytesOf(DType dtype) => dtype switch
    {
        DType.Float64 => 8,
        DType.Float32 => 4,
        _ => 2,
    };
}
