using System.Text;

namespace HrmGen.Compiler.Emit;

/// <summary>Writes indented C#, with <c>\n</c> line ends on every system.</summary>
internal sealed class CSharpWriter
{
    private readonly StringBuilder text = new();
    private int indent;
    private bool afterBlank = true;

    /// <summary>A line; an empty one separates, and two in a row or one behind an opening brace collapse.</summary>
    public CSharpWriter Line(string line = "")
    {
        if (line.Length == 0)
        {
            if (!afterBlank)
            {
                text.Append('\n');
            }

            afterBlank = true;
            return this;
        }

        text.Append(' ', indent * 4).Append(line).Append('\n');
        afterBlank = line == "{";
        return this;
    }

    /// <summary>Lines as they are.</summary>
    public CSharpWriter Lines(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            Line(line);
        }

        return this;
    }

    /// <summary>A header and a body in braces.</summary>
    public CSharpWriter Block(string header, Action body, string after = "")
    {
        Line(header).Line("{");
        indent++;
        body();
        indent--;
        TrimBlank();
        return Line("}" + after);
    }

    /// <summary>Lines one level deeper.</summary>
    public CSharpWriter Indented(Action body)
    {
        indent++;
        body();
        indent--;
        return this;
    }

    /// <summary>An XML summary.</summary>
    public CSharpWriter Summary(params string[] lines) => Doc("summary", lines);

    /// <summary>An XML documentation element, on one line where it fits.</summary>
    public CSharpWriter Doc(string element, params string[] lines)
    {
        var name = element.Split(' ')[0];
        return lines.Length == 1
            ? Line($"/// <{element}>{lines[0]}</{name}>")
            : Line($"/// <{element}>").Lines(lines.Select(l => "/// " + l)).Line($"/// </{name}>");
    }

    /// <summary>Text for one line of an XML comment.</summary>
    public static string Escape(string value) => OneLine.Of(value).Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;");

    /// <summary>A C# string literal.</summary>
    public static string Literal(string value)
    {
        var literal = new StringBuilder("\"");
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            literal.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                _ when !OneLine.IsPrintable(value, i) => "\\u" + ((int)c).ToString("x4", System.Globalization.CultureInfo.InvariantCulture),
                _ => c.ToString(),
            });
        }

        return literal.Append('"').ToString();
    }

    /// <summary>A number with digit separators: 5_028_866.</summary>
    public static string Number(long value) => Invariant.Grouped(value).Replace(',', '_');

    /// <inheritdoc/>
    public override string ToString()
    {
        TrimBlank();
        return text.ToString();
    }

    private void TrimBlank()
    {
        if (afterBlank && text.Length > 1 && text[text.Length - 1] == '\n' && text[text.Length - 2] == '\n')
        {
            text.Length--;
        }

        afterBlank = false;
    }
}
