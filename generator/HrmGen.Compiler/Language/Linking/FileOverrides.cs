using HrmGen.Compiler.Parsing;

namespace HrmGen.Compiler.Language;

/// <summary>What the project lays over a file: <c>HrmSet</c>, read.</summary>
internal sealed class FileOverrides
{
    private readonly List<SpecMapping> overlays = [];

    private FileOverrides()
    {
    }

    /// <summary>The name that the project gives the model, or null.</summary>
    public string? Name => overlays.Select(o => o["name"]).OfType<SpecScalar>().LastOrDefault()?.Text;

    /// <summary>Reads <c>key=value</c> pairs separated by <c>;</c> or <c>|</c>; what does not parse is reported and left out.</summary>
    public static FileOverrides Parse(string? set, Action<string> report)
    {
        var overrides = new FileOverrides();
        foreach (var pair in (set ?? "").Split(';', '|').Select(p => p.Trim()).Where(p => p.Length > 0))
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
