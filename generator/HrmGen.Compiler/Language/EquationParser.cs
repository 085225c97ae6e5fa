using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Language;

/// <summary>Parses equations, and the latents that heads read.</summary>
/// <remarks>
/// <code>
/// equation := latent '=' sum
/// sum      := term ('+' term)*
/// term     := [number '*'] factor
/// factor   := latent | 'sum' '(' name ')' | 'x' | 'noise' '(' number ')' | network '(' sum ')' | '(' sum ')'
/// latent   := name ['[' index ']']          index := (variable | constant | whole) [('+' | '-') whole]
/// </code>
/// </remarks>
internal sealed class EquationParser : CountParser
{
    private EquationParser(string text, Scope scope)
        : base(text, scope)
    {
    }

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

    private Expression ParseSum()
    {
        if (++Depth > MaxDepth)
        {
            throw new EquationException(Rules.TooLarge, $"An equation nests at most {MaxDepth} parentheses", Current.Start, 1);
        }

        var terms = new List<Expression> { ParseTerm() };
        while (Current.Is("+"))
        {
            Position++;
            terms.Add(ParseTerm());
        }

        if (Current.Is("-"))
        {
            throw EquationException.Syntax("There is no '-' between terms; write '+ -1 * term'", Current);
        }

        Depth--;
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
            Position++;
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
            if (!Scope.Networks.Contains(name.Text))
            {
                throw Scope.Unknown("network", name, Scope.Networks.Concat(["sum", "noise"]));
            }

            Position++;
            var argument = ParseSum();
            Expect(")", "this call is not closed");
            Scope.Called.Add(name.Text);
            return new Call(name.Text, argument);
        }

        if (Scope.Networks.Contains(name.Text))
        {
            throw EquationException.Syntax($"'{name.Text}' is a network: call it, as in '{name.Text}(x)'", name);
        }

        if (!Scope.Latents.ContainsKey(name.Text))
        {
            throw Scope.Unknown("latent", name, Scope.Latents.Keys.Concat(["x"]));
        }

        return new ReadLatent(Latent(name));
    }

    private SumElements ParseSumOf()
    {
        Expect("(", "sum adds up an indexed latent, as in 'sum(z_L)'");
        var name = Take(TokenKind.Name, "sum adds up an indexed latent, as in 'sum(z_L)'");
        if (!Scope.Latents.TryGetValue(name.Text, out var latent))
        {
            throw Scope.Unknown("latent", name, Scope.Latents.Keys);
        }

        if (latent.Count is null)
        {
            throw Misuse($"'{name.Text}' is a single latent: there is nothing to sum", name);
        }

        Expect(")", "sum takes one indexed latent");
        Scope.Used.Add(name.Text);
        return new SumElements(name.Text);
    }

    private LatentRef Latent(Token name)
    {
        var latent = Scope.Latents[name.Text];
        Scope.Used.Add(name.Text);
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

        Position++;
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
        if (Current.Kind == TokenKind.Name && Scope.LoopVariables.Contains(Current.Text))
        {
            var variable = Current.Text;
            Position++;
            if (Current.Is("+") || Current.Is("-"))
            {
                var sign = Current.Is("+") ? 1 : -1;
                Position++;
                return new(variable, sign * Whole("an index is a loop variable, a constant or a whole number"), null);
            }

            return new(variable, 0, null);
        }

        return new(null, 0, ParseCountSum(Scope.LoopVariables));
    }

    private static EquationException Misuse(string message, Token at) => new(Rules.IndexMisuse, message, at.Start, at.Length);
}
