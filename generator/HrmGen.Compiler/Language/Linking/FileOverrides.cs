using HrmGen.Compiler.Parsing;

namespace HrmGen.Compiler.Language;

/// <summary>What the project lays over a file: <c>HrmSet</c>, read.</summary>
internal sealed class FileOverrides
{
    /// <summary>Pairs of one file at most.</summary>
    public const int MaxPairs = 1000;

    private readonly List<SpecMapping> overlays = [];

    private FileOverrides()
    {
    }

    /// <summary>The name that the project gives the model, or null.</summary>
    public string? Name => overlays.Select(o => o["name"]).OfType<SpecScalar>().LastOrDefault()?.Text;

    /// <summary>Whether the project lays anything at <c>name</c>, a name or not.</summary>
    public bool TouchesName => overlays.Any(o => o["name"] is not null);

    /// <summary>Reads <c>key=value</c> pairs separated by <c>;</c> or <c>|</c>; what does not parse is reported and left out.</summary>
    public static FileOverrides Parse(string? set, Action<string> report)
    {
        var overrides = new FileOverrides();
        var pairs = (set ?? "").Split(';', '|').Select(p => p.Trim()).Where(p => p.Length > 0).ToList();
        if (pairs.Count > MaxPairs)
        {
            report($"it has {Invariant.Text(pairs.Count)} pairs; at most {MaxPairs} are allowed");
            return overrides;
        }

        foreach (var pair in pairs)
        {
            var equals = pair.IndexOf('=');
            if (equals <= 0)
            {
                report($"'{pair}' is not of the form key=value, as in block.hidden_size=64");
                continue;
            }

            var parsed = SpecParser.Parse("HrmSet", "value: " + pair.Substring(equals + 1));
            if (parsed.Root?["value"] is not { } value)
            {
                report($"'{pair}' has no readable value");
                continue;
            }

            var path = pair.Substring(0, equals).Trim().Split('.');
            if (path.Length > SpecPaths.MaxSegments)
            {
                report($"a key has at most {SpecPaths.MaxSegments} dotted parts, and one here has {Invariant.Text(path.Length)}");
                continue;
            }

            if (Linker.Composing.Contains(path[0]))
            {
                report($"'{path[0]}' says what the file is made of; only the file itself can say that");
                continue;
            }

            overrides.overlays.Add(Merging.Single(path, value));
        }

        return overrides;
    }

    /// <summary>A tree with the values laid over it, in their order.</summary>
    public SpecMapping Apply(SpecMapping root) => overlays.Aggregate(root, (tree, overlay) => Merging.Merge(tree, overlay, []));
}
