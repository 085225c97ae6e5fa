using HrmGen.Compiler.Model;
using HrmGen.Lab.Inspection;

namespace HrmGen.Lab.Drawing;

/// <summary>A statement to draw, in the order of execution; loops are collapsed, their bodies stand once.</summary>
/// <param name="Text">What it computes, with hoisted sums by name.</param>
/// <param name="Lane">The latent that it writes; null for a hoisted sum.</param>
/// <param name="Calls">The networks that it calls.</param>
/// <param name="Reads">The lanes that it reads: latents, and x.</param>
/// <param name="IsRecorded">Whether the gradient covers it.</param>
internal sealed record DrawnStatement(string Text, string? Lane, IReadOnlyList<string> Calls, IReadOnlyList<string> Reads, bool IsRecorded);

/// <summary>A loop around statements.</summary>
/// <param name="Label">Its head, with the count.</param>
/// <param name="First">The first statement in it.</param>
/// <param name="Last">The last one.</param>
/// <param name="Depth">How many loops lie around it.</param>
internal sealed record DrawnLoop(string Label, int First, int Last, int Depth);

/// <summary>What drawings of a recursion show, whatever their format.</summary>
internal sealed class RecursionDrawing
{
    /// <summary>The lane of the embedded input.</summary>
    public const string Input = "x";

    private readonly List<DrawnStatement> statements = [];
    private readonly List<DrawnLoop> loops = [];

    /// <summary>Lays out the recursion at the end of training.</summary>
    public RecursionDrawing(LoweredModel model)
    {
        Name = model.Architecture.Name;
        Lanes = [Input, .. model.Architecture.Recursion.Latents.Select(l => l.Name)];
        Counts = model.Architecture.Recursion.Latents.ToDictionary(l => l.Name, l => l.Elements, StringComparer.Ordinal);
        (Updates, RecordedUpdates, DetachedUpdates) = (UpdateCount.All(model.Recursion), UpdateCount.Recorded(model.Recursion), UpdateCount.Detached(model.Recursion));
        Add(model.Recursion.WithoutGradient, false, 0);
        Detached = statements.Count;
        Add(model.Recursion.WithGradient, true, 0);
    }

    public string Name { get; }

    /// <summary>x and the latents, in the spec's order.</summary>
    public IReadOnlyList<string> Lanes { get; }

    /// <summary>Elements of each latent.</summary>
    public IReadOnlyDictionary<string, int> Counts { get; }

    public IReadOnlyList<DrawnStatement> Statements => statements;

    public IReadOnlyList<DrawnLoop> Loops => loops;

    /// <summary>Statements before the recorded ones.</summary>
    public int Detached { get; }

    /// <summary>Updates of a pass, in words.</summary>
    public string Updates { get; }

    /// <summary>Those that the gradient covers, in words.</summary>
    public string RecordedUpdates { get; }

    /// <summary>Those that it does not, in words.</summary>
    public string DetachedUpdates { get; }

    private void Add(IEnumerable<Statement> list, bool recorded, int depth)
    {
        foreach (var statement in list)
        {
            var first = statements.Count;
            switch (statement)
            {
                case Update update:
                    statements.Add(new(RecursionText.Equation(update), update.Target.Name, Calls(update.Value), Reads(update.Value), recorded));
                    break;
                case Hoist hoist:
                    statements.Add(new($"{hoist.Name} = {RecursionText.Symbols(hoist.Value)}", null, [], Reads(hoist.Value), recorded));
                    break;
                case Loop loop:
                    Add(loop.Body, recorded, depth + 1);
                    loops.Add(new(RecursionText.Heading(loop), first, statements.Count - 1, depth));
                    break;
                case Every every:
                    Add(every.Body, recorded, depth + 1);
                    loops.Add(new(RecursionText.Heading(every), first, statements.Count - 1, depth));
                    break;
            }
        }
    }

    private static List<string> Calls(Expression value) => [.. value.Flatten().OfType<Call>().Select(c => c.Network).Distinct()];

    // What a hoisted sum read is read where it is used: the drawing shows where values come from.
    private static List<string> Reads(Expression value) =>
    [
        .. value.Flatten().SelectMany(e => e switch
        {
            ReadLatent read => [read.Latent.Name],
            SumElements sum => [sum.Latent],
            HrmGen.Compiler.Model.Input => [Input],
            ReadHoisted hoisted => Reads(hoisted.Written),
            _ => Enumerable.Empty<string>(),
        }).Distinct(),
    ];
}
