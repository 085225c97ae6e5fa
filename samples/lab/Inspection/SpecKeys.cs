using HrmGen.Compiler.Language;
using HrmGen.Compiler.Parsing;

namespace HrmGen.Lab.Inspection;

/// <summary>A merged spec as dotted keys and values, and what the absence of a key means.</summary>
internal static class SpecKeys
{
    /// <summary>Where the equations stand, which are no value that a dotted key could name.</summary>
    public const string Program = "recursion.program";

    private static readonly IReadOnlyDictionary<string, string> Defaults = Validator.AllKeys(KeyTable.Root, "")
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

    /// <summary>What it means that a key is absent; the key's parents decide where they are absent too.</summary>
    public static string Default(string key)
    {
        var parts = key.Split('.');
        return Candidates(parts).Select(c => Defaults.GetValueOrDefault(c)).FirstOrDefault(d => d is not null) ?? "absent";
    }

    /// <summary>Whether two values say the same: 1 and 1.0 do.</summary>
    public static bool AreEqual(string left, string right) => left == right
        || (Scalars.Number(new(left, false)) is { } a && Scalars.Number(new(right, false)) is { } b && a == b);

    // Names that the author gives stand as NAME in the table of keys.
    private static IEnumerable<string> Candidates(string[] parts)
    {
        yield return string.Join(".", parts);
        for (var i = 1; i < parts.Length; i++)
        {
            yield return string.Join(".", parts.Select((p, at) => at == i ? Validator.AnyName : p));
        }
    }
}
