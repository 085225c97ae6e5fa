using HrmGen.Compiler.Model;

namespace HrmGen.Lab.Drawing;

/// <summary>The recursion as a Mermaid flowchart: loops as boxes with their counts, recorded updates coloured.</summary>
internal static class Mermaid
{
    /// <summary>Writes the flowchart.</summary>
    public static void Write(LoweredModel model, TextWriter output)
    {
        var drawing = new RecursionDrawing(model);
        output.WriteLine("flowchart TD");
        output.WriteLine("  start([\"x and the latents of the last supervision step\"])");
        Part(drawing, output, "detached", $"detached: {drawing.DetachedUpdates} of {drawing.Updates} updates", 0, drawing.Detached - 1);
        Part(drawing, output, "recorded", $"recorded: {drawing.RecordedUpdates} of {drawing.Updates} updates", drawing.Detached, drawing.Statements.Count - 1);
        output.WriteLine("  heads([\"heads\"])");
        output.WriteLine($"  start --> {string.Join(" --> ", drawing.Statements.Select((_, i) => $"s{i}"))} --> heads");
        foreach (var loop in drawing.Loops)
        {
            output.WriteLine($"  s{loop.Last} -.->|again| s{loop.First}");
        }

        output.WriteLine("  classDef gradient fill:#dcefe3,stroke:#1c7a45,color:#10331f");
        output.WriteLine($"  class {string.Join(",", Enumerable.Range(drawing.Detached, drawing.Statements.Count - drawing.Detached).Select(i => $"s{i}"))} gradient");
    }

    private static void Part(RecursionDrawing drawing, TextWriter output, string id, string label, int first, int last)
    {
        if (last < first)
        {
            return;
        }

        output.WriteLine($"  subgraph {id}[\"{label}\"]");
        var depth = 2;
        for (var i = first; i <= last; i++)
        {
            foreach (var loop in drawing.Loops.Where(l => l.First == i).OrderBy(l => l.Depth))
            {
                output.WriteLine($"{Indent(depth++)}subgraph {id}_{loop.First}_{loop.Depth}[\"{Text(loop.Label)}\"]");
            }

            output.WriteLine($"{Indent(depth)}s{i}[\"{Text(drawing.Statements[i].Text)}\"]");
            foreach (var _ in drawing.Loops.Where(l => l.Last == i))
            {
                output.WriteLine($"{Indent(--depth)}end");
            }
        }

        output.WriteLine("  end");
    }

    private static string Indent(int depth) => new(' ', 2 * depth);

    // Mermaid reads HTML entities with a # instead of the &.
    private static string Text(string text) =>
        text.Replace("#", "#35;", StringComparison.Ordinal).Replace("\"", "#quot;", StringComparison.Ordinal).Replace("<", "#lt;", StringComparison.Ordinal).Replace(">", "#gt;", StringComparison.Ordinal);
}
