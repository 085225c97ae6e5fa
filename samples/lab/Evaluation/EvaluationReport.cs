using System.Globalization;
using HrmGen.Data.Builders;
using HrmGen.Models;

namespace HrmGen.Lab.Evaluation;

/// <summary>An evaluation in words: exact accuracy first, because token accuracy flatters.</summary>
/// <param name="output">Where it goes.</param>
/// <param name="spec">The model's.</param>
/// <param name="kind">What the puzzles are.</param>
/// <param name="puzzles">The answers.</param>
/// <param name="ratings">How difficult each puzzle is, in the order of <paramref name="puzzles"/>; null where it is not known.</param>
internal sealed class EvaluationReport(TextWriter output, ModelSpec spec, PuzzleKind kind, IReadOnlyList<EvaluatedPuzzle> puzzles, IReadOnlyList<int>? ratings)
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
            Quarters(IsMaze ? "length of the shortest path" : "number of blanks", Hardness);
        }

        if (ratings is not null)
        {
            Quarters("rating", i => ratings[i]);
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

    // Of mazes the length of the shortest path, of Sudoku what is not given.
    private int Hardness(int puzzle)
    {
        var question = puzzles[puzzle].Question;
        return IsMaze ? MazeSolver.Solve(Bytes(question), side)?.Length ?? 0 : question.Count(t => t == Blank);
    }

    // The hardest last. Puzzles that are equally hard are never in different quarters, so that these need not be of one size.
    private void Quarters(string what, Func<int, int> hardness)
    {
        var ordered = Enumerable.Range(0, puzzles.Count).Select(i => (Puzzle: puzzles[i], Hardness: hardness(i))).OrderBy(p => p.Hardness).ToList();
        if (ordered[0].Hardness == ordered[^1].Hardness)
        {
            return;
        }

        Line($"exact accuracy by {what}");
        var from = 0;
        for (var quarter = 1; quarter <= 4; quarter++)
        {
            var to = Math.Max(from, ((ordered.Count * quarter) + 3) / 4);
            while (to > from && to < ordered.Count && ordered[to].Hardness == ordered[to - 1].Hardness)
            {
                to++;
            }

            if (to > from)
            {
                var part = ordered[from..to];
                Line($"  {part[0].Hardness,4} to {part[^1].Hardness,4}  {Percent(Share([.. part.Select(q => q.Puzzle)], p => p.IsRight))}  ({part.Count:N0})");
            }

            from = to;
        }
    }

    private void Line(FormattableString line) => output.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private static double Share(IReadOnlyCollection<EvaluatedPuzzle> puzzles, Func<EvaluatedPuzzle, bool> which) => puzzles.Count == 0 ? 0 : (double)puzzles.Count(which) / puzzles.Count;

    private static string Percent(double share) => (100 * share).ToString("0.00", CultureInfo.InvariantCulture) + " %";

    private static string Ratio(int part, int whole) => whole == 0 ? "-" : Percent((double)part / whole);
}
