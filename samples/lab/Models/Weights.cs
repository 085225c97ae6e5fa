using HrmGen.Checkpoints;
using HrmGen.Models;

namespace HrmGen.Lab.Models;

/// <summary><c>--checkpoint</c>: weights by the name of what holds them.</summary>
internal static class Weights
{
    /// <summary>Loads weights into a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="source">A run's folder (its newest checkpoint), a checkpoint, or a safetensors file; null leaves the model untrained.</param>
    /// <param name="average">Takes the moving average of the weights where there is one.</param>
    /// <returns>What was loaded, for a report.</returns>
    /// <exception cref="HrmGenException">It is not there, is damaged, or belongs to another model.</exception>
    public static string Load(IRecursiveModel model, string? source, bool average)
    {
        if (source is null)
        {
            return "untrained weights";
        }

        if (Directory.Exists(source))
        {
            var checkpoint = Find(source);
            var ema = average && checkpoint.HasEma;
            var notes = checkpoint.LoadModel(model, ema);
            return $"{checkpoint.Path}{(ema ? " (moving average)" : "")}{string.Concat(notes.Select(n => "; " + n))}";
        }

        if (!File.Exists(source))
        {
            throw new HrmGenException($"--checkpoint {source}: there is no such file or folder");
        }

        var report = StateDict.Load(model.Module, source, otherPuzzles: true);
        return source + string.Concat(report.Notes.Select(n => "; " + n));
    }

    private static Checkpoint Find(string folder)
    {
        if (Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))).StartsWith("step-", StringComparison.Ordinal))
        {
            return CheckpointFolder.Open(folder);
        }

        var inner = Path.Combine(folder, "checkpoints");
        return new CheckpointFolder(Directory.Exists(inner) ? inner : folder).FindLatest().Found
            ?? throw new HrmGenException($"--checkpoint {folder}: there is no whole checkpoint in it");
    }
}
