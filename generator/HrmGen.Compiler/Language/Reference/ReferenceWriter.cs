using System.Text;
using HrmGen.Compiler.Parsing;

namespace HrmGen.Compiler.Language.Reference;

/// <summary>The table of keys as Markdown: the generated parts of <c>specs/README.md</c>.</summary>
internal static class ReferenceWriter
{
    /// <summary>One table for each mapping of the language.</summary>
    public static string Keys()
    {
        var text = new StringBuilder(Table(KeyTable.Root));
        foreach (var (place, map) in Maps(KeyTable.Root, ""))
        {
            text.Append("\n### `").Append(place).Append("`\n\n").Append(Table(map));
        }

        return text.ToString();
    }

    /// <summary>The forms of a statement.</summary>
    public static string Statements() => Table(KeyTable.Statement);

    /// <summary>The presets, with the comment at the head of each.</summary>
    public static string PresetTable() => "| preset | what it is |\n|---|---|\n" + string.Concat(Presets.Names.Select(name =>
        $"| `{name}` | {Cell(string.Join(" ", Presets.Text(name).Split('\n').TakeWhile(l => l.StartsWith("#", StringComparison.Ordinal)).Select(l => l.TrimStart('#').Trim())))} |\n"));

    /// <summary>Text with its marked parts (<c>&lt;!-- name --&gt;</c> to <c>&lt;!-- /name --&gt;</c>) replaced by what the table gives.</summary>
    public static string Splice(string document)
    {
        foreach (var (name, content) in new[] { ("keys", Keys()), ("statements", Statements()), ("presets", PresetTable()) })
        {
            string open = $"<!-- {name} -->\n", close = $"<!-- /{name} -->";
            var start = document.IndexOf(open, StringComparison.Ordinal) + open.Length;
            var end = document.IndexOf(close, StringComparison.Ordinal);
            if (start < open.Length || end < start)
            {
                throw new ArgumentException($"The document does not mark its part '{name}' by '{open.Trim()}' and '{close}'", nameof(document));
            }

            document = document.Substring(0, start) + "\n" + content + "\n" + document.Substring(end);
        }

        return document;
    }

    private static string Table(MapType map)
    {
        var text = new StringBuilder("| key | takes | default | meaning |\n|---|---|---|---|\n");
        foreach (var key in map.Keys)
        {
            text.Append($"| `{key.Name}` | {Cell(Takes(key.Type))} | {Cell(key.Default ?? "**required**")} | {Cell(key.Doc)} |\n");
        }

        return text.ToString();
    }

    private static IEnumerable<(string Place, MapType Map)> Maps(ValueType type, string path) => type switch
    {
        MapType map => (path.Length == 0 ? [] : new[] { (path, map) }).Concat(map.Keys.SelectMany(k => Maps(k.Type, NodePath.Key(path, k.Name)))),
        NamedMapType named => Maps(named.Value, NodePath.Key(path, Validator.AnyName)),
        EitherType either => either.Alternatives.SelectMany(a => Maps(a, path)),
        _ => [],
    };

    // A mapping has a table of its own below.
    private static string Takes(ValueType type) => type switch
    {
        MapType => "a mapping",
        ChoiceType choice => string.Join(", ", choice.Values.Select(v => $"`{v}`")),
        EitherType either => string.Join(", or ", either.Alternatives.Select(Takes)),
        _ => type.Description,
    };

    private static string Cell(string text) => text.Replace("|", "\\|");
}
