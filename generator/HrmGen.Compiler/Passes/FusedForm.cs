using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Passes;

/// <summary>Whether a model can be emitted on kernels.</summary>
internal static class FusedForm
{
    /// <summary>Why it cannot, and by which key; or null.</summary>
    public static (string Node, string Why)? Obstacle(ArchitectureModel model, IEnumerable<LoweredRecursion> phases)
    {
        var (precision, block) = (model.Precision, model.Block);
        // What is wider than the forward pass: weights and what norms compute in.
        var wide = precision.Forward is DType.BFloat16 ? DType.Float32 : precision.Forward;
        if (precision.Parameters != wide || precision.Internal != wide)
        {
            return ("precision", "its kernels compute in one format, or in bfloat16 with float32 parameters and norms, and those of 'precision' are others");
        }

        foreach (var (key, part) in new[] { ("mixer", block.Mixer), ("feed_forward", block.FeedForward) })
        {
            if (part.Fused is null)
            {
                return ("block." + key, $"there are no kernels for '{part.Kind}'");
            }
        }

        return phases.Any(p => Statement.EndsEarly(p.WithGradient)) ? ("recursion.gradient", "an 'until' loop lies within the recorded updates, so that their number is not known") : null;
    }
}
