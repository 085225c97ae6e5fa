using HrmGen.Data;
using HrmGen.Models;

namespace HrmGen.Lab.Models;

/// <summary><c>--data</c>.</summary>
internal static class Datasets
{
    /// <summary>A split that fits a model.</summary>
    /// <exception cref="HrmGenException">It is not there, is damaged, or does not fit.</exception>
    public static PuzzleDataset Load(DirectoryInfo folder, string split, ModelSpec spec)
    {
        var dataset = PuzzleDataset.Load(folder.FullName, split);
        dataset.RequireCompatible(spec.SeqLen, spec.VocabSize, Math.Max(1, spec.PuzzleCount));
        return dataset;
    }

    /// <summary>Both splits of the first folder whose puzzles fit a model.</summary>
    /// <exception cref="HrmGenException">A folder is not there or damaged, or none fits; the message is that of the last one.</exception>
    public static (PuzzleDataset Train, PuzzleDataset Test) LoadFirstFit(IReadOnlyList<DirectoryInfo> folders, ModelSpec spec)
    {
        var fit = folders.FirstOrDefault(f => PuzzleDataset.Load(f.FullName, "train").IsCompatible(spec.SeqLen, spec.VocabSize, Math.Max(1, spec.PuzzleCount))) ?? folders[^1];
        return (Load(fit, "train", spec), Load(fit, "test", spec));
    }
}
