using System.Globalization;
using HrmGen.Compiler.Language;
using HrmGen.Models;
using HrmGen.Training;

namespace HrmGen.Lab.Models;

/// <summary><c>--set key=value</c>: the options of training that may change at run time. What shapes the model is the spec's.</summary>
internal static class RunTimeOptions
{
    private static readonly Dictionary<string, Func<TrainingOptions, string, TrainingOptions?>> Keys = new(StringComparer.Ordinal)
    {
        ["batch_size"] = (o, v) => Whole(v) is { } n and > 0 and <= int.MaxValue ? o with { BatchSize = (int)n } : null,
        ["lr"] = (o, v) => Number(v) is { } x and >= 0 ? o with { LearningRate = x } : null,
        ["warmup_steps"] = (o, v) => Whole(v) is { } n and >= 0 ? o with { WarmupSteps = n } : null,
        ["lr_min_ratio"] = (o, v) => Number(v) is { } x and >= 0 and <= 1 ? o with { MinRatio = x } : null,
        ["weight_decay"] = (o, v) => Number(v) is { } x and >= 0 ? o with { WeightDecay = x } : null,
        ["ema"] = (o, v) => v == "none" ? o with { EmaRate = null } : Number(v) is { } x and >= 0 and < 1 ? o with { EmaRate = x } : null,
        ["clip_norm"] = (o, v) => v == "none" ? o with { ClipNorm = null } : Number(v) is { } x and > 0 ? o with { ClipNorm = x } : null,
        ["steps"] = (o, v) => Whole(v) is { } n and > 0 ? o with { TotalSteps = n, Epochs = null } : null,
        ["epochs"] = (o, v) => Whole(v) is { } n and > 0 ? o with { Epochs = n, TotalSteps = null } : null,
        ["data.refill"] = (o, v) => v switch { "offered" => o with { Refill = RefillMode.Offered }, "queue" => o with { Refill = RefillMode.Queue }, _ => null },
        ["puzzle_embedding.lr"] = (o, v) => Number(v) is { } x and >= 0 ? o with { PuzzleLearningRate = x } : null,
        ["puzzle_embedding.weight_decay"] = (o, v) => Number(v) is { } x and >= 0 ? o with { PuzzleWeightDecay = x } : null,
    };

    /// <summary>The spec's options with the settings laid over them, in their order.</summary>
    /// <exception cref="HrmGenException">A setting is unknown, or has a value that it does not take.</exception>
    public static TrainingOptions Apply(ModelSpec spec, IEnumerable<string> settings)
    {
        var options = spec.Training;
        foreach (var setting in settings)
        {
            var parts = setting.Split('=', 2);
            var key = parts[0].Trim();
            key = key.StartsWith("training.", StringComparison.Ordinal) ? key["training.".Length..] : key;
            if (parts.Length != 2 || !Keys.TryGetValue(key, out var apply))
            {
                var hint = Suggestions.DidYouMean(key, Keys.Keys);
                throw new HrmGenException(
                    $"--set {setting}: {(parts.Length != 2 ? "a setting has the form key=value" : $"'{key}' cannot change at run time{hint}")}; what can: {string.Join(", ", Keys.Keys)}. "
                    + $"Everything else shapes the model and belongs into its spec ({spec.Source})");
            }

            options = apply(options, parts[1].Trim()) ?? throw new HrmGenException($"--set {setting}: '{parts[1]}' is not a value of '{key}'");
        }

        return options;
    }

    private static long? Whole(string text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static double? Number(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : null;
}
