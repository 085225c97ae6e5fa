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
}
