using System.Globalization;

namespace HrmGen.Compiler.Language;

/// <summary>A position in the tokens of a string, and what every small language asks of them.</summary>
internal abstract class TokenReader
{
    private readonly List<Token> tokens;

    protected TokenReader(string text) => tokens = Tokenizer.Tokenize(text);

    protected Token Current => tokens[Position];

    protected int Position { get; set; }

    protected double Number(string expectation)
    {
        var sign = 1.0;
        if (Current.Is("-"))
        {
            sign = -1;
            Position++;
        }

        var token = Take(TokenKind.Number, expectation);

        // .NET Framework refuses what is too large, newer ones make it infinite.
        return !double.TryParse(token.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || double.IsInfinity(value) ? throw EquationException.Syntax("This number is too large", token) : sign * value;
    }

    protected int Whole(string expectation)
    {
        var token = Take(TokenKind.Number, expectation);
        return int.TryParse(token.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= 1_000_000
            ? value
            : throw EquationException.Syntax("A whole number up to a million is expected here", token);
    }

    protected Token Take(TokenKind kind, string expectation)
    {
        if (Current.Kind != kind)
        {
            throw EquationException.Syntax(Expectation(expectation), Current);
        }

        return tokens[Position++];
    }

    protected void Expect(string symbol, string expectation)
    {
        if (!Current.Is(symbol))
        {
            throw EquationException.Syntax($"'{symbol}' is expected here: {expectation}", Current);
        }

        Position++;
    }

    protected void ExpectEnd()
    {
        if (Current.Kind != TokenKind.End)
        {
            throw EquationException.Syntax($"'{Current.Text}' is not expected here", Current);
        }
    }

    private static string Expectation(string text) => char.ToUpper(text[0], CultureInfo.InvariantCulture) + text.Substring(1);
}
