using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Model;
using HrmGen.Compiler.Parsing;

namespace HrmGen.Compiler.Language;

/// <summary>Reads <c>training</c> and <c>data</c>: the defaults of what may change at run time.</summary>
internal sealed class TrainingBinder(Section root, List<SpecDiagnostic> diagnostics)
{
    private static readonly string[] Rates = ["lr", "weight_decay"];

    /// <summary>The defaults of the training options.</summary>
    public TrainingDefaults Bind(TaskShape task, EquatableArray<Network> networks, RecursionProgram recursion)
    {
        var section = root.Sub("training");
        var (lr, decay) = (section.Double("lr", 1e-4), section.Double("weight_decay", 0.1));
        var (steps, epochs) = (section.LongOrNull("steps"), section.LongOrNull("epochs"));
        if (steps is not null && epochs is not null)
        {
            diagnostics.Add(SpecDiagnostic.AtKey(Rules.Contradiction, section.At("steps"), "'steps' and 'epochs' both say how long training lasts; set one of them to null"));
        }

        var betas = section["betas"] is SpecSequence { Items: var items } ? items.Select(i => Scalars.Number((SpecScalar)i) ?? 0).ToArray() : [0.9, 0.95];
        var optimizer = section.Text("optimizer", "adam_atan2") switch
        {
            "adamw" => OptimizerKind.AdamW,
            "muon" => OptimizerKind.Muon,
            _ => OptimizerKind.AdamATan2,
        };
        var puzzle = section.Sub("puzzle_embedding");
        if (puzzle.Exists && task.PuzzleEmbedding is null)
        {
            diagnostics.Add(SpecDiagnostic.AtKey(Rules.WithoutEffect, puzzle.Path, "training.puzzle_embedding", "this model has no puzzle embedding ('task.puzzle_embedding')"));
        }

        return new(section.Int("batch_size", 768), optimizer, BindMuon(section, optimizer, decay), section.DoubleOrNull("clip_norm"), betas[0], betas[1], lr,
            section.Int("warmup_steps", 2000), section.Double("lr_min_ratio", 1), decay, section.DoubleOrNull("ema"), steps, epochs,
            task.PuzzleEmbedding is null ? 0 : puzzle.Double("lr", lr), task.PuzzleEmbedding is null ? 0 : puzzle.Double("weight_decay", decay),
            section.Sub("groups").Entries.Select(e => BindGroup(section.Sub("groups"), e.Key, networks, recursion)).OfType<ParameterGroup>().ToEquatableArray(), BindRefill());
    }

    private bool BindRefill()
    {
        var section = root.Sub("data");
        if (section.Text("refill", "offered") != "queue")
        {
            return false;
        }

        var (steps, stop) = SupervisionBinder.Loop(root);
        var why = stop != BatchStop.PerSample ? "with 'loop: per_batch' all rows take their examples together"
            : steps.Phases.All(p => p.Value == 1) ? "with N_sup: 1 every row takes one at every step" : null;
        if (why is not null)
        {
            diagnostics.Add(SpecDiagnostic.AtKey(Rules.WithoutEffect, section.At("refill"), "refill", why));
        }

        return why is null;
    }

    private MuonDefaults? BindMuon(Section training, OptimizerKind optimizer, double decay)
    {
        var section = training.Sub("muon");
        if (optimizer == OptimizerKind.Muon)
        {
            return new(section.Double("lr", 0.02), section.Double("weight_decay", decay), section.Double("momentum", 0.95), section.Text("scale", "original") == "match_rms_adamw");
        }

        if (section.Exists)
        {
            diagnostics.Add(SpecDiagnostic.AtKey(Rules.WithoutEffect, section.Path, "muon", "the optimizer is another one"));
        }

        return null;
    }

    private ParameterGroup? BindGroup(Section groups, string name, EquatableArray<Network> networks, RecursionProgram recursion)
    {
        var weights = new Dictionary<string, string[]>(StringComparer.Ordinal) { ["embed_tokens"] = ["embed_tokens."], ["lm_head"] = ["lm_head."] };
        if (root.Sub("block").Text("positions", "rope") == "learned")
        {
            weights["embed_pos"] = ["embed_pos."];
        }

        if (root.Sub("supervision").Flag("step_embedding"))
        {
            weights["embed_step"] = ["embed_step."];
        }

        if (root.Sub("act").Exists)
        {
            weights["q_head"] = ["q_head."];
        }

        foreach (var network in networks)
        {
            weights[network.Name] = [network.StateDict + "."];
        }

        foreach (var latent in recursion.Latents.Where(l => l.Init == LatentInit.Learned))
        {
            weights[latent.Name] = [.. Enumerable.Range(1, latent.Elements).Select(latent.StateDictOf)];
        }

        if (!weights.TryGetValue(name, out var prefixes))
        {
            var hint = Suggestions.DidYouMean(name, weights.Keys);
            diagnostics.Add(SpecDiagnostic.AtKey(Rules.UnknownGroup, NodePath.Key(groups.Path, name), name, hint.Length > 0 ? hint : $" (there are {string.Join(", ", weights.Keys)})"));
            return null;
        }

        var section = groups.Sub(name);
        var frozen = section.Flag("frozen");
        foreach (var key in Rates.Where(k => frozen && section[k] is not null))
        {
            diagnostics.Add(SpecDiagnostic.AtKey(Rules.WithoutEffect, section.At(key), key, "these weights are frozen"));
        }

        return new(name, prefixes.ToEquatableArray(), section.DoubleOrNull("lr"), section.DoubleOrNull("weight_decay"), frozen);
    }
}
