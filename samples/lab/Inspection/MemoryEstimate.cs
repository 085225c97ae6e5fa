using HrmGen.Compiler.Model;

namespace HrmGen.Lab.Inspection;

/// <summary>What training a batch keeps in memory, in bytes. Activations of the reference lowering are the least that autograd keeps; the rest is counted.</summary>
/// <param name="Weights">Parameters, the puzzle embedding and the initial latents.</param>
/// <param name="Gradients">Of the parameters that train, and of the batch's rows of the puzzle embedding.</param>
/// <param name="Optimizer">Moments: two of each parameter; of a matrix that Muon has, one.</param>
/// <param name="Average">The moving average.</param>
/// <param name="Latents">What the batch carries from one supervision step to the next.</param>
/// <param name="Activations">What the recorded layers keep for the backward in the reference lowering.</param>
/// <param name="FusedActivations">What layers work in and keep in the fused one; null without a fused form.</param>
internal sealed record MemoryEstimate(long Weights, long Gradients, long Optimizer, long Average, long Latents, long Activations, long? FusedActivations)
{
    public long Total => Weights + Gradients + Optimizer + Average + Latents + Activations;

    public long? FusedTotal => Total - Activations + FusedActivations;

    /// <summary>For training with a batch of so many rows.</summary>
    public static MemoryEstimate Of(LoweredModel model, int batch)
    {
        var (a, rows) = (model.Architecture, LayerTable.Of(model.Architecture));
        var (parameter, forward) = (BytesOf(a.Precision.Parameters), BytesOf(a.Precision.Forward));
        var trained = rows.Where(r => r.IsTrained && !IsFrozen(r, a.Training.Groups)).ToList();
        long puzzles = rows.Where(r => r.Module == "puzzle_emb").Sum(r => r.Elements), parameters = rows.Where(r => r.IsTrained).Sum(r => r.Elements);
        var buffers = rows.Where(r => !r.IsTrained && r.Module != "puzzle_emb").Sum(r => r.Elements);
        var matrices = trained.Where(r => a.Training.Optimizer == OptimizerKind.Muon && IsMatrixOfNetwork(r, a)).Sum(r => r.Elements);
        var trainedElements = trained.Sum(r => r.Elements);
        var candidates = a.Supervision.Candidates?.Count ?? 1;
        return new(
            ((parameters + puzzles) * parameter) + (buffers * forward),
            (trainedElements * parameter) + ((long)batch * (a.Task.PuzzleEmbedding?.Dim ?? 0) * parameter),
            ((2 * trainedElements) - matrices) * parameter,
            a.Training.Ema is null ? 0 : parameters * parameter,
            (long)batch * candidates * a.Recursion.Latents.Sum(l => l.Elements) * a.Positions * a.Block.HiddenSize * forward,
            batch * model.Sizes.ActivationBytes,
            batch * model.Sizes.FusedActivationBytes);
    }

    private static bool IsFrozen(LayerRow row, IEnumerable<ParameterGroup> groups) =>
        groups.Any(g => g.Frozen && g.Prefixes.Any(p => row.Names.First().StartsWith(p, StringComparison.Ordinal)));

    private static bool IsMatrixOfNetwork(LayerRow row, ArchitectureModel a) => row.Shape.Count == 2 && a.Networks.Any(n => n.Name == row.Module);

    private static int BytesOf(DType dtype) => dtype switch
    {
        DType.Float64 => 8,
        DType.Float32 => 4,
        _ => 2,
    };
}
