using HrmGen.Compiler.Parsing;

namespace HrmGen.Compiler.Language;

/// <summary>The bases that the compiler carries: specs like any other, embedded in the assembly.</summary>
public static class Presets
{
    /// <summary>What a preset's name starts with.</summary>
    public const string Scheme = "hrmgen:";

    private static readonly Dictionary<string, Lazy<ParsedSpec>> All = new(StringComparer.Ordinal)
    {
        [Scheme + "hrm"] = new(() => Load("hrm")),
        [Scheme + "trm"] = new(() => Load("trm")),
        [Scheme + "transformer"] = new(() => Load("transformer")),
    };

    /// <summary>Names that <c>extends</c> takes.</summary>
    public static IEnumerable<string> Names => All.Keys;

    /// <summary>A preset, or null.</summary>
    public static ParsedSpec? Find(string name) => All.TryGetValue(name, out var preset) ? preset.Value : null;

    /// <summary>A preset's text.</summary>
    public static string Text(string name)
    {
        using var stream = typeof(Presets).Assembly.GetManifestResourceStream(name.Substring(Scheme.Length) + ".hrm.yaml")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static ParsedSpec Load(string name)
    {
        var parsed = SpecParser.Parse(Scheme + name, Text(Scheme + name));
        return parsed.Root is null ? throw new InvalidOperationException($"The preset {name} does not parse: {parsed.Diagnostics[0].Message}") : parsed;
    }
}
