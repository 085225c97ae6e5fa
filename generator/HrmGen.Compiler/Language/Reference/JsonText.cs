using System.Globalization;
using System.Text;

namespace HrmGen.Compiler.Language.Reference;

/// <summary>A JSON object whose members stay in their order.</summary>
internal sealed class JsonMap : List<KeyValuePair<string, object?>>
{
    public object? this[string name]
    {
        set => Add(new(name, value));
    }

    public bool Has(string name) => Exists(m => m.Key == name);
}

/// <summary>Writes JSON as people would: indented by two, short lists on one line.</summary>
internal static class JsonText
{
    private const int LineLength = 120;

    public static string Write(JsonMap root) => Text(root, 0) + "\n";

    private static string Text(object? value, int indent)
    {
        var line = Inline(value);
        if (indent > 0 && line.Length + (2 * indent) <= LineLength)
        {
            return line;
        }

        var (before, after) = (new string(' ', 2 * (indent + 1)), new string(' ', 2 * indent));
        return value switch
        {
            JsonMap { Count: > 0 } map => "{\n" + string.Join(",\n", map.Select(m => $"{before}{Quote(m.Key)}: {Text(m.Value, indent + 1)}")) + "\n" + after + "}",
            object?[] { Length: > 0 } list => "[\n" + string.Join(",\n", list.Select(i => before + Text(i, indent + 1))) + "\n" + after + "]",
            _ => line,
        };
    }

    private static string Inline(object? value) => value switch
    {
        null => "null",
        true => "true",
        false => "false",
        string text => Quote(text),
        long whole => Invariant.Text(whole),
        int whole => Invariant.Text(whole),
        double number => number == Math.Floor(number) && Math.Abs(number) < 1e15 ? Invariant.Text((long)number) : Invariant.Text(number),
        JsonMap map => map.Count == 0 ? "{}" : "{ " + string.Join(", ", map.Select(m => $"{Quote(m.Key)}: {Inline(m.Value)}")) + " }",
        object?[] list => "[" + string.Join(", ", list.Select(Inline)) + "]",
        _ => throw new ArgumentException($"JSON has no {value.GetType()}", nameof(value)),
    };

    private static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            quoted.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                < ' ' or > '~' => "\\u" + ((int)c).ToString("x4", CultureInfo.InvariantCulture),
                _ => c.ToString(),
            });
        }

        return quoted.Append('"').ToString();
    }
}
