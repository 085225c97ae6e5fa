using System.Globalization;

namespace HrmGen.Compiler.Parsing;

/// <summary>A node of a spec without its position: equal text structure, equal value.</summary>
public abstract record SpecNode
{
    /// <summary>What the node is, for messages.</summary>
    public abstract string Kind { get; }
}

/// <summary>A mapping, in the order of the file.</summary>
public sealed record SpecMapping(EquatableArray<SpecEntry> Entries) : SpecNode
{
    /// <inheritdoc/>
    public override string Kind => "a mapping";

    /// <summary>The value of a key, or null where the key is absent.</summary>
    public SpecNode? this[string key]
    {
        get
        {
            foreach (var entry in Entries)
            {
                if (entry.Key == key)
                {
                    return entry.Value;
                }
            }

            return null;
        }
    }
}

/// <summary>A key and its value.</summary>
public sealed record SpecEntry(string Key, SpecNode Value);

/// <summary>A list.</summary>
public sealed record SpecSequence(EquatableArray<SpecNode> Items) : SpecNode
{
    /// <inheritdoc/>
    public override string Kind => "a list";
}

/// <summary>A scalar's text; quoted ones are always strings.</summary>
public sealed record SpecScalar(string Text, bool Quoted) : SpecNode
{
    /// <inheritdoc/>
    public override string Kind => IsNull ? "nothing" : Quoted ? $"the text '{Text}'" : $"'{Text}'";

    /// <summary>YAML's null: an empty plain scalar, <c>null</c> or <c>~</c>.</summary>
    public bool IsNull => !Quoted && Text is "" or "~" or "null" or "Null" or "NULL";
}

/// <summary>Paths of nodes: <c>recursion.program[0].do[1]</c>.</summary>
public static class NodePath
{
    /// <summary>The path of a key's value.</summary>
    public static string Key(string parent, string key) => parent.Length == 0 ? key : parent + "." + key;

    /// <summary>The path of a list's element, counted from 0.</summary>
    public static string Item(string parent, int index) => parent + "[" + index.ToString(CultureInfo.InvariantCulture) + "]";

    /// <summary>A path and those of the nodes around it, without the root's.</summary>
    public static IEnumerable<string> UpToRoot(string path)
    {
        for (var end = path.Length; end > 0; end = path.LastIndexOfAny(['.', '['], end - 1))
        {
            yield return path.Substring(0, end);
        }
    }

    /// <summary>True for the node itself and everything below it.</summary>
    public static bool IsWithin(string path, string ancestor) =>
        ancestor.Length == 0
        || (path.StartsWith(ancestor, StringComparison.Ordinal)
            && (path.Length == ancestor.Length || path[ancestor.Length] is '.' or '['));
}
