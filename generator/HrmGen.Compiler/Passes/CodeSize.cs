using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Passes;

/// <summary>Counts what the recursion is written out to, before anything is.</summary>
internal static class CodeSize
{
    /// <summary>Terms at most: some megabytes of C#.</summary>
    public const int Max = 50_000;

    /// <summary>Statements and the parts of their expressions.</summary>
    public static long Of(IEnumerable<LoweredRecursion> phases) => phases.Sum(p => Of(p.WithoutGradient) + Of(p.WithGradient));

    private static long Of(IEnumerable<Statement> statements) => statements.Sum(s => 1 + s switch
    {
        Update update => Of(update.Value),
        Hoist hoist => Of(hoist.Value),
        Loop loop => Of(loop.Body),
        Every every => Of(every.Body),
        _ => 0,
    });

    private static long Of(Expression expression) => 1 + expression switch
    {
        Sum sum => sum.Terms.Sum(Of),
        Scale scale => Of(scale.Term),
        Call call => Of(call.Argument),
        // A comment says what was written.
        ReadHoisted hoisted => Of(hoisted.Written),
        _ => 0,
    };
}
