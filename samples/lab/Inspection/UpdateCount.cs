using HrmGen.Compiler.Model;

namespace HrmGen.Lab.Inspection;

/// <summary>Counts of a recursion in words: those behind a loop that may end early are the most that there can be.</summary>
internal static class UpdateCount
{
    /// <summary>A count, as in <c>38</c> or <c>at most 38</c>.</summary>
    public static string Text(long count, bool atMost) => (atMost ? "at most " : "") + Figures.Whole(count);

    /// <summary>The updates of a whole pass.</summary>
    public static string All(LoweredRecursion recursion) => Text(recursion.Updates, EndsEarly(recursion));

    /// <summary>Those that the gradient does not cover.</summary>
    public static string Detached(LoweredRecursion recursion) => Text(recursion.Updates - recursion.RecordedUpdates, Statement.EndsEarly(recursion.WithoutGradient));

    /// <summary>Those that it covers.</summary>
    public static string Recorded(LoweredRecursion recursion) => Text(recursion.RecordedUpdates, Statement.EndsEarly(recursion.WithGradient));

    /// <summary>Whether a pass may take fewer updates.</summary>
    public static bool EndsEarly(LoweredRecursion recursion) => Statement.EndsEarly(recursion.WithoutGradient.Concat(recursion.WithGradient));

    /// <summary>The equations that stand in a loop that may end early.</summary>
    public static IEnumerable<string> Uncertain(IEnumerable<Statement> statements, bool within = false) => statements.SelectMany(s => s switch
    {
        Update update when within => [update.Node],
        Loop loop => Uncertain(loop.Body, within || loop.Until is not null),
        Every every => Uncertain(every.Body, within),
        _ => Enumerable.Empty<string>(),
    });
}
