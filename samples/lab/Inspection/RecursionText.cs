using HrmGen.Compiler;
using HrmGen.Compiler.Emit;
using HrmGen.Compiler.Model;

namespace HrmGen.Lab.Inspection;

/// <summary>Statements of a recursion as lines of text, in the papers' symbols.</summary>
internal static class RecursionText
{
    /// <summary>The lines, indented by loops.</summary>
    public static IEnumerable<string> Lines(IEnumerable<Statement> statements, string indent = "") => statements.SelectMany(s => s switch
    {
        Update update => [indent + Equation(update)],
        Hoist hoist => [$"{indent}{hoist.Name} = {Symbols(hoist.Value)}  (computed once, ahead of the loop)"],
        Loop loop => Lines(loop.Body, indent + "  ").Prepend($"{indent}{Heading(loop)}:"),
        Every every => Lines(every.Body, indent + "  ").Prepend($"{indent}{Heading(every)}:"),
        _ => Enumerable.Empty<string>(),
    });

    /// <summary>A loop's head: <c>repeat T - 1 = 2 times</c>.</summary>
    public static string Heading(Loop loop)
    {
        var range = loop.Variable is { } variable ? $"for {variable} in {loop.First.Text}..{loop.Last.Text}, " : "repeat ";
        var first = loop.First.Value == 1 ? loop.Last : Count.Of(loop.Iterations);
        var times = loop.Variable is null && !first.IsLiteral ? $"{first.Text} = {loop.Iterations}" : Invariant.Text(loop.Iterations);
        var until = loop.Until is { } end ? $"at most, until residual < {Invariant.Text(end.Epsilon)}" : "";
        return $"{range}{times} {(loop.Iterations == 1 ? "time" : "times")}{(until.Length > 0 ? " " + until : "")}";
    }

    /// <summary>The head of an <c>every</c>.</summary>
    public static string Heading(Every every) => $"every {(every.Period.IsLiteral ? every.Period.Text : $"{every.Period.Text} = {every.Period.Value}")} iterations";

    /// <summary>An update; what was hoisted stands there by its name.</summary>
    public static string Equation(Update update) => ExpressionEmitter.Equation(update with { Value = ByName(update.Value) });

    /// <summary>An expression; what was hoisted stands there by its name.</summary>
    public static string Symbols(Expression expression) => ExpressionEmitter.Symbols(ByName(expression));

    private static Expression ByName(Expression expression) => expression switch
    {
        ReadHoisted hoisted => new ReadLatent(new(hoisted.Name, null)),
        Sum sum => new Sum(sum.Terms.Select(ByName).ToEquatableArray()),
        Scale scale => scale with { Term = ByName(scale.Term) },
        Call call => call with { Argument = ByName(call.Argument) },
        _ => expression,
    };
}
