using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace HrmGen.Lab.Import;

/// <summary>Official configuration files, put together as Hydra does: values by dotted key, those of <c>config/arch</c> below <c>arch</c>.</summary>
internal sealed partial class OfficialConfig
{
    private const int MaxLength = 1 << 20, MaxReferences = 8;

    private readonly Dictionary<string, string> values = new(StringComparer.Ordinal);
    private readonly List<string> files = [];

    /// <summary>The values, interpolations resolved.</summary>
    public IReadOnlyDictionary<string, string> Values => values;

    /// <summary>Names of the files that were read.</summary>
    public IReadOnlyList<string> Files => files;

    /// <summary>Reads files and lays overrides over them.</summary>
    /// <exception cref="HrmGenException">A file or an override does not parse, or no architecture is among them.</exception>
    public static OfficialConfig Read(IEnumerable<string> paths, IEnumerable<string> overrides)
    {
        var config = new OfficialConfig();
        string? pretrain = null;
        foreach (var path in paths)
        {
            var root = Load(path);
            var isPretrain = Has(root, "defaults") || Has(root, "global_batch_size");
            pretrain = isPretrain ? path : pretrain;
            config.Add(path, root, isPretrain || IsDataset(root) ? "" : "arch");
        }

        var settings = overrides.Select(Setting).ToList();
        var chosen = settings.LastOrDefault(s => s.Key == "arch").Value;
        if (pretrain is not null && (chosen is not null || !config.values.ContainsKey("arch.name")))
        {
            config.AddArchitecture(pretrain, chosen ?? config.values.GetValueOrDefault("defaults.arch"));
        }

        foreach (var (key, value) in settings.Where(s => s.Key != "arch"))
        {
            config.values[key] = value;
        }

        if (!config.values.ContainsKey("arch.name"))
        {
            throw new HrmGenException("No file among these says what the architecture is; add one of config/arch (it has the key 'name', as in recursive_reasoning.trm@TinyRecursiveReasoningModel_ACTV1)");
        }

        foreach (var key in config.values.Keys.ToList())
        {
            config.values[key] = config.Resolve(key, config.values[key], 0);
        }

        return config;
    }

    // cfg_pretrain.yaml names its architecture, whose file lies beside it in arch/.
    private void AddArchitecture(string pretrain, string? name)
    {
        if (name is null)
        {
            return;
        }

        var path = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(pretrain))!, "arch", name + ".yaml");
        if (!File.Exists(path))
        {
            throw new HrmGenException($"{pretrain} takes the architecture '{name}', and there is no {path}; give the file of the architecture too");
        }

        foreach (var key in values.Keys.Where(k => k.StartsWith("arch.", StringComparison.Ordinal)).ToList())
        {
            values.Remove(key);
        }

        Add(path, Load(path), "arch");
    }

    private void Add(string path, YamlMappingNode root, string prefix)
    {
        files.Add(Path.GetFileName(path));
        foreach (var (key, value) in Flatten(root, prefix))
        {
            values[key] = value;
        }
    }

    private static YamlMappingNode Load(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            throw new HrmGenException($"There is no file '{path}'; give official configuration files (config/arch/*.yaml, cfg_pretrain.yaml)");
        }

        if (file.Length > MaxLength)
        {
            throw new HrmGenException($"{path} has {file.Length} bytes; an official configuration has at most {MaxLength}");
        }

        try
        {
            using var reader = new StringReader(File.ReadAllText(path));
            var stream = new YamlStream();
            stream.Load(reader);
            return stream.Documents is [{ RootNode: YamlMappingNode root }, ..]
                ? root
                : throw new HrmGenException($"{path} holds no keys; give an official configuration file (config/arch/*.yaml, cfg_pretrain.yaml)");
        }
        catch (YamlException e)
        {
            throw new HrmGenException($"{path}({e.Start.Line},{e.Start.Column}): this is not YAML: {e.Message}", e);
        }
    }

    private static bool Has(YamlMappingNode root, string key) => root.Children.ContainsKey(new YamlScalarNode(key));

    // dataset.json of a data folder: JSON is YAML, and it knows the sizes that no configuration holds.
    private static bool IsDataset(YamlMappingNode root) => Has(root, "vocab_size") && Has(root, "seq_len");

    private static IEnumerable<(string Key, string Value)> Flatten(YamlNode node, string path) => node switch
    {
        YamlMappingNode map => map.Children.SelectMany(c => Flatten(c.Value, path.Length == 0 ? c.Key.ToString() : path + "." + c.Key)),
        // A list of mappings with one key each is how Hydra writes its defaults.
        YamlSequenceNode list when path == "defaults" => list.Children.OfType<YamlMappingNode>().SelectMany(m => Flatten(m, path)),
        YamlSequenceNode list => [(path, $"[{string.Join(", ", list.Children.Select(c => c.ToString()))}]")],
        _ => [(path, node.ToString())],
    };

    private static (string Key, string Value) Setting(string text)
    {
        var parts = text.Split('=', 2);
        var key = parts[0].TrimStart('+').Trim();
        return parts.Length == 2 && key.Length > 0
            ? (key, parts[1].Trim())
            : throw new HrmGenException($"--set {text}: an override has the form key=value, as in arch.L_cycles=4");
    }

    private string Resolve(string key, string value, int depth) => Reference().Replace(value, match =>
    {
        var named = match.Groups[1].Value;
        var target = named.StartsWith('.') ? key[..(key.LastIndexOf('.') + 1)] + named[1..] : named;
        return depth < MaxReferences && values.TryGetValue(target, out var found)
            ? Resolve(target, found, depth + 1)
            : throw new HrmGenException($"{key}: {value} leads to no value; write the value itself (--set {key}=...)");
    });

    [GeneratedRegex(@"\$\{([^}]*)\}")]
    private static partial Regex Reference();
}
