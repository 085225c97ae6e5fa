using System.Globalization;
using HrmGen.Data.Builders;
using HrmGen.Models;

namespace HrmGen.Lab.Evaluation;

/// <summary>An evaluation in words: exact accuracy first, because token accuracy flatters.</summary>
internal sealed class EvaluationReport(TextWriter output, ModelSpec spec, PuzzleKind kind, IReadOnlyList<EvaluatedPuzzle> puzzles)
{
    // Sudoku's vocabulary: padding, the blank, the digits.
    private const int Blank = 1;

    private readonly int side = (int)Math.Sqrt(spec.SeqLen);

    public void Write(string weights, string data)
    {
        Line($"{spec.Name}, {weights}");
        Line($"{data}: {puzzles.Count:N0} puzzles");
        Line($"exact accuracy    {Percent(Share(puzzles, p => p.IsRight))}  ({puzzles.Count(p => p.IsRight):N0} of {puzzles.Count:N0})");
        if (IsMaze)
        {
            Line($"shortest paths    {Percent(Share(puzzles, p => MazeSolver.IsShortestPath(Bytes(p.Question), Bytes(p.Answer), side)))}  (any shortest path counts)");
        }

        Line($"token accuracy    {Percent(puzzles.Average(p => p.CellAccuracy))}");
        Line($"supervision steps {puzzles.Average(p => p.Steps):0.00} on average");
        Calibration();
        Line($"exact accuracy by supervision step");
        for (var step = 0; step < puzzles[0].RightByStep.Length; step++)
        {
            Line($"  {step + 1,4}  {Percent(Share(puzzles, p => p.RightByStep[step]))}");
        }

        if (kind is PuzzleKind.Maze or PuzzleKind.Sudoku)
        {
            ByDifficulty();
        }
    }

    private bool IsMaze => kind == PuzzleKind.Maze;

    private static byte[] Bytes(int[] tokens) => [.. tokens.Select(t => (byte)Math.Clamp(t, 0, 255))];

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
        double Hardness(EvaluatedPuzzle p) => IsMaze ? MazeSolver.Solve(Bytes(p.Question), side)?.Length ?? 0 : p.Question.Count(t => t == Blank);
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
