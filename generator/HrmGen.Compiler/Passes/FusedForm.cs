using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Passes;

/// <summary>Whether a model can be emitted on kernels.</summary>
internal static class FusedForm
{
    /// <summary>Why it cannot, and by which key; or null.</summary>
    public static (string Node, string Why)? Obstacle(ArchitectureModel model, IEnumerable<LoweredRecursion> phases)
    {
        var (precision, block) = (model.Precision, model.Block);
        if (precision.Forward is DType.BFloat16)
        {
            return ("precision.forward", "its kernels compute in float32 and float64, and 'precision.forward' is bfloat16");
        }

        if (precision.Parameters != precision.Forward || precision.Internal != precision.Forward)
        {
            return ("precision", "its kernels compute in one format, and those of 'precision' differ");
        }

        foreach (var (key, part) in new[] { ("mixer", block.Mixer), ("feed_forward", block.FeedForward) })
        {
            if (!part.HasKernels)
            {
                return ("block." + key, $"there are no kernels for '{part.Kind}'");
            }
        }

        return phases.Any(p => Statement.EndsEarly(p.WithGradient)) ? ("recursion.gradient", "an 'until' loop lies within the recorded updates, so that their number is not known") : null;
    }
}
