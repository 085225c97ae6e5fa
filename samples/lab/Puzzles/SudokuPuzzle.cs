using System.Globalization;
using HrmGen.Models;

namespace HrmGen.Lab.Puzzles;

/// <summary>Sudoku: a character a cell, with <c>.</c> or <c>0</c> for a blank. Tokens are digits plus 1, as in the official builder.</summary>
internal sealed class SudokuPuzzle(ModelSpec spec) : IPuzzleKind
{
    private const int Blank = 1;
    private readonly int box = Root(Root(spec.SeqLen));

    private int Side => box * box;

    public string Name => "sudoku";

    public (int Rows, int Columns) Shape => (Side, Side);

    public (int Rows, int Columns) Box => (box, box);

    /// <summary>True for 4x4 with 6 tokens, 9x9 with 11, and so on.</summary>
    public static bool Fits(ModelSpec spec)
    {
        var side = Root(spec.SeqLen);
        return spec.SeqLen > 1 && side * side == spec.SeqLen && Root(side) * Root(side) == side && side <= 9 && spec.VocabSize == side + 2;
    }

    public int[] Read(string text) => CellText.Read(
        text, Shape, $"a {Side}x{Side} Sudoku", c => c == '.' ? Blank : c >= '0' && c <= '0' + Side ? c - '0' + Blank : null,
        $"the digits 1 to {Side}, and . or 0 for a blank", char.IsWhiteSpace);

    public string Glyph(int token) => token switch
    {
        0 => "?",
        Blank => ".",
        _ => (token - Blank).ToString(CultureInfo.InvariantCulture),
    };

    public bool IsGiven(int questionToken) => questionToken > Blank;

    public Verdict Judge(int[] question, int[] answer)
    {
        var conflicts = Units().Count(unit => unit.Select(c => answer[c]).Where(t => t > Blank).Distinct().Count() < Side);
        var changed = question.Zip(answer).Count(p => p.First > Blank && p.First != p.Second);
        string[] faults =
        [
            .. conflicts > 0 ? [$"{conflicts} rows, columns and boxes are not right"] : Array.Empty<string>(),
            .. changed > 0 ? [$"{changed} given cells were changed"] : Array.Empty<string>(),
        ];
        return faults.Length == 0 ? new(true, "a valid solution") : new(false, "not a solution: " + string.Join(", ", faults));
    }

    private static int Root(int square) => (int)Math.Round(Math.Sqrt(square));

    private IEnumerable<IEnumerable<int>> Units()
    {
        var all = Enumerable.Range(0, Side * Side);
        return all.GroupBy(c => c / Side).Concat(all.GroupBy(c => c % Side)).Concat(all.GroupBy(c => (c / Side / box * box) + (c % Side / box)));
    }
}
