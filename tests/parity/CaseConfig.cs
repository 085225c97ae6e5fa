using System.Text.Json;

namespace HrmGen.Parity;

/// <summary>What a case's config.json and tolerance.json say.</summary>
internal sealed class CaseConfig
{
    private readonly Dictionary<string, double[]> tolerances = new(StringComparer.Ordinal);

    private CaseConfig(string mode, int steps, string rule, double explorationProbability)
    {
        Mode = mode;
        Steps = steps;
        Rule = rule;
        ExplorationProbability = explorationProbability;
    }

    /// <summary>"train" or "eval".</summary>
    public string Mode { get; }

    public int Steps { get; }

    /// <summary>Which tolerance rule holds: "float32", "float64" or "bfloat16".</summary>
    public string Rule { get; }

    public double ExplorationProbability { get; }

    public static CaseConfig Read(string folder)
    {
        using var config = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "config.json")));
        var root = config.RootElement;
        var probability = root.GetProperty("arch").TryGetProperty("halt_exploration_prob", out var p) ? p.GetDouble() : 0;
        var result = new CaseConfig(
            root.GetProperty("mode").GetString()!,
            root.GetProperty("steps").GetInt32(),
            RuleOf(root.GetProperty("dtype").GetString()!),
            probability);
        using var tolerance = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "tolerance.json")));
        foreach (var entry in tolerance.RootElement.GetProperty("tensors").EnumerateObject())
        {
            result.tolerances[entry.Name] = [.. entry.Value.EnumerateArray().Select(v => v.GetDouble())];
        }

        return result;
    }

    /// <summary>The fixtures' rule for a float tensor; null where tolerance.json has no row for it.</summary>
    public double? ToleranceOf(string name)
    {
        if (!tolerances.TryGetValue(name, out var c))
        {
            return null;
        }

        return Rule switch
        {
            "float64" => 1e-9 * Math.Max(1, c[2]),
            "bfloat16" => (3 * c[0]) + (1e-2 * c[2]),
            _ => Math.Max(10 * Math.Max(c[0], c[1]), 2e-6 * Math.Max(1, c[2])),
        };
    }

    // config.json describes the format in prose. float64 code with float32 in places is held to the float32 rule.
    private static string RuleOf(string dtype) =>
        dtype.StartsWith("pure float64", StringComparison.Ordinal) ? "float64"
        : dtype.StartsWith("bfloat16", StringComparison.Ordinal) ? "bfloat16"
        : "float32";
}
