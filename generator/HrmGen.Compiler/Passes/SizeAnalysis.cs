using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Passes;

/// <summary>Counts parameters, layer calls and operations.</summary>
internal static class SizeAnalysis
{
    /// <summary>The numbers of one model, or null where one of them does not fit 64 bits.</summary>
    /// <param name="model">The model.</param>
    /// <param name="executions">Its executed updates, without the dead ones.</param>
    /// <param name="recorded">How many of the last are recorded.</param>
    public static ModelSizes? Of(ArchitectureModel model, IReadOnlyList<Execution> executions, int recorded)
    {
        try
        {
            return Count(model, executions, recorded);
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    private static ModelSizes Count(ArchitectureModel model, IReadOnlyList<Execution> executions, int recorded)
    {
        var layers = model.Networks.ToDictionary(n => n.Name, n => (long)n.Layers, StringComparer.Ordinal);
        long Depth(IEnumerable<Execution> updates) => updates.Sum(e => e.Calls.Sum(c => layers[c]));
        var (depth, recordedDepth) = (Depth(executions), Depth(executions.Skip(executions.Count - recorded)));

        var (h, v) = ((long)model.Block.HiddenSize, (long)model.Task.VocabSize);
        var outputs = model.Heads.Q?.Outputs ?? 0;
        var learnedLatents = checked(model.Recursion.Latents.Where(l => l.Init == LatentInit.Learned).Sum(l => (long)l.Elements) * h);
        var positions = model.Block.Positions == PositionEncoding.Learned ? checked(model.Positions * h) : 0;
        var parameters = checked((layers.Values.Sum() * LayerParameters(model)) + (2 * v * h) + (outputs * (h + 1)) + learnedLatents + positions);

        var heads = checked((2L * model.Task.SeqLen * h * v) + (2 * h * outputs));
        var layer = LayerFlops(model);
        var forward = checked((depth * layer) + heads);
        var passes = model.Act.Continue is not null && model.Supervision.Most > 1 ? 2 : 1;
        var target = passes == 2 ? checked((depth * layer) + (2 * h * outputs)) : 0;
        if (passes == 2 && model.Act.Continue is { PredictNext: true })
        {
            target = checked(target + (2 * ((recordedDepth * layer) + (2 * h * outputs))));
        }

        var step = checked(forward + (2 * ((recordedDepth * layer) + heads)) + target);

        var puzzle = model.Task.PuzzleEmbedding is { } p ? checked((long)p.Count * p.Dim) : 0;
        return new(parameters, puzzle, depth, recordedDepth, passes, forward, step, checked(recordedDepth * LayerActivations(model) * BytesOf(model.Precision.Forward)));
    }

    private static long LayerParameters(ArchitectureModel model)
    {
        var (block, h) = (model.Block, (long)model.Block.HiddenSize);
        var mixer = block.Mixer == Mixer.Attention
            ? checked(4 * h * block.NumHeads * block.HeadDim)
            : checked(3L * model.Positions * block.MixerIntermediateSize);
        return checked(mixer + (3 * h * block.IntermediateSize));
    }

    // Two operations a multiply-add; attention's two products of queries, keys and values come on top of its projections.
    private static long LayerFlops(ArchitectureModel model)
    {
        var (block, h, l) = (model.Block, (long)model.Block.HiddenSize, (long)model.Positions);
        var width = (long)block.NumHeads * block.HeadDim;
        var mixer = block.Mixer == Mixer.Attention
            ? checked((2 * l * 4 * h * width) + (4 * l * l * width))
            : checked(2 * h * 3 * l * block.MixerIntermediateSize);
        return checked(mixer + (2 * l * 3 * h * block.IntermediateSize));
    }

    // What the backward of one layer reads again: inputs of the products, queries, keys and values, the gate, the norms' inputs.
    private static long LayerActivations(ArchitectureModel model)
    {
        var (block, h, l) = (model.Block, (long)model.Block.HiddenSize, (long)model.Positions);
        var mixer = block.Mixer == Mixer.Attention
            ? checked(l * ((2 * h) + (6L * block.NumHeads * block.HeadDim)))
            : checked((2 * h * l) + (4 * h * block.MixerIntermediateSize));
        return checked(mixer + (l * ((2 * h) + (4L * block.IntermediateSize))));
    }

    private static int BytesOf(DType dtype) => dtype switch
    {
        DType.Float64 => 8,
        DType.Float32 => 4,
        _ => 2,
    };
}
