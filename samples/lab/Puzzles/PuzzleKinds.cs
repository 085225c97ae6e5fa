using HrmGen.Compiler.Language;
using HrmGen.Models;

namespace HrmGen.Lab.Puzzles;

/// <summary>Which kind of puzzle a model solves.</summary>
internal static class PuzzleKinds
{
    private static readonly string[] Names = ["sudoku", "maze", "arc", "tokens"];

    /// <summary>All names, for help.</summary>
    public static string List => string.Join(", ", Names);

    /// <summary>The kind of a name; without one, what the model's vocabulary and number of cells tell.</summary>
    /// <exception cref="HrmGenException">There is no such kind, or the model has not its vocabulary.</exception>
    public static IPuzzleKind Of(string? name, ModelSpec spec) => (name ?? Guess(spec)) switch
    {
        "sudoku" => Fits(SudokuPuzzle.Fits(spec), "sudoku", "a side of n * n cells and a vocabulary of side + 2", spec, () => new SudokuPuzzle(spec)),
        "maze" => Fits(spec.VocabSize == MazePuzzle.Vocabulary, "maze", $"a vocabulary of {MazePuzzle.Vocabulary}", spec, () => new MazePuzzle(Shape(spec))),
        "arc" => Fits(ArcPuzzle.Fits(spec), "arc", $"a vocabulary of {ArcPuzzle.Vocabulary} and a square of cells", spec, () => new ArcPuzzle(Shape(spec).Rows)),
        "tokens" => new TokenPuzzle(Shape(spec), spec.VocabSize),
        var other => throw new HrmGenException($"--kind {other}: there is no such kind of puzzle{Suggestions.DidYouMean(other, Names)}; there are {List}"),
    };

    private static string Guess(ModelSpec spec) => SudokuPuzzle.Fits(spec) ? "sudoku"
        : spec.VocabSize == MazePuzzle.Vocabulary ? "maze"
        : ArcPuzzle.Fits(spec) ? "arc"
        : "tokens";

    private static IPuzzleKind Fits(bool fits, string name, string needs, ModelSpec spec, Func<IPuzzleKind> create) => fits
        ? create()
        : throw new HrmGenException($"--kind {name}: that takes {needs}; {spec.Name} has a vocabulary of {spec.VocabSize} and {spec.SeqLen} cells. --kind tokens fits every model");

    // The spec's grid; else a square, else one row.
    private static (int Rows, int Columns) Shape(ModelSpec spec)
    {
        var side = (int)Math.Round(Math.Sqrt(spec.SeqLen));
        return spec.Grid ?? (side * side == spec.SeqLen ? (side, side) : (1, spec.SeqLen));
    }
}
