using System.Globalization;
using HrmGen.Models;

namespace HrmGen.Lab.Evaluation;

/// <summary>An evaluation in words: exact accuracy first, because token accuracy flatters.</summary>
internal sealed class EvaluationReport(TextWriter output, ModelSpec spec, IReadOnlyList<EvaluatedPuzzle> puzzles)
{
    // The official maze vocabulary has six tokens; Sudoku's has a blank, token 1, and its digits.
    private const int MazeVocabulary = 6, Blank = 1;

    public void Write(string weights, string data)
    {
        Line($"{spec.Name}, {weights}");
        Line($"{data}: {puzzles.Count:N0} puzzles");
        Line($"exact accuracy    {Percent(Share(puzzles, p => p.IsRight))}  ({puzzles.Count(p => p.IsRight):N0} of {puzzles.Count:N0})");
        if (IsMaze)
        {
            var columns = spec.Grid?.Columns ?? (int)Math.Sqrt(spec.SeqLen);
            Line($"shortest paths    {Percent(Share(puzzles, p => MazePath.IsShortest(p.Question, p.Answer, columns)))}  (any shortest path counts)");
        }

        Line($"token accuracy    {Percent(puzzles.Average(p => p.CellAccuracy))}");
        Line($"supervision steps {puzzles.Average(p => p.Steps):0.00} on average");
        Calibration();
        Line($"exact accuracy by supervision step");
        for (var step = 0; step < puzzles[0].RightByStep.Length; step++)
        {
            Line($"  {step + 1,4}  {Percent(Share(puzzles, p => p.RightByStep[step]))}");
        }

        ByDifficulty();
    }

    private bool IsMaze => spec.VocabSize == MazeVocabulary && puzzles.All(p => p.Question.Contains(3) && p.Question.Contains(4) && p.Question.Count(t => t == 3) == 1);

    private void Calibration()
    {
        var (halting, right) = (puzzles.Count(p => p.Confidence > 0.5), puzzles.Count(p => p.IsRight));
        if (puzzles.Any(p => !double.IsNaN(p.Confidence)))
        {
            var both = puzzles.Count(p => p.Confidence > 0.5 && p.IsRight);
            Line($"q_halt            precision {Ratio(both, halting)}, recall {Ratio(both, right)}");
        }
    }

    // Mazes by the length of the shortest path, Sudoku by its clues: in quarters, the hardest last.
    private void ByDifficulty()
    {
        var columns = spec.Grid?.Columns ?? (int)Math.Sqrt(spec.SeqLen);
        double Hardness(EvaluatedPuzzle p) => IsMaze
            ? MazePath.Distance(p.Question, columns, static t => t is not (0 or 1)) ?? 0
            : p.Question.Count(t => t == Blank);
        var ordered = puzzles.Select(p => (Puzzle: p, Hardness: Hardness(p))).OrderBy(p => p.Hardness).ToList();
        if (ordered[0].Hardness == ordered[^1].Hardness)
        {
            return;
        }

        Line($"exact accuracy by {(IsMaze ? "length of the shortest path" : "number of blanks")}");
        foreach (var quarter in ordered.Chunk((ordered.Count + 3) / 4))
        {
            Line($"  {quarter[0].Hardness,4} to {quarter[^1].Hardness,4}  {Percent(Share([.. quarter.Select(q => q.Puzzle)], p => p.IsRight))}");
        }
    }

    private void Line(FormattableString line) => output.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private static double Share(IReadOnlyCollection<EvaluatedPuzzle> puzzles, Func<EvaluatedPuzzle, bool> which) => puzzles.Count == 0 ? 0 : (double)puzzles.Count(which) / puzzles.Count;

    private static string Percent(double share) => (100 * share).ToString("0.00", CultureInfo.InvariantCulture) + " %";

    private static string Ratio(int part, int whole) => whole == 0 ? "-" : Percent((double)part / whole);
}
