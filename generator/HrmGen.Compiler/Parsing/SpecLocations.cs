using HrmGen.Compiler.Diagnostics;

namespace HrmGen.Compiler.Parsing;

/// <summary>Where one node stands.</summary>
/// <param name="Node">The node's path.</param>
/// <param name="Key">Its key; the same as <paramref name="Value"/> for list elements and the root.</param>
/// <param name="Value">Its value.</param>
/// <param name="Content">First character of a scalar's text when the file holds it verbatim, else -1 (escapes, folded lines).</param>
public sealed record NodeLocation(string Node, SourceSpan Key, SourceSpan Value, int Content);

/// <summary>Where the nodes of a spec stand, apart from the spec itself so that only diagnostics depend on it.</summary>
public sealed class SpecLocations : IEquatable<SpecLocations>
{
    private readonly EquatableArray<NodeLocation> locations;
    private Dictionary<string, NodeLocation>? index;

    internal SpecLocations(IEnumerable<NodeLocation> locations) => this.locations = locations.ToEquatableArray();

    /// <summary>No nodes.</summary>
    public static SpecLocations Empty { get; } = new([]);

    private Dictionary<string, NodeLocation> Index
    {
        get
        {
            if (index is null)
            {
                var built = new Dictionary<string, NodeLocation>(StringComparer.Ordinal);
                foreach (var location in locations)
                {
                    built[location.Node] = location;
                }

                index = built;
            }

            return index;
        }
    }

    /// <summary>The nearest known node at or above a path.</summary>
    public NodeLocation? Find(string node)
    {
        while (true)
        {
            if (Index.TryGetValue(node, out var found))
            {
                return found;
            }

            if (node.Length == 0)
            {
                return null;
            }

            var cut = Math.Max(node.LastIndexOf('.'), node.LastIndexOf('['));
            node = cut < 0 ? "" : node.Substring(0, cut);
        }
    }

    /// <summary>Joins a finding with its place.</summary>
    public LocatedDiagnostic Locate(SpecDiagnostic diagnostic, string fallbackPath)
    {
        var location = Find(diagnostic.Node);
        if (location is null)
        {
            return new(diagnostic.Rule, diagnostic.Message, new(fallbackPath, 0, 0));
        }

        var span = diagnostic.Anchor == Anchor.Key ? location.Key : location.Value;
        if (diagnostic.Offset >= 0 && location.Content >= 0 && location.Node == diagnostic.Node)
        {
            span = new(span.Path, location.Content + diagnostic.Offset, diagnostic.Length);
        }

        return new(diagnostic.Rule, diagnostic.Message, span);
    }

    /// <summary>These locations with those of a spec that overrides this one laid over them.</summary>
    /// <param name="overlay">Locations of the overriding spec.</param>
    /// <param name="replaced">Nodes that the overlay replaced whole: what lay below them is gone.</param>
    internal SpecLocations Overlay(SpecLocations overlay, IReadOnlyCollection<string> replaced)
    {
        var gone = new HashSet<string>(replaced, StringComparer.Ordinal);
        var kept = locations.Where(l => !(gone.Count > 0 && NodePath.UpToRoot(l.Node).Any(gone.Contains)) && !overlay.Index.ContainsKey(l.Node));
        return new(kept.Concat(overlay.locations));
    }

    /// <summary>A node and everything below it.</summary>
    internal IEnumerable<NodeLocation> Under(string node) => locations.Where(l => NodePath.IsWithin(l.Node, node));

    /// <inheritdoc/>
    public bool Equals(SpecLocations? other) => other is not null && locations.Equals(other.locations);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SpecLocations);

    /// <inheritdoc/>
    public override int GetHashCode() => locations.GetHashCode();
}
