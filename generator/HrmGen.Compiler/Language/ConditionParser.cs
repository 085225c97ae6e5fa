using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Language;

/// <summary>Parses conditions: when a row halts, and when a loop ends.</summary>
internal sealed class ConditionParser : TokenReader
{
    private ConditionParser(string text)
        : base(text)
    {
    }

    /// <summary><c>q_halt &gt; q_continue</c>, <c>q_halt &gt; 0.5</c> or <c>never</c>.</summary>
    public static (HaltRule Rule, double Threshold) ParseHaltRule(string text)
    {
        const string Form = "'halt_when' is 'q_halt > q_continue', 'q_halt > 0' (or another number), 'residual < 1e-2', or 'never'";
        var parser = new ConditionParser(text);
        var first = parser.Take(TokenKind.Name, Form);
        if (first.Text == "never")
        {
            parser.ExpectEnd();
            return (HaltRule.Never, 0);
        }

        if (first.Text == "residual")
        {
            return (HaltRule.Residual, parser.Residual(Form));
        }

        if (first.Text != "q_halt")
        {
            throw Scope.Unknown("halting output", first, ["q_halt", "residual", "never"]);
        }

        parser.Expect(">", Form);
        if (parser.Current is { Kind: TokenKind.Name } name)
        {
            if (name.Text != "q_continue")
            {
                throw Scope.Unknown("halting output", name, ["q_continue"]);
            }

            parser.Position++;
            parser.ExpectEnd();
            return (HaltRule.Continue, 0);
        }

        var threshold = parser.Number(Form);
        parser.ExpectEnd();
        return (HaltRule.Threshold, threshold);
    }

    /// <summary><c>residual &lt; 1e-3</c>: the number.</summary>
    public static double ParseResidual(string text)
    {
        const string Form = "'until' is a condition, as in 'residual < 1e-3'";
        var parser = new ConditionParser(text);
        var first = parser.Take(TokenKind.Name, Form);
        if (first.Text != "residual")
        {
            throw Scope.Unknown("measure of a loop", first, ["residual"]);
        }

        return parser.Residual(Form);
    }

    // "< 1e-3", behind the word.
    private double Residual(string form)
    {
        Expect("<", form);
        var at = Current;
        var epsilon = Number(form);
        ExpectEnd();
        return epsilon > 0 ? epsilon : throw new EquationException(Rules.OutOfRange, SpecDiagnostic.Format(Rules.OutOfRange, "residual", "a number above 0", Invariant.Text(epsilon)), at.Start, at.Length);
    }
}
