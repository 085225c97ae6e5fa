using HrmGen.Compiler.Language;
using HrmGen.Compiler.Parsing;

namespace HrmGen.Lab.Inspection;

/// <summary>A merged spec as dotted keys and values, and what the absence of a key means.</summary>
internal static class SpecKeys
{
    /// <summary>Where the equations stand, which are no value that a dotted key could name.</summary>
    public const string Program = "recursion.program";

    private static readonly Dictionary<string, string> Defaults = Validator.AllKeys(KeyTable.Root, "")
        .Where(k => k.Key.Default is not null)
        .GroupBy(k => k.Place, StringComparer.Ordinal)
        .ToDictionary(g => g.Key, g => g.First().Key.Default!, StringComparer.Ordinal);

    /// <summary>The values by dotted key, in the order of the tree, without the program.</summary>
    public static IEnumerable<(string Key, SpecNode Value)> Flatten(SpecNode node, string path = "") => node switch
    {
        _ when path == Program => [],
        SpecMapping { Entries.Count: > 0 } map => map.Entries.SelectMany(e => Flatten(e.Value, NodePath.Key(path, e.Key))),
        _ => [(path, node)],
    };

    /// <summary>A value as a spec would hold it, on one line.</summary>
    public static string Text(SpecNode node) => node switch
    {
        SpecScalar scalar => scalar.Text,
        SpecSequence list => $"[{string.Join(", ", list.Items.Select(Text))}]",
        SpecMapping map => $"{{ {string.Join(", ", map.Entries.Select(e => $"{e.Key}: {Text(e.Value)}"))} }}",
        _ => "",
    };

    /// <summary>What it means that a key is absent, or null where it means nothing: what the author names is simply not there.</summary>
    /// <param name="key">The key.</param>
    /// <param name="exists">Whether the spec says anything below a dotted key.</param>
    public static string? Default(string key, Func<string, bool> exists)
    {
        if (Defaults.TryGetValue(key, out var text))
        {
            return text;
        }

        // Names that the author gives stand as NAME in the table of keys.
        var parts = key.Split('.');
        return Enumerable.Range(1, parts.Length - 1)
            .Where(i => exists(string.Join(".", parts.Take(i + 1))))
            .Select(i => Defaults.GetValueOrDefault(string.Join(".", parts.Select((p, at) => at == i ? Validator.AnyName : p))))
            .FirstOrDefault(d => d is not null);
    }

    /// <summary>Whether two values say the same: 1 and 1.0 do.</summary>
    public static bool AreEqual(string left, string right) => left == right
        || (Scalars.Number(new(left, false)) is { } a && Scalars.Number(new(right, false)) is { } b && a == b);
}
