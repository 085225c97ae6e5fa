using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Emit;

/// <summary>Expressions of the recursion as C#, and as the equations of the papers.</summary>
internal static class ExpressionEmitter
{
    /// <summary>The value of an update as C#.</summary>
    /// <param name="expression">The value.</param>
    /// <param name="detached">True before the recorded updates.</param>
    /// <remarks>
    /// A bare latent or x gets a handle of its own, so that disposing one latent never disposes another; alias shares the gradient of
    /// what it stands for, also under no_grad, so the detached part takes detach instead.
    /// </remarks>
    public static string Value(Expression expression, bool detached) => expression is ReadLatent or Input or ReadHoisted
        ? Code(expression) + (detached ? ".detach()" : ".alias()")
        : Code(expression);

    /// <summary>An expression as C#.</summary>
    public static string Code(Expression expression) => expression switch
    {
        Sum sum => string.Join(" + ", sum.Terms.Select(Operand)),
        ReadLatent read => Target(read.Latent),
        SumElements sum => $"Latent.Sum({sum.Latent})",
        Input => "x",
        Noise noise => $"{Shared.Number(noise.Std)} * randn_like(x)",
        Scale scale => $"{Shared.Number(scale.Factor)} * {Operand(scale.Term)}",
        Call call => $"{call.Network}.forward({Code(call.Argument)})",
        ReadHoisted hoisted => hoisted.Name,
        _ => throw new InvalidOperationException($"A {expression.GetType().Name} cannot be emitted"),
    };

    /// <summary>A latent, or an element, as C#: elements count from 1 in specs and from 0 in arrays.</summary>
    public static string Target(LatentRef latent) => latent.Index switch
    {
        null => latent.Name,
        { Variable: { } variable, Offset: var offset } => $"{latent.Name}[{Shift(new Count(variable, 0), offset - 1)}]",
        { Constant: { } constant } => $"{latent.Name}[{constant.Plus(-1).Text}]",
        _ => throw new InvalidOperationException("An index is a variable or a constant"),
    };

    /// <summary>An update in the symbols of the papers.</summary>
    public static string Equation(Update update) => $"{Symbol(update.Target)} = {Symbols(update.Value)}";

    /// <summary>An expression in the symbols of the papers.</summary>
    public static string Symbols(Expression expression) => expression switch
    {
        Sum sum => string.Join(" + ", sum.Terms.Select(t => t is Sum or ReadHoisted { Written: Sum } ? $"({Symbols(t)})" : Symbols(t))),
        ReadLatent read => Symbol(read.Latent),
        SumElements sum => $"sum({sum.Latent})",
        Input => "x",
        Noise noise => $"noise({Shared.Number(noise.Std)})",
        Scale { Term: Sum or ReadHoisted { Written: Sum } } scale => $"{Shared.Number(scale.Factor)} * ({Symbols(scale.Term)})",
        Scale scale => $"{Shared.Number(scale.Factor)} * {Symbols(scale.Term)}",
        Call call => $"{call.Network}({Symbols(call.Argument)})",
        ReadHoisted hoisted => Symbols(hoisted.Written),
        _ => throw new InvalidOperationException($"A {expression.GetType().Name} has no symbol"),
    };

    private static string Operand(Expression expression) => expression is Sum ? $"({Code(expression)})" : Code(expression);

    private static string Symbol(LatentRef latent) => latent.Index switch
    {
        null => latent.Name,
        { Variable: { } variable, Offset: var offset } => $"{latent.Name}[{Shift(new Count(variable, 0), offset)}]",
        { Constant: { } constant } => $"{latent.Name}[{constant.Text}]",
        _ => latent.Name,
    };

    private static string Shift(Count count, int offset) => count.Plus(offset).Text;
}
