using System.Globalization;
using System.Text;

namespace HrmGen.Lab.Solving;

/// <summary>A solution on a terminal: the board after each step. Without colours a changed cell has a star before it.</summary>
internal sealed class BoardText(Solution solution, TextWriter output, bool rich)
{
    private const string Off = "\e[0m";

    public void Write()
    {
        var (rows, columns) = solution.Kind.Shape;
        Line($"{solution.Spec.Name}, {solution.Weights}; {solution.Kind.Name}, {rows}x{columns}");
        Line($"puzzle");
        Board(solution.Question, solution.Question);
        for (var step = 0; step < solution.Steps.Count; step++)
        {
            var (now, before) = (solution.Steps[step], solution.Before(step));
            var changed = now.Board.Zip(before).Count(p => p.First != p.Second);
            var least = Array.IndexOf(now.Confidence, now.Confidence.Min());
            Line($"");
            Line($"step {step + 1}{Share("  halt", now.Halt)}{Share("  continue", now.Continue)}  changed {changed}  least sure {Percent(now.Confidence[least])} at row {(least / columns) + 1}, column {(least % columns) + 1}");
            Board(now.Board, before);
        }

        Line($"");
        Line($"{(solution.HaltsAt is { } halt ? $"The model would halt after step {halt} of {solution.Steps.Count}." : $"All {solution.Steps.Count} supervision steps.")}");
        if (solution.Verdict is { } verdict)
        {
            Line($"The answer is {verdict.Text}.");
        }

        Line($"answer {string.Join(solution.Kind.Name == "tokens" ? " " : "", solution.Answer.Select(solution.Kind.Glyph))}");
    }

    private static string Percent(double share) => (100 * share).ToString("0.0", CultureInfo.InvariantCulture) + " %";

    private static string Share(string name, double? value) => value is { } v ? $"{name} {Percent(v)}" : "";

    private void Line(FormattableString line) => output.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private void Board(int[] tokens, int[] before)
    {
        var (rows, columns) = solution.Kind.Shape;
        var width = tokens.Max(t => solution.Kind.Glyph(t).Length);
        for (var row = 0; row < rows; row++)
        {
            var line = new StringBuilder(" ");
            for (var cell = row * columns; cell < (row + 1) * columns; cell++)
            {
                var glyph = solution.Kind.Glyph(tokens[cell]).PadLeft(width);
                var changed = tokens[cell] != before[cell];
                var style = changed ? "\e[4;32m" : solution.Kind.IsGiven(solution.Question[cell]) ? "\e[1m" : "";
                line.Append(rich ? $" {style}{glyph}{(style.Length > 0 ? Off : "")}" : $"{(changed ? '*' : ' ')}{glyph}");
            }

            output.WriteLine(line.ToString().TrimEnd());
        }
    }
}
