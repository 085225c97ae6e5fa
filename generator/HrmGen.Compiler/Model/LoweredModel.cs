namespace HrmGen.Compiler.Model;

/// <summary>The recursion after the passes: what runs without a gradient, then what is recorded.</summary>
/// <param name="WithoutGradient">The detached prefix; empty for <c>gradient: full</c>.</param>
/// <param name="WithGradient">The recorded suffix.</param>
/// <param name="Updates">Updates that one pass executes.</param>
/// <param name="RecordedUpdates">How many of them are recorded.</param>
/// <param name="Replaced">What the detached prefix replaces: no gradient reaches what the pass was given there.</param>
public sealed record LoweredRecursion(
    EquatableArray<Statement> WithoutGradient, EquatableArray<Statement> WithGradient, int Updates, int RecordedUpdates, EquatableArray<LatentElement> Replaced);

/// <summary>One tensor of a latent.</summary>
/// <param name="Latent">Its name.</param>
/// <param name="Index">Counted from 1; 1 for a plain latent.</param>
public sealed record LatentElement(string Latent, int Index);

/// <summary>Numbers that follow from a spec. All of them are exact but for <paramref name="ActivationBytes"/>.</summary>
/// <param name="Parameters">Trained numbers; the puzzle embedding is a buffer with an optimizer of its own and does not count.</param>
/// <param name="PuzzleEmbeddingSize">Numbers of the puzzle embedding.</param>
/// <param name="EffectiveDepth">Layer calls of one pass: 24 for HRM, 42 for TRM (TRM paper, Table 1).</param>
/// <param name="RecordedDepth">How many of them are recorded.</param>
/// <param name="ForwardPasses">Passes of an optimizer step: 2 with a continue loss, whose target looks one pass ahead, else 1.</param>
/// <param name="ForwardFlops">Floating-point operations of the matrix products of one pass on one example, heads included (2 a multiply-add).</param>
/// <param name="StepFlops">The same for an optimizer step: all passes, and the backward at twice its recorded forward.</param>
/// <param name="ActivationBytes">About what the recorded layers keep for the backward, for one example, in the reference lowering.</param>
/// <param name="FusedActivationBytes">What layers work in and keep in the fused lowering, for one example; null without a fused form.</param>
public sealed record ModelSizes(
    long Parameters, long PuzzleEmbeddingSize, long EffectiveDepth, long RecordedDepth, int ForwardPasses, long ForwardFlops, long StepFlops, long ActivationBytes, long? FusedActivationBytes);

/// <summary>All that emission reads.</summary>
/// <param name="Architecture">The architecture.</param>
/// <param name="Recursion">The recursion at the end of training, and outside of it.</param>
/// <param name="Earlier">Those of the earlier phases, in step with <see cref="ArchitectureModel.Earlier"/>.</param>
/// <param name="Sizes">The numbers, of the recursion at the end.</param>
public sealed record LoweredModel(
    ArchitectureModel Architecture, LoweredRecursion Recursion, EquatableArray<LoweredRecursion> Earlier, ModelSizes Sizes)
{
    /// <summary>True where something changes over the progress of training.</summary>
    public bool UsesProgress => Architecture is var a && (Earlier.Count > 0 || !a.Supervision.Steps.IsConstant || a.Act.HaltWeight is { IsConstant: false }
        || a.Act.Continue is { Weight.IsConstant: false } || a.Act.Exploration is { Probability.IsConstant: false });
}
