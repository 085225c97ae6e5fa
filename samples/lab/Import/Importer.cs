using HrmGen.Compiler;
using HrmGen.Compiler.Language;

namespace HrmGen.Lab.Import;

/// <summary>An official configuration as a spec.</summary>
/// <param name="Text">The spec file.</param>
/// <param name="Left">Keys that it could not carry, with reasons.</param>
/// <param name="KnowsTask">Whether the sizes of the data set were among the files.</param>
internal sealed record ImportedSpec(string Text, IReadOnlyList<(string Key, string Reason)> Left, bool KnowsTask);

/// <summary>Turns official configurations into specs that extend the preset of their family.</summary>
internal sealed class Importer
{
    private static readonly Dictionary<string, string> Families = new(StringComparer.Ordinal)
    {
        ["hrm_act_v1"] = "hrmgen:hrm",
        ["hrm"] = "hrmgen:hrm",
        ["trm"] = "hrmgen:trm",
        ["trm_singlez"] = "hrmgen:trm",
        ["trm_hier6"] = "hrmgen:trm",
        ["transformers_baseline"] = "hrmgen:transformer",
    };

    private readonly OfficialConfig config;
    private readonly OfficialKeys keys;
    private readonly SpecDraft draft;
    private readonly string family;

    private Importer(OfficialConfig config)
    {
        this.config = config;
        keys = new(config.Values);
        family = FamilyOf(keys.Text("arch.name")!);
        draft = new(Families[family]);
    }

    /// <summary>Imports a configuration.</summary>
    /// <exception cref="HrmGenException">The architecture is none of the official ones, or a value is not what its key takes.</exception>
    public static ImportedSpec Import(OfficialConfig config, string? name) => new Importer(config).Import(name);

    private ImportedSpec Import(string? name)
    {
        _ = keys.Text("defaults.arch");
        var knowsTask = Task();
        new ArchitectureImport(keys, draft, family).Import();
        Loss();
        Training();
        var text = draft.Write(name ?? "Imported" + string.Concat(family.Split('_').Select(p => char.ToUpperInvariant(p[0]) + p[1..])), $"Imported from {string.Join(", ", config.Files)}.");
        return new(text, [.. keys.Left], knowsTask);
    }

    // "recursive_reasoning.trm@TinyRecursiveReasoningModel_ACTV1": the module before the @ decides.
    private static string FamilyOf(string name)
    {
        var module = name.Split('@')[0];
        module = module[(module.LastIndexOf('.') + 1)..];
        return Families.ContainsKey(module)
            ? module
            : throw new HrmGenException($"arch.name: '{name}' is no architecture that can be imported{Suggestions.DidYouMean(module, Families.Keys)}; these can: {string.Join(", ", Families.Keys)}");
    }

    // The sizes of the data set come from its dataset.json; its other keys describe the data, not the model.
    private bool Task()
    {
        foreach (var key in new[] { "pad_id", "ignore_label_id", "blank_identifier_id", "total_groups", "mean_puzzle_examples", "total_puzzles", "sets" })
        {
            _ = keys.Text(key);
        }

        var (vocabulary, length) = (keys.Whole("vocab_size"), keys.Whole("seq_len"));
        draft.Set("task.vocab_size", Text(vocabulary));
        draft.Set("task.seq_len", Text(length));
        return vocabulary is not null && length is not null;
    }

    private void Loss()
    {
        if (keys.Text("arch.loss.name") is { } name and not "losses@ACTLossHead")
        {
            keys.Refuse("arch.loss.name", $"only losses@ACTLossHead is known, not {name}");
        }

        if (keys.Word("arch.loss.loss_type", "stablemax_cross_entropy", "softmax_cross_entropy") == "softmax_cross_entropy")
        {
            draft.Set("loss.kind", "softmax");
            draft.Set("loss.precision", "float32");
        }
    }

    private void Training()
    {
        draft.Set("training.batch_size", Text(keys.Whole("global_batch_size")));
        draft.Set("training.epochs", Text(keys.Whole("epochs")));
        draft.Set("training.lr", keys.Number("lr"));
        draft.Set("training.lr_min_ratio", keys.Number("lr_min_ratio"));
        draft.Set("training.warmup_steps", Text(keys.Whole("lr_warmup_steps")));
        draft.Set("training.weight_decay", keys.Number("weight_decay"));
        if ((keys.Number("beta1"), keys.Number("beta2")) is ({ } first, { } second))
        {
            draft.Set("training.betas", $"[{first}, {second}]");
        }

        draft.Set("training.puzzle_embedding.lr", keys.Number("puzzle_emb_lr"));
        draft.Set("training.puzzle_embedding.weight_decay", keys.Number("puzzle_emb_weight_decay"));
        var rate = keys.Number("ema_rate");
        if (keys.Flag("ema") is { } average && (average || draft.Inherited("training.ema") is not null))
        {
            draft.Set("training.ema", average ? rate ?? "0.999" : "none");
        }

        if (keys.Flag("freeze_weights") == true)
        {
            keys.Refuse("freeze_weights", "say what stands still with training.groups, as in { f: { frozen: true } }");
        }
    }

    private static string? Text(long? value) => value is { } number ? Invariant.Text(number) : null;
}
