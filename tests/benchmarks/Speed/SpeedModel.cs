using HrmGen.Data;
using HrmGen.Models;
using static TorchSharp.torch;

namespace HrmGen.Benchmarks.Speed;

/// <summary>A compiled model that is measured, with the sizes of its naive twin.</summary>
/// <param name="Name">As its spec has it.</param>
/// <param name="Shape">Sizes.</param>
/// <param name="Recorded">Layer calls of a training step that a gradient goes through.</param>
internal sealed record SpeedModel(string Name, NaiveShape Shape, int Recorded)
{
    /// <summary>All of them: sizes of facts that everybody can check, 16 rows of Sudoku with 128 channels, and the quickstart.</summary>
    public static IReadOnlyList<SpeedModel> All { get; } =
    [
        new("SpeedTrmAtt", new(11, 81, 16, 128, 4, 2, 3, 6, false, false, 16), 14),
        new("SpeedTrmMlp", new(11, 81, 16, 128, 4, 2, 3, 6, true, false, 16), 14),
        new("SpeedHrm", new(11, 81, 1, 128, 4, 4, 2, 2, false, true, 16), 8),
        new("SpeedTrmAttBf16", new(11, 81, 16, 128, 4, 2, 3, 6, false, false, 16, BFloat16: true), 14),
        new("SpeedTrmMlpBf16", new(11, 81, 16, 128, 4, 2, 3, 6, true, false, 16, BFloat16: true), 14),
        new("SpeedHrmBf16", new(11, 81, 1, 128, 4, 4, 2, 2, false, true, 16, BFloat16: true), 8),
        new("Sudoku4", new(6, 16, 1, 64, 4, 2, 2, 2, false, false, 64), 6),
    ];

    /// <summary>As tables call it.</summary>
    public string Title => Name.Replace("Speed", "", StringComparison.Ordinal);

    /// <summary>What the compiler made of it.</summary>
    public ModelEntry Entry => HrmModels.All.Single(m => m.Spec.Name == Name);

    /// <summary>Random puzzles.</summary>
    public PuzzleBatch Batch() => new(
        randint(1, Shape.Vocab, [Shape.Batch, Shape.Cells], dtype: int32), randint(1, Shape.Vocab, [Shape.Batch, Shape.Cells], dtype: int32), zeros(Shape.Batch, dtype: int32));
}
