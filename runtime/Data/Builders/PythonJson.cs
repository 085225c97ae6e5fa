using System.Globalization;
using System.Text;

namespace HrmGen.Data.Builders;

/// <summary>JSON as Python's <c>json.dump</c> spells it, so that built description files equal official ones byte for byte.</summary>
internal static class PythonJson
{
    /// <summary>Separator of the entries of a list or object.</summary>
    public const string Comma = ", ";

    /// <summary>A quoted text: ASCII, everything else escaped.</summary>
    public static string Text(string value)
    {
        var text = new StringBuilder("\"");
        foreach (char c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                < ' ' or > '~' and not '\x7f' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }

        return text.Append('"').ToString();
    }

    /// <summary>A floating-point number: shortest digits that give it back, and a point even when it is whole.</summary>
    public static string Number(double value)
    {
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        return text.AsSpan().ContainsAny(".E") ? text : text + ".0";
    }

    /// <summary>A list of texts.</summary>
    public static void WriteTexts(TextWriter writer, IEnumerable<string> texts)
    {
        string separator = "[";
        foreach (string text in texts)
        {
            writer.Write(separator);
            writer.Write(Text(text));
            separator = Comma;
        }

        writer.Write(separator == "[" ? "[]" : "]");
    }
}
