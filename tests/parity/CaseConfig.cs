using System.Text.Json;

namespace HrmGen.Parity;

/// <summary>What a case's config.json and tolerance.json say.</summary>
internal sealed class CaseConfig
{
    private readonly Dictionary<string, double[]> tolerances = new(StringComparer.Ordinal);

    private CaseConfig(string mode, int steps, string dtype, bool officialCasts, double explorationProbability)
    {
        Mode = mode;
        Steps = steps;
        Dtype = dtype;
        OfficialCasts = officialCasts;
        ExplorationProbability = explorationProbability;
    }

    /// <summary>"train" or "eval".</summary>
    public string Mode { get; }

    public int Steps { get; }

    /// <summary>"float32", "float64" or "bfloat16".</summary>
    public string Dtype { get; }

    /// <summary>float64 code with float32 in places: held to the float32 rule.</summary>
    public bool OfficialCasts { get; }

    public double ExplorationProbability { get; }

    public static CaseConfig Read(string folder)
    {
        using var config = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "config.json")));
        var root = config.RootElement;
        var probability = root.GetProperty("arch").TryGetProperty("halt_exploration_prob", out var p) ? p.GetDouble() : 0;
        var result = new CaseConfig(
            root.GetProperty("mode").GetString()!,
            root.GetProperty("steps").GetInt32(),
            root.GetProperty("dtype").GetString()!,
            root.GetProperty("name").GetString()!.EndsWith("official_casts", StringComparison.Ordinal),
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

        return (Dtype, OfficialCasts) switch
        {
            ("float64", false) => 1e-9 * Math.Max(1, c[2]),
            ("bfloat16", _) => (3 * c[0]) + (1e-2 * c[2]),
            _ => Math.Max(10 * Math.Max(c[0], c[1]), 2e-6 * Math.Max(1, c[2])),
        };
    }
}
