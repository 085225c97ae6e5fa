using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Language;

/// <summary>Parses counts and the ranges of loops.</summary>
/// <remarks>
/// <code>
/// count    := product (('+' | '-') product)*    product := atom ('*' atom)*    atom := whole | constant | '(' count ')'
/// range    := variable 'in' count '..' count
/// </code>
/// </remarks>
internal class CountParser : TokenReader
{
    /// <summary>Parentheses inside of each other at most.</summary>
    protected const int MaxDepth = 32;

    protected CountParser(string text, Scope scope)
        : base(text) => Scope = scope;

    protected Scope Scope { get; }

    protected int Depth { get; set; }

    /// <summary>A whole number, a constant, or a formula of them.</summary>
    public static Count ParseCount(string text, Scope scope)
    {
        var parser = new CountParser(text, scope);
        var count = parser.ParseCountSum();
        parser.ExpectEnd();
        return count;
    }

    /// <summary><c>i in 1..n</c></summary>
    public static (string Variable, Count First, Count Last) ParseRange(string text, Scope scope)
    {
        var parser = new CountParser(text, scope);
        var variable = parser.Take(TokenKind.Name, "'for' has the form 'i in 1..n'");
        var keyword = parser.Take(TokenKind.Name, "'for' has the form 'i in 1..n'");
        if (keyword.Text != "in")
        {
            throw EquationException.Syntax("'for' has the form 'i in 1..n'", keyword);
        }

        if (Names.Problem(variable.Text, dotted: false) is { } problem)
        {
            throw new EquationException(Rules.InvalidName, SpecDiagnostic.Format(Rules.InvalidName, variable.Text, problem), variable.Start, variable.Length);
        }

        var first = parser.ParseCountSum();
        parser.Expect("..", "'for' has the form 'i in 1..n'");
        var last = parser.ParseCountSum();
        parser.ExpectEnd();
        return (variable.Text, first, last);
    }

    protected Count ParseCountSum(IEnumerable<string>? alsoKnown = null)
    {
        if (++Depth > MaxDepth)
        {
            throw new EquationException(Rules.TooLarge, $"A formula nests at most {MaxDepth} parentheses", Current.Start, 1);
        }

        var count = ParseCountProduct(alsoKnown);
        while (Current.Is("+") || Current.Is("-"))
        {
            var op = Current;
            Position++;
            var right = ParseCountProduct(alsoKnown);
            count = Combine(op, count, right);
        }

        Depth--;
        return count;
    }

    private Count ParseCountProduct(IEnumerable<string>? alsoKnown)
    {
        var count = ParseCountAtom(alsoKnown);
        while (Current.Is("*"))
        {
            var op = Current;
            Position++;
            count = Combine(op, count, ParseCountAtom(alsoKnown));
        }

        return count;
    }

    private Count ParseCountAtom(IEnumerable<string>? alsoKnown)
    {
        if (Current.Is("("))
        {
            Position++;
            var inner = ParseCountSum(alsoKnown);
            Expect(")", "this parenthesis is not closed");
            return inner.Text.Contains(' ') ? inner with { Text = $"({inner.Text})" } : inner;
        }

        if (Current.Kind == TokenKind.Number)
        {
            return Count.Of(Whole("a count is a whole number or a formula of constants"));
        }

        var name = Take(TokenKind.Name, "a whole number or a constant of 'recursion.let' is expected here");
        return Scope.Constants.TryGetValue(name.Text, out var value)
            ? new(name.Text, value)
            : throw Scope.Unknown("constant", name, Scope.Constants.Keys.Concat(alsoKnown ?? []));
    }

    private static Count Combine(Token op, Count left, Count right)
    {
        var value = op.Text switch
        {
            "+" => (long)left.Value + right.Value,
            "-" => (long)left.Value - right.Value,
            _ => (long)left.Value * right.Value,
        };
        if (value is < -1_000_000 or > 1_000_000)
        {
            throw EquationException.Syntax("This comes to more than a million", op);
        }

        return left.IsLiteral && right.IsLiteral ? Count.Of((int)value) : new($"{left.Text} {op.Text} {right.Text}", (int)value);
    }
}
