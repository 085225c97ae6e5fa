using System.Globalization;
using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Language;

/// <summary>Parses the small languages inside a spec's strings.</summary>
/// <remarks>
/// <code>
/// equation := latent '=' sum
/// sum      := term ('+' term)*
/// term     := [number '*'] factor
/// factor   := latent | 'sum' '(' name ')' | 'x' | 'noise' '(' number ')' | network '(' sum ')' | '(' sum ')'
/// latent   := name ['[' index ']']          index := (variable | constant | whole) [('+' | '-') whole]
/// count    := product (('+' | '-') product)*    product := atom ('*' atom)*    atom := whole | constant | '(' count ')'
/// range    := variable 'in' count '..' count
/// </code>
/// </remarks>
internal sealed class EquationParser
{
    private const int MaxDepth = 32;

    private readonly List<Token> tokens;
    private readonly Scope scope;
    private int position;
    private int depth;

    private EquationParser(string text, Scope scope)
    {
        tokens = Tokenizer.Tokenize(text);
        this.scope = scope;
    }

    private Token Current => tokens[position];

    /// <summary><c>z_L = f(z_L + (z_H + x))</c></summary>
    public static (LatentRef Target, Expression Value) ParseEquation(string text, Scope scope)
    {
        var parser = new EquationParser(text, scope);
        var name = parser.Take(TokenKind.Name, "an equation starts with the latent that it updates, as in 'z_H = f(z_H + z_L)'");
        if (!scope.Latents.ContainsKey(name.Text))
        {
            throw Scope.Unknown("latent", name, scope.Latents.Keys);
        }

        var target = parser.Latent(name);
        parser.Expect("=", "an equation has the form 'latent = value'");
        var value = parser.ParseSum();
        parser.ExpectEnd();
        return (target, value);
    }

    /// <summary>The name of a latent, all elements of an indexed one.</summary>
    public static string ParseWholeLatent(string text, Scope scope)
    {
        var parser = new EquationParser(text, scope);
        var name = parser.Take(TokenKind.Name, "this names a latent");
        parser.ExpectEnd();
        return scope.Latents.ContainsKey(name.Text) ? name.Text : throw Scope.Unknown("latent", name, scope.Latents.Keys);
    }

    /// <summary>A latent by itself, as in <c>heads.logits</c>.</summary>
    public static LatentRef ParseLatent(string text, Scope scope)
    {
        var parser = new EquationParser(text, scope);
        var name = parser.Take(TokenKind.Name, "this names a latent");
        if (!scope.Latents.ContainsKey(name.Text))
        {
            throw Scope.Unknown("latent", name, scope.Latents.Keys);
        }

        var latent = parser.Latent(name);
        parser.ExpectEnd();
        return latent;
    }

    /// <summary>A whole number, a constant, or a formula of them.</summary>
    public static Count ParseCount(string text, Scope scope)
    {
        var parser = new EquationParser(text, scope);
        var count = parser.ParseCountSum();
        parser.ExpectEnd();
        return count;
    }

    /// <summary><c>i in 1..n</c></summary>
    public static (string Variable, Count First, Count Last) ParseRange(string text, Scope scope)
    {
        var parser = new EquationParser(text, scope);
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

    /// <summary><c>q_halt &gt; q_continue</c>, <c>q_halt &gt; 0.5</c> or <c>never</c>.</summary>
    public static (HaltRule Rule, double Threshold) ParseHaltRule(string text)
    {
        const string Form = "'halt_when' is 'q_halt > q_continue', 'q_halt > 0' (or another number), 'residual < 1e-2', or 'never'";
        var parser = new EquationParser(text, new Scope());
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

            parser.position++;
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
        var parser = new EquationParser(text, new Scope());
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

    private Expression ParseSum()
    {
        if (++depth > MaxDepth)
        {
            throw new EquationException(Rules.TooLarge, $"An equation nests at most {MaxDepth} parentheses", Current.Start, 1);
        }

        var terms = new List<Expression> { ParseTerm() };
        while (Current.Is("+"))
        {
            position++;
            terms.Add(ParseTerm());
        }

        if (Current.Is("-"))
        {
            throw EquationException.Syntax("There is no '-' between terms; write '+ -1 * term'", Current);
        }

        depth--;
        return terms.Count == 1 ? terms[0] : new Sum(terms.ToEquatableArray());
    }

    private Expression ParseTerm()
    {
        if (Current.Kind == TokenKind.Number || Current.Is("-"))
        {
            var factor = Number("a number stands in front of a term, as in '0.5 * z_H'");
            Expect("*", "a number stands in front of a term, as in '0.5 * z_H'");
            return new Scale(factor, ParseFactor());
        }

        return ParseFactor();
    }

    private Expression ParseFactor()
    {
        if (Current.Is("("))
        {
            position++;
            var inner = ParseSum();
            Expect(")", "this parenthesis is not closed");
            return inner;
        }

        var name = Take(TokenKind.Name, "a latent, x, a network call or '(' is expected here");
        switch (name.Text)
        {
            case "x":
                return new Input();
            case "noise":
                Expect("(", "noise takes its standard deviation, as in 'noise(0.1)'");
                var at = Current;
                var std = Number("noise takes its standard deviation, as in 'noise(0.1)'");
                if (!(std > 0))
                {
                    throw EquationException.Syntax("The standard deviation of noise is above 0", at);
                }

                Expect(")", "noise takes one number");
                return new Noise(std);
            case "sum":
                return ParseSumOf();
        }

        if (Current.Is("("))
        {
            if (!scope.Networks.Contains(name.Text))
            {
                throw Scope.Unknown("network", name, scope.Networks.Concat(["sum", "noise"]));
            }

            position++;
            var argument = ParseSum();
            Expect(")", "this call is not closed");
            scope.Called.Add(name.Text);
            return new Call(name.Text, argument);
        }

        if (scope.Networks.Contains(name.Text))
        {
            throw EquationException.Syntax($"'{name.Text}' is a network: call it, as in '{name.Text}(x)'", name);
        }

        if (!scope.Latents.ContainsKey(name.Text))
        {
            throw Scope.Unknown("latent", name, scope.Latents.Keys.Concat(["x"]));
        }

        return new ReadLatent(Latent(name));
    }

    private SumElements ParseSumOf()
    {
        Expect("(", "sum adds up an indexed latent, as in 'sum(z_L)'");
        var name = Take(TokenKind.Name, "sum adds up an indexed latent, as in 'sum(z_L)'");
        if (!scope.Latents.TryGetValue(name.Text, out var latent))
        {
            throw Scope.Unknown("latent", name, scope.Latents.Keys);
        }

        if (latent.Count is null)
        {
            throw Misuse($"'{name.Text}' is a single latent: there is nothing to sum", name);
        }

        Expect(")", "sum takes one indexed latent");
        scope.Used.Add(name.Text);
        return new SumElements(name.Text);
    }

    private LatentRef Latent(Token name)
    {
        var latent = scope.Latents[name.Text];
        scope.Used.Add(name.Text);
        if (!Current.Is("["))
        {
            return latent.Count is null
                ? new(name.Text, null)
                : throw Misuse($"'{name.Text}' has {latent.Elements} elements: name one, as in '{name.Text}[1]', or take 'sum({name.Text})'", name);
        }

        if (latent.Count is null)
        {
            throw Misuse($"'{name.Text}' is a single latent: it takes no index", name);
        }

        position++;
        var index = ParseIndex();
        Expect("]", "this index is not closed");
        if (index.Constant is { } constant && (constant.Value < 1 || constant.Value > latent.Elements))
        {
            throw new EquationException(
                Rules.IndexOutOfRange, SpecDiagnostic.Format(Rules.IndexOutOfRange, name.Text, latent.Elements, constant.Value), name.Start, name.Length);
        }

        return new(name.Text, index);
    }

    private ElementIndex ParseIndex()
    {
        if (Current.Kind == TokenKind.Name && scope.LoopVariables.Contains(Current.Text))
        {
            var variable = Current.Text;
            position++;
            if (Current.Is("+") || Current.Is("-"))
            {
                var sign = Current.Is("+") ? 1 : -1;
                position++;
                return new(variable, sign * Whole("an index is a loop variable, a constant or a whole number"), null);
            }

            return new(variable, 0, null);
        }

        return new(null, 0, ParseCountSum(scope.LoopVariables));
    }

    private Count ParseCountSum(IEnumerable<string>? alsoKnown = null)
    {
        if (++depth > MaxDepth)
        {
            throw new EquationException(Rules.TooLarge, $"A formula nests at most {MaxDepth} parentheses", Current.Start, 1);
        }

        var count = ParseCountProduct(alsoKnown);
        while (Current.Is("+") || Current.Is("-"))
        {
            var op = Current;
            position++;
            var right = ParseCountProduct(alsoKnown);
            count = Combine(op, count, right);
        }

        depth--;
        return count;
    }

    private Count ParseCountProduct(IEnumerable<string>? alsoKnown)
    {
        var count = ParseCountAtom(alsoKnown);
        while (Current.Is("*"))
        {
            var op = Current;
            position++;
            count = Combine(op, count, ParseCountAtom(alsoKnown));
        }

        return count;
    }

    private Count ParseCountAtom(IEnumerable<string>? alsoKnown)
    {
        if (Current.Is("("))
        {
            position++;
            var inner = ParseCountSum(alsoKnown);
            Expect(")", "this parenthesis is not closed");
            return inner.Text.Contains(' ') ? inner with { Text = $"({inner.Text})" } : inner;
        }

        if (Current.Kind == TokenKind.Number)
        {
            return Count.Of(Whole("a count is a whole number or a formula of constants"));
        }

        var name = Take(TokenKind.Name, "a whole number or a constant of 'recursion.let' is expected here");
        return scope.Constants.TryGetValue(name.Text, out var value)
            ? new(name.Text, value)
            : throw Scope.Unknown("constant", name, scope.Constants.Keys.Concat(alsoKnown ?? []));
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

    private double Number(string expectation)
    {
        var sign = 1.0;
        if (Current.Is("-"))
        {
            sign = -1;
            position++;
        }

        var token = Take(TokenKind.Number, expectation);

        // .NET Framework refuses what is too large, newer ones make it infinite.
        return !double.TryParse(token.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || double.IsInfinity(value) ? throw EquationException.Syntax("This number is too large", token) : sign * value;
    }

    private int Whole(string expectation)
    {
        var token = Take(TokenKind.Number, expectation);
        return int.TryParse(token.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= 1_000_000
            ? value
            : throw EquationException.Syntax("A whole number up to a million is expected here", token);
    }

    private Token Take(TokenKind kind, string expectation)
    {
        if (Current.Kind != kind)
        {
            throw EquationException.Syntax(Expectation(expectation), Current);
        }

        return tokens[position++];
    }

    private void Expect(string symbol, string expectation)
    {
        if (!Current.Is(symbol))
        {
            throw EquationException.Syntax($"'{symbol}' is expected here: {expectation}", Current);
        }

        position++;
    }

    private void ExpectEnd()
    {
        if (Current.Kind != TokenKind.End)
        {
            throw EquationException.Syntax($"'{Current.Text}' is not expected here", Current);
        }
    }

    private static string Expectation(string text) => char.ToUpper(text[0], CultureInfo.InvariantCulture) + text.Substring(1);

    private static EquationException Misuse(string message, Token at) => new(Rules.IndexMisuse, message, at.Start, at.Length);
}
