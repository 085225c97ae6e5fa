using HrmGen.Compiler.Language;
using HrmGen.Lab.Inspection;

namespace HrmGen.Lab.Import;

/// <summary>A spec to be written: a preset, and the keys in which the model differs from it.</summary>
internal sealed class SpecDraft(string preset)
{
    // Equations are lists, which stand in lines of their own.
    private readonly List<string> program = [];
    private readonly List<(string[] Path, string Value)> keys = [];
    private readonly Dictionary<string, string> inherited = SpecKeys.Flatten(Presets.Find(preset)!.Root!).ToDictionary(e => e.Key, e => SpecKeys.Text(e.Value), StringComparer.Ordinal);

    /// <summary>The preset that it extends.</summary>
    public string Preset => preset;

    /// <summary>What the preset says of a key, or null.</summary>
    public string? Inherited(string key) => inherited.GetValueOrDefault(key);

    /// <summary>Sets a key; nothing for null, and nothing where the preset says the same.</summary>
    public void Set(string key, string? value)
    {
        if (value is not null && !(inherited.TryGetValue(key, out var below) && SpecKeys.AreEqual(below, value)))
        {
            keys.Add((key.Split('.'), value));
        }
    }

    /// <summary>Replaces the program by lines of YAML.</summary>
    public void Program(params string[] lines) => program.AddRange(lines);

    /// <summary>The file.</summary>
    public string Write(string name, string comment)
    {
        var sections = keys.Select(k => k.Path[0]).Concat(program.Count > 0 ? ["recursion"] : []).Distinct()
            .OrderBy(s => Array.FindIndex(KeyTable.Root.Keys, k => k.Name == s));
        return $"# {comment}\nhrmgen: 1\nname: {name}\nextends: {preset}\n" + string.Concat(sections.Select(Section));
    }

    private string Section(string name)
    {
        var inside = keys.Where(k => k.Path[0] == name).Select(k => (Path: k.Path[1..], k.Value)).ToList();
        if (name != "recursion" || program.Count == 0)
        {
            return $"{name}: {Flow(inside)}\n";
        }

        var lines = inside.GroupBy(k => k.Path[0]).Select(g => $"  {g.Key}: {Flow(Below(g))}\n");
        return $"{name}:\n{string.Concat(lines)}  program:\n{string.Concat(program.Select(l => $"    {l}\n"))}";
    }

    private static List<(string[] Path, string Value)> Below(IEnumerable<(string[] Path, string Value)> entries) => [.. entries.Select(e => (e.Path[1..], e.Value))];

    private static string Flow(List<(string[] Path, string Value)> entries) => entries is [{ Path.Length: 0 } only]
        ? only.Value
        : $"{{ {string.Join(", ", entries.GroupBy(e => e.Path[0]).Select(g => $"{g.Key}: {Flow(Below(g))}"))} }}";
}
