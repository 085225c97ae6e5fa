using System.Globalization;
using System.Security;
using HrmGen.Compiler.Model;

namespace HrmGen.Lab.Drawing;

/// <summary>
/// The recursion as a self-contained SVG: latents are lanes from top to bottom, updates stand on the lane that they write in the order of
/// execution, dots mark what they read, brackets at the left are loops, and what the gradient covers is filled.
/// </summary>
internal sealed class SvgDrawing(LoweredModel model)
{
    private const int Row = 44, Box = 26, LaneWidth = 112, Top = 92, LoopWidth = 18, CharWidth = 8, LineHeight = 17;

    private const string CutLabel = "detached above, recorded below";

    private const string Style = """
        text { font: 13px ui-monospace, Consolas, monospace; fill: #1d2430; }
        .title { font-size: 16px; font-weight: bold; }
        .quiet { fill: #5d6675; }
        .lane { stroke: #b9c1cc; stroke-width: 2; }
        .read { stroke: #6b7686; stroke-width: 1.5; }
        .dot { fill: #6b7686; }
        .box { fill: #ffffff; stroke: #6b7686; stroke-width: 1.5; }
        .recorded { fill: #dcefe3; stroke: #1c7a45; stroke-width: 2; }
        .sum { fill: #f2f4f7; stroke: #b9c1cc; stroke-width: 1.5; stroke-dasharray: 4 3; }
        .loop { fill: none; stroke: #7a5cc0; stroke-width: 2; }
        .count { fill: #5b3fa6; }
        .cut { stroke: #1c7a45; stroke-width: 1.5; stroke-dasharray: 6 4; }
        """;

    private readonly RecursionDrawing drawing = new(model);

    private int Levels => drawing.Loops.Select(l => l.Depth + 1).DefaultIfEmpty(0).Max();

    private int LabelWidth => drawing.Loops.Select(l => l.Label.Length * CharWidth).DefaultIfEmpty(0).Max();

    private int LanesAt => 24 + LabelWidth + (Levels * LoopWidth) + (LaneWidth / 2);

    private int TextAt => LanesAt + (drawing.Lanes.Count * LaneWidth) - (LaneWidth / 4);

    // Between the detached and the recorded statements lies the cut, in a row of its own.
    private bool IsCut => drawing.Detached > 0;

    private int Rows => drawing.Statements.Count + (IsCut ? 1 : 0);

    /// <summary>Writes the picture.</summary>
    public void Write(TextWriter output)
    {
        var width = TextAt + 16 + (CharWidth * drawing.Statements.Select(s => s.Text.Length).Append(CutLabel.Length).Max());
        var height = Top + (Rows * Row) + 48;
        output.WriteLine($"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="{Escaped($"One pass of {drawing.Name}'s recursion")}">""");
        output.WriteLine($"<style>{Style}</style>");
        output.WriteLine($"""<rect width="{width}" height="{height}" fill="#ffffff"/>""");
        Text(output, 16, 28, $"{drawing.Name}: one pass", "title");
        Text(output, 16, 48, $"{drawing.Updates} updates, of which the gradient covers the last {drawing.RecordedUpdates} (green)", "quiet");
        Lanes(output);
        Cut(output, width);
        var taken = new List<int>();
        foreach (var loop in drawing.Loops.OrderByDescending(l => l.Depth))
        {
            Bracket(output, loop, taken);
        }

        for (var i = 0; i < drawing.Statements.Count; i++)
        {
            Statement(output, drawing.Statements[i], Y(i));
        }

        output.WriteLine("</svg>");
    }

    private int X(string lane) => LanesAt + (drawing.Lanes.TakeWhile(l => l != lane).Count() * LaneWidth);

    private int Y(int statement) => Top + ((statement + (IsCut && statement >= drawing.Detached ? 1 : 0)) * Row) + (Row / 2);

    private void Lanes(TextWriter output)
    {
        foreach (var lane in drawing.Lanes)
        {
            var name = drawing.Counts.TryGetValue(lane, out var count) && count > 1 ? $"{lane}[1..{count.ToString(CultureInfo.InvariantCulture)}]" : lane;
            Line(output, X(lane), Top - 8, X(lane), Top + (Rows * Row) + 8, "lane");
            Text(output, X(lane), Top - 18, name, middle: true);
        }

        var a = model.Architecture;
        var below = new[] { (a.Heads.Logits.Name, "answer"), (a.Heads.Q?.From.Name ?? "", "halting") }.Where(h => h.Item1.Length > 0).GroupBy(h => h.Item1);
        foreach (var head in below)
        {
            Text(output, X(head.Key), Top + (Rows * Row) + 28, string.Join(", ", head.Select(h => h.Item2)), "quiet", middle: true);
        }
    }

    private void Cut(TextWriter output, int width)
    {
        if (!IsCut)
        {
            return;
        }

        var y = Top + (drawing.Detached * Row) + (Row / 2);
        Line(output, 16, y, width - 16, y, "cut");
        Text(output, TextAt, y - 6, CutLabel, "quiet");
    }

    // Nested loops share rows: inner ones have the first choice of a place for their label.
    private void Bracket(TextWriter output, DrawnLoop loop, List<int> taken)
    {
        var x = 16 + LabelWidth + 8 + (loop.Depth * LoopWidth);
        int top = Y(loop.First) - (Box / 2) - 4, bottom = Y(loop.Last) + (Box / 2) + 4, middle = (top + bottom) / 2;
        output.WriteLine($"""<path class="loop" d="M{x + 8} {top} H{x} V{bottom} H{x + 8}"/>""");
        var y = Enumerable.Range(0, Rows * Row).SelectMany(d => new[] { middle - d, middle + d }).First(y => taken.All(t => Math.Abs(t - y) >= LineHeight));
        taken.Add(y);
        Text(output, 16 + LabelWidth, y + 4, loop.Label, "count", end: true);
    }

    private void Statement(TextWriter output, DrawnStatement statement, int y)
    {
        // A hoisted sum is no latent: it stands beside the lanes of those.
        var at = statement.Lane is { } lane ? X(lane) : X(RecursionDrawing.Input) + (LaneWidth / 2);
        foreach (var read in statement.Reads)
        {
            var from = X(read);
            Line(output, from, y, at, y, "read");
            output.WriteLine($"""<circle class="dot" cx="{from}" cy="{y}" r="4"/>""");
        }

        var label = statement.Lane is null ? statement.Text.Split(' ')[0] : statement.Calls.Count > 0 ? string.Join(", ", statement.Calls) : "=";
        var width = Math.Max(36, (label.Length * CharWidth) + 14);
        var style = statement.Lane is null ? "sum" : statement.IsRecorded ? "recorded" : "box";
        output.WriteLine($"""<rect class="{style}" x="{at - (width / 2)}" y="{y - (Box / 2)}" width="{width}" height="{Box}" rx="6"/>""");
        Text(output, at, y + 5, label, middle: true);
        Text(output, TextAt, y + 5, statement.Text, statement.Lane is null ? "quiet" : "");
    }

    private static void Line(TextWriter output, int x1, int y1, int x2, int y2, string style) =>
        output.WriteLine($"""<line class="{style}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>""");

    private static void Text(TextWriter output, int x, int y, string text, string style = "", bool middle = false, bool end = false)
    {
        var anchor = middle ? " text-anchor=\"middle\"" : end ? " text-anchor=\"end\"" : "";
        output.WriteLine($"""<text x="{x}" y="{y}"{(style.Length > 0 ? $" class=\"{style}\"" : "")}{anchor}>{Escaped(text)}</text>""");
    }

    private static string Escaped(string text) => SecurityElement.Escape(text);
}
