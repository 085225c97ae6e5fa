namespace HrmGen.Compiler;

/// <summary>Text of a spec where only printable text on one line can stand: in messages, and in comments of emitted code.</summary>
internal static class OneLine
{
    private const char Replacement = '\uFFFD';

    /// <summary>The text with line breaks, control characters and what is no character at all replaced.</summary>
    public static string Of(string text)
    {
        var at = 0;
        while (at < text.Length && IsPrintable(text, at))
        {
            at++;
        }

        return at == text.Length ? text : new(text.Select((c, i) => IsPrintable(text, i) ? c : Replacement).ToArray());
    }

    /// <summary>Whether a character is whole, and neither breaks the line nor is forbidden in XML.</summary>
    public static bool IsPrintable(string text, int at)
    {
        var c = text[at];
        if (char.IsSurrogate(c))
        {
            return char.IsHighSurrogate(c) ? at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]) : at > 0 && char.IsHighSurrogate(text[at - 1]);
        }

        return !char.IsControl(c) && c is not ('\u2028' or '\u2029' or '\uFFFE' or '\uFFFF');
    }
}
