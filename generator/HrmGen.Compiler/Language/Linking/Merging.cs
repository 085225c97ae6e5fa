using HrmGen.Compiler.Parsing;

namespace HrmGen.Compiler.Language;

/// <summary>Lays one tree over another: maps merge, anything else replaces, null removes.</summary>
internal static class Merging
{
    /// <summary>A mapping without keys.</summary>
    public static SpecMapping Empty { get; } = new(EquatableArray<SpecEntry>.Empty);

    /// <summary>The merged tree. Keys of the lower one keep their places, new ones follow.</summary>
    /// <param name="lower">The base.</param>
    /// <param name="upper">What overrides it.</param>
    /// <param name="replaced">Takes the paths of nodes of which nothing is left.</param>
    /// <param name="path">Path of both nodes.</param>
    public static SpecMapping Merge(SpecMapping lower, SpecMapping upper, ICollection<string> replaced, string path = "")
    {
        var entries = lower.Entries.ToList();
        foreach (var entry in upper.Entries)
        {
            var child = NodePath.Key(path, entry.Key);
            var at = entries.FindIndex(e => e.Key == entry.Key);
            if (entry.Value is SpecScalar { IsNull: true })
            {
                replaced.Add(child);
                entries.RemoveAll(e => e.Key == entry.Key);
                continue;
            }

            var below = at < 0 ? null : entries[at].Value;
            if (below is not (null or SpecMapping) || (below is SpecMapping && entry.Value is not SpecMapping))
            {
                replaced.Add(child);
            }

            // Nulls inside a new mapping remove nothing; they are dropped all the same, so that both forms mean absence.
            var merged = entry.Value is SpecMapping above ? new SpecEntry(entry.Key, Merge(below as SpecMapping ?? Empty, above, replaced, child)) : entry;
            if (at < 0)
            {
                entries.Add(merged);
            }
            else
            {
                entries[at] = merged;
            }
        }

        return new(entries.ToEquatableArray());
    }

    /// <summary>The tree that holds one value at a dotted path.</summary>
    public static SpecMapping Single(IEnumerable<string> path, SpecNode value) =>
        (SpecMapping)path.Reverse().Aggregate(value, (inner, key) => new SpecMapping(EquatableArray.Of(new SpecEntry(key, inner))));

    /// <summary>Keys and values of a tree, itself included.</summary>
    public static int Size(this SpecNode node) => node switch
    {
        SpecMapping map => 1 + map.Entries.Sum(e => 1 + e.Value.Size()),
        SpecSequence list => 1 + list.Items.Sum(i => i.Size()),
        _ => 1,
    };

    /// <summary>Without some keys of the top level.</summary>
    public static SpecMapping Without(this SpecMapping root, params string[] keys) => new(root.Entries.Where(e => !keys.Contains(e.Key)).ToEquatableArray());
}
