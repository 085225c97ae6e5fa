using System.Globalization;

namespace HrmGen.Compiler.Language;

internal enum TokenKind
{
    Name,
    Number,
    Symbol,
    End,
}

/// <summary>A token of an equation and where it stands in the equation's text.</summary>
internal sealed record Token(TokenKind Kind, string Text, int Start)
{
    public int Length => Math.Max(1, Text.Length);

    public bool Is(string symbol) => Kind == TokenKind.Symbol && Text == symbol;
}

/// <summary>A slip inside an equation.</summary>
internal sealed class EquationException(Diagnostics.Rule rule, string message, int start, int length) : Exception(message)
{
    public Diagnostics.Rule Rule { get; } = rule;

    public int Start { get; } = start;

    public int Length { get; } = length;

    public static EquationException Syntax(string message, Token at) => new(Diagnostics.Rules.EquationSyntax, message, at.Start, at.Length);
}

/// <summary>Splits an equation into tokens.</summary>
internal static class Tokenizer
{
    /// <summary>Characters in an equation at most.</summary>
    public const int MaxLength = 2000;

    public static List<Token> Tokenize(string text)
    {
        if (text.Length > MaxLength)
        {
            throw new EquationException(Diagnostics.Rules.TooLarge, $"An equation has at most {MaxLength} characters", 0, text.Length);
        }

        var tokens = new List<Token>();
        var i = 0;
        while (i < text.Length)
        {
            var c = text[i];
            var start = i;
            if (c is ' ' or '\t' or '\n' or '\r')
            {
                i++;
            }
            else if (Names.IsLetter(c) || c == '_')
            {
                while (i < text.Length && (Names.IsLetter(text[i]) || Names.IsDigit(text[i]) || text[i] == '_'))
                {
                    i++;
                }

                tokens.Add(new(TokenKind.Name, text.Substring(start, i - start), start));
            }
            else if (Names.IsDigit(c) || (c == '.' && i + 1 < text.Length && Names.IsDigit(text[i + 1])))
            {
                i = EndOfNumber(text, i);
                tokens.Add(new(TokenKind.Number, text.Substring(start, i - start), start));
            }
            else if (c == '.' && i + 1 < text.Length && text[i + 1] == '.')
            {
                i += 2;
                tokens.Add(new(TokenKind.Symbol, "..", start));
            }
            else if ("=+-*()[]><,".IndexOf(c) >= 0)
            {
                i++;
                tokens.Add(new(TokenKind.Symbol, c.ToString(), start));
            }
            else
            {
                var shown = char.IsControl(c) || char.IsSurrogate(c) ? "U+" + ((int)c).ToString("X4", CultureInfo.InvariantCulture) : c.ToString();
                throw new EquationException(Diagnostics.Rules.EquationSyntax, $"Unexpected character '{shown}'", start, 1);
            }
        }

        tokens.Add(new(TokenKind.End, "", text.Length));
        return tokens;
    }

    private static int EndOfNumber(string text, int i)
    {
        while (i < text.Length && Names.IsDigit(text[i]))
        {
            i++;
        }

        // "1..n" is a range: its first dot does not belong to the number.
        if (i < text.Length && text[i] == '.' && !(i + 1 < text.Length && text[i + 1] == '.'))
        {
            i++;
            while (i < text.Length && Names.IsDigit(text[i]))
            {
                i++;
            }
        }

        if (i < text.Length && (text[i] is 'e' or 'E'))
        {
            var j = i + 1;
            j += j < text.Length && (text[j] is '+' or '-') ? 1 : 0;
            if (j < text.Length && Names.IsDigit(text[j]))
            {
                while (j < text.Length && Names.IsDigit(text[j]))
                {
                    j++;
                }

                i = j;
            }
        }

        return i;
    }
}
