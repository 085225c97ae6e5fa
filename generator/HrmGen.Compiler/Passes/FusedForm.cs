using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Passes;

/// <summary>Whether a model can be emitted on kernels.</summary>
internal static class FusedForm
{
    /// <summary>Why it cannot, or null.</summary>
    public static string? Obstacle(ArchitectureModel model, IEnumerable<LoweredRecursion> phases)
    {
        var (precision, block) = (model.Precision, model.Block);
        if (precision.Forward is DType.BFloat16)
        {
            return "its kernels compute in float32 and float64, and 'precision.forward' is bfloat16";
        }

        if (precision.Parameters != precision.Forward || precision.Internal != precision.Forward)
        {
            return "its kernels compute in one format, and those of 'precision' differ";
        }

        if (new[] { block.Mixer, block.FeedForward }.FirstOrDefault(p => !p.HasKernels) is { } part)
        {
            return $"there are no kernels for '{part.Kind}'";
        }

        return phases.Any(p => EndsEarly(p.WithGradient)) ? "an 'until' loop lies within the recorded updates, so that their number is not known" : null;
    }

    private static bool EndsEarly(IEnumerable<Statement> statements) => statements.Any(s => s switch
    {
        Loop loop => loop.Until is not null || EndsEarly(loop.Body),
        Every every => EndsEarly(every.Body),
        _ => false,
    });
}
