using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Passes;

/// <summary>Counts parameters, layer calls and operations.</summary>
internal static class SizeAnalysis
{
    /// <summary>The numbers of one model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="executions">Its executed updates, without the dead ones.</param>
    /// <param name="recorded">How many of the last are recorded.</param>
    public static ModelSizes Of(ArchitectureModel model, IReadOnlyList<Execution> executions, int recorded)
    {
        var layers = model.Networks.ToDictionary(n => n.Name, n => (long)n.Layers, StringComparer.Ordinal);
        long Depth(IEnumerable<Execution> updates) => updates.Sum(e => e.Calls.Sum(c => layers[c]));
        var (depth, recordedDepth) = (Depth(executions), Depth(executions.Skip(executions.Count - recorded)));

        var (h, v) = ((long)model.Block.HiddenSize, (long)model.Task.VocabSize);
        var (mixer, feedForward) = (model.Block.Mixer.Cost, model.Block.FeedForward.Cost);
        var outputs = model.Heads.Q?.Outputs ?? 0;
        var learnedLatents = model.Recursion.Latents.Where(l => l.Init == LatentInit.Learned).Sum(l => (long)l.Elements) * h;
        var positions = model.Block.Positions == PositionEncoding.Learned ? model.Positions * h : 0;
        positions += model.Supervision.StepEmbedding ? model.Supervision.Most * h : 0;
        var parameters = (layers.Values.Sum() * (mixer.Parameters + feedForward.Parameters)) + (2 * v * h) + (outputs * (h + 1)) + learnedLatents + positions;

        var heads = (2 * model.Task.SeqLen * h * v) + (2 * h * outputs);
        var layer = mixer.Flops + feedForward.Flops;
        var forward = (depth * layer) + heads;
        var passes = model.Act.Continue is not null && model.Supervision.Most > 1 ? 2 : 1;
        var target = passes == 2 ? (depth * layer) + (2 * h * outputs) : 0;
        if (passes == 2 && model.Act.Continue is { PredictNext: true })
        {
            target += 2 * ((recordedDepth * layer) + (2 * h * outputs));
        }

        // Each candidate runs, its logits are compared without a gradient, and one of them is trained.
        var runs = model.Supervision.Candidates?.Count ?? 1;
        var step = forward + ((runs - 1) * ((depth * layer) + (2 * model.Task.SeqLen * h * v))) + (2 * ((recordedDepth * layer * runs) + heads)) + target;

        var puzzle = model.Task.PuzzleEmbedding is { } p ? (long)p.Count * p.Dim : 0;
        return new(parameters, puzzle, depth, recordedDepth, passes, forward, step, runs * recordedDepth * (mixer.Activations + feedForward.Activations) * BytesOf(model.Precision.Forward));
    }

    private static int BytesOf(DType dtype) => dtype switch
    {
        DType.Float64 => 8,
        DType.Float32 => 4,
        _ => 2,
    };
}
