using System.Text;
using System.Text.RegularExpressions;
using HrmGen.Compiler.Parsing;

namespace HrmGen.Compiler.Tests.Robustness;

/// <summary>A YAML tree that can be changed in place, and written in block or flow style.</summary>
internal sealed partial class Node
{
    /// <summary>A scalar's text; null for a mapping or a list.</summary>
    public string? Text { get; set; }

    public bool Quoted { get; set; }

    /// <summary>Whether this is a mapping; children of a list have empty keys.</summary>
    public bool IsMap { get; set; }

    public List<(string Key, Node Value)> Children { get; } = [];

    public static Node Scalar(string text, bool quoted = false) => new() { Text = text, Quoted = quoted };

    public static Node Map(params (string Key, Node Value)[] children) => Of(true, children);

    public static Node List(params IEnumerable<Node> items) => Of(false, items.Select(i => ("", i)));

    public static Node From(SpecNode node) => node switch
    {
        SpecMapping map => Of(true, map.Entries.Select(e => (e.Key, From(e.Value)))),
        SpecSequence list => Of(false, list.Items.Select(i => ("", From(i)))),
        SpecScalar scalar => Scalar(scalar.Text, scalar.Quoted),
        _ => throw new InvalidOperationException(node.Kind),
    };

    public Node Copy() => Text is not null ? Scalar(Text, Quoted) : Of(IsMap, Children.Select(c => (c.Key, c.Value.Copy())));

    public Node? this[string key] => Children.Where(c => IsMap && c.Key == key).Select(c => c.Value).FirstOrDefault();

    public void Set(string key, Node value)
    {
        var at = Children.FindIndex(c => c.Key == key);
        if (at < 0)
        {
            Children.Add((key, value));
        }
        else
        {
            Children[at] = (key, value);
        }
    }

    /// <summary>This node and all below it.</summary>
    public IEnumerable<Node> All => Children.SelectMany(c => c.Value.All).Prepend(this);

    /// <summary>As YAML: block style down to a depth, flow style below.</summary>
    public string Write(int blockDepth)
    {
        var text = new StringBuilder();
        if (Text is not null || Children.Count == 0 || blockDepth == 0)
        {
            return text.Append(Flow()).Append('\n').ToString();
        }

        Block(text, "", blockDepth);
        return text.ToString();
    }

    private void Block(StringBuilder text, string indent, int depth)
    {
        foreach (var (key, value) in Children)
        {
            text.Append(indent).Append(IsMap ? Escape(key, false) + ":" : "-");
            if (value.Text is not null || value.Children.Count == 0 || depth <= 1)
            {
                text.Append(' ').Append(value.Flow()).Append('\n');
            }
            else
            {
                text.Append('\n');
                value.Block(text, indent + "  ", depth - 1);
            }
        }
    }

    private string Flow() => this switch
    {
        { Text: { } scalar } => Escape(scalar, Quoted),
        { IsMap: true } => "{ " + string.Join(", ", Children.Select(c => $"{Escape(c.Key, false)}: {c.Value.Flow()}")) + " }",
        _ => "[" + string.Join(", ", Children.Select(c => c.Value.Flow())) + "]",
    };

    private static string Escape(string text, bool quoted)
    {
        if (!quoted && Plain().IsMatch(text))
        {
            return text;
        }

        var escaped = new StringBuilder("\"");
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' or '\\' => escaped.Append('\\').Append(c),
                < ' ' => escaped.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\x{(int)c:x2}"),
                _ => escaped.Append(c),
            };
        }

        return escaped.Append('"').ToString();
    }

    private static Node Of(bool isMap, IEnumerable<(string Key, Node Value)> children)
    {
        var node = new Node { IsMap = isMap };
        node.Children.AddRange(children);
        return node;
    }

    // What YAML reads back as the same scalar in flow style too.
    [GeneratedRegex(@"\A[A-Za-z0-9_.+-]([A-Za-z0-9_.+*()=<>/ -]*[A-Za-z0-9_.+*()=<>/-])?\z|\A(-?[0-9.]+([eE][+-]?[0-9]+)?)?\z")]
    private static partial Regex Plain();
}
