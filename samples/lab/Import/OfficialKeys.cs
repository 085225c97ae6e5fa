using System.Globalization;
using HrmGen.Compiler.Language;

namespace HrmGen.Lab.Import;

/// <summary>The values of an official configuration, each marked once it has been carried over.</summary>
internal sealed class OfficialKeys(IReadOnlyDictionary<string, string> values)
{
    private const string OfARun = "it belongs to a run, not to a model";

    private static readonly Dictionary<string, string> Reasons = new(StringComparer.Ordinal)
    {
        ["data_paths"] = "give the data set to the run (--data)",
        ["data_path"] = "give the data set to the run (--data)",
        ["data_paths_test"] = "give the data set to the run (--data)",
        ["seed"] = "give it to the run (--seed)",
        ["eval_interval"] = OfARun,
        ["min_eval_interval"] = OfARun,
        ["checkpoint_every_eval"] = OfARun,
        ["checkpoint_path"] = OfARun,
        ["load_checkpoint"] = OfARun,
        ["eval_save_outputs"] = OfARun,
        ["project_name"] = OfARun,
        ["run_name"] = OfARun,
    };

    private readonly HashSet<string> taken = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> refused = new(StringComparer.Ordinal);

    /// <summary>The keys that were not carried over, each with the reason.</summary>
    public IEnumerable<(string Key, string Reason)> Left => values.Keys
        .Where(k => !taken.Contains(k) || refused.ContainsKey(k))
        .Select(k => (k, refused.GetValueOrDefault(k) ?? ReasonOf(k)));

    /// <summary>A text, or null where the key is absent.</summary>
    public string? Text(string key)
    {
        taken.Add(key);
        return values.GetValueOrDefault(key) is { } value && value is not ("null" or "~" or "") ? value : null;
    }

    /// <summary>A whole number, or null where the key is absent.</summary>
    public long? Whole(string key) => Text(key) is not { } text ? null
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : throw Wrong(key, text, "a whole number");

    /// <summary>A number as it is written, or null where the key is absent.</summary>
    public string? Number(string key) => Text(key) is not { } text ? null
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? text : throw Wrong(key, text, "a number");

    /// <summary>True or false, or null where the key is absent.</summary>
    public bool? Flag(string key) => Text(key) is not { } text ? null : text.ToLowerInvariant() switch
    {
        "true" => true,
        "false" => false,
        _ => throw Wrong(key, text, "true or false"),
    };

    /// <summary>One of some words, or null where the key is absent.</summary>
    public string? Word(string key, params string[] words) => Text(key) is not { } text ? null
        : words.Contains(text) ? text : throw Wrong(key, text, "one of " + string.Join(", ", words));

    /// <summary>Says that a key cannot be carried over.</summary>
    public void Refuse(string key, string reason)
    {
        if (values.ContainsKey(key))
        {
            refused[key] = reason;
        }
    }

    private string ReasonOf(string key) => Reasons.GetValueOrDefault(key)
        ?? (key.Split('.')[0] is "hydra" ? "it is Hydra's own"
            : key.Split('.')[0] is "evaluators" ? OfARun
            : $"this architecture reads no such key{Suggestions.DidYouMean(key, taken.Where(t => !values.ContainsKey(t)))}");

    private static HrmGenException Wrong(string key, string text, string what) => new($"{key}: '{text}' is not {what}; mend the file, or override it (--set {key}=...)");
}
