using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Model;
using HrmGen.Compiler.Parsing;

namespace HrmGen.Compiler.Language;

/// <summary>Turns a merged tree that the validator has passed into the architecture, and checks what spans several keys.</summary>
internal sealed class SpecBinder(LinkedSpec spec, List<SpecDiagnostic> diagnostics)
{
    private static readonly string[] AttentionKeys = ["num_heads", "head_dim", "rope_theta"];

    private readonly Section root = new(spec.Root, "");

    /// <summary>The architecture; null after an error.</summary>
    public ArchitectureModel? Bind()
    {
        var task = BindTask();
        var block = BindBlock(task);
        var (recursion, scope) = new RecursionBinder(root.Sub("recursion"), root.Sub("networks"), diagnostics).Bind(root.Text("name", ""));
        if (recursion is null)
        {
            return null;
        }

        var networks = root.Sub("networks").Entries.Select(e => BindNetwork(e.Key)).ToEquatableArray();
        var act = BindAct();
        var heads = BindHeads(scope, act, task);
        var loss = root.Sub("loss");
        var stablemax = loss.Text("kind", "stablemax") == "stablemax";
        var precision = root.Sub("precision");
        var model = heads is null ? null : new ArchitectureModel(
            spec.Namespace, root.Text("name", ""), root.Text("summary", "").Trim(), spec.Source, task, block, networks, recursion, heads,
            new(root.Sub("supervision").Int("N_sup", 16)), act,
            new(stablemax, DTypeOf(loss.Text("precision", stablemax ? "float64" : "float32"))),
            new(DTypeOf(precision.Text("parameters", "float32")), DTypeOf(precision.Text("forward", "float32")), DTypeOf(precision.Text("internal", "float32"))),
            BindTraining(task));
        if (model is not null)
        {
            CheckNames(model);
        }

        return diagnostics.Any(d => d.Rule.Severity == Severity.Error) ? null : model;
    }

    private TaskShape BindTask()
    {
        var section = root.Sub("task");
        var (vocab, length) = (section.Int("vocab_size", 2), section.Int("seq_len", 1));
        var puzzle = section.Sub("puzzle_embedding");
        if (!puzzle.Exists)
        {
            return new(vocab, length, null);
        }

        var hidden = root.Sub("block").Int("hidden_size", 1);
        var dim = puzzle.Int("dim", hidden);
        var needed = (dim + hidden - 1) / hidden;
        var tokens = puzzle.Int("tokens", needed);
        if (tokens < needed)
        {
            diagnostics.Add(SpecDiagnostic.At(Rules.PuzzleTokensTooFew, puzzle.At("tokens"), tokens, hidden, (long)tokens * hidden, dim, needed));
        }

        return new(vocab, length, new(puzzle.Int("count", 1), dim, tokens));
    }

    private BlockShape BindBlock(TaskShape task)
    {
        var section = root.Sub("block");
        var hidden = section.Int("hidden_size", 1);
        var attention = section.Text("mixer", "attention") == "attention";
        var expansion = section.Double("expansion", 4);
        var positions = section.Text("positions", "rope") switch
        {
            "rope" => PositionEncoding.Rope,
            "learned" => PositionEncoding.Learned,
            _ => PositionEncoding.None,
        };
        var (heads, headDim) = attention ? BindHeadSizes(section, hidden) : (0, 0);
        if (!attention)
        {
            WarnWithoutAttention(section);
            positions = positions == PositionEncoding.Rope ? PositionEncoding.None : positions;
        }

        if (positions == PositionEncoding.Rope && headDim % 2 != 0)
        {
            diagnostics.Add(SpecDiagnostic.At(Rules.OddRotaryDim, section.At(section["head_dim"] is null ? "num_heads" : "head_dim"), headDim));
        }

        return new(hidden, attention ? Mixer.Attention : Mixer.Mlp, heads, headDim, expansion, BlockShape.SwiGluWidth(hidden, expansion),
            attention ? 0 : BlockShape.SwiGluWidth(task.SeqLen + task.PuzzleTokens, expansion),
            positions, section.Double("rope_theta", 10_000), section.Double("rms_norm_eps", 1e-5));
    }

    private (int Heads, int HeadDim) BindHeadSizes(Section section, int hidden)
    {
        if (section["num_heads"] is null)
        {
            diagnostics.Add(SpecDiagnostic.AtKey(Rules.MissingKey, section.Path, "Block", "num_heads", "attention needs the number of heads"));
            return (1, 2);
        }

        var heads = section.Int("num_heads", 1);
        if (section["head_dim"] is not null)
        {
            return (heads, section.Int("head_dim", 1));
        }

        if (hidden % heads != 0)
        {
            diagnostics.Add(SpecDiagnostic.At(Rules.NotDivisible, section.At("num_heads"), hidden, heads));
            return (heads, 2);
        }

        return (heads, hidden / heads);
    }

    private void WarnWithoutAttention(Section section)
    {
        foreach (var key in AttentionKeys.Where(k => section[k] is not null))
        {
            diagnostics.Add(SpecDiagnostic.AtKey(Rules.WithoutEffect, section.At(key), key, "the mixer is 'mlp', which has no heads"));
        }

        if (section.Text("positions", "none") == "rope")
        {
            diagnostics.Add(SpecDiagnostic.AtKey(Rules.WithoutEffect, section.At("positions"), "positions: rope", "rotary positions work inside attention, and the mixer is 'mlp'; write 'none'"));
        }
    }

    private Network BindNetwork(string name)
    {
        var section = root.Sub("networks").Sub(name);
        return new(name, section.Int("layers", 1), section.Text("state_dict", name));
    }

    private Act BindAct()
    {
        var section = root.Sub("act");
        var loss = section.Sub("loss");
        var (halt, next) = (loss.DoubleOrNull("halt"), loss.DoubleOrNull("continue"));
        var (rule, threshold) = (halt, next) switch
        {
            (_, not null) => (HaltRule.Continue, 0.0),
            (not null, _) => (HaltRule.Threshold, 0.0),
            _ => (HaltRule.Never, 0.0),
        };
        if (section["halt_when"] is { } when)
        {
            (rule, threshold) = new ProgramBinder(new(), diagnostics)
                .Read(when, section.At("halt_when"), "'halt_when' is a condition, as in 'q_halt > 0'", EquationParser.ParseHaltRule) ?? (rule, threshold);
        }

        var exploration = section.Double("exploration", 0);
        var steps = root.Sub("supervision").Int("N_sup", 16);
        if (exploration > 0 && (rule == HaltRule.Never || steps == 1))
        {
            var why = steps == 1 ? "with N_sup: 1 every row halts after its only step" : "no row halts before its last step, so there is nothing to delay";
            diagnostics.Add(SpecDiagnostic.AtKey(Rules.WithoutEffect, section.At("exploration"), "exploration", why));
            exploration = 0;
        }

        return new(halt, next, rule, threshold, exploration);
    }

    private Heads? BindHeads(Scope scope, Act act, TaskShape task)
    {
        var (section, reader) = (root.Sub("heads"), new ProgramBinder(scope, diagnostics));
        LatentRef? Read(Section at, string key) => reader.ReadRef(at[key], at.At(key), "This names a latent", t => EquationParser.ParseLatent(t, scope));
        if (Read(section, "logits") is not { } logits)
        {
            return null;
        }

        var q = section.Sub("q");
        var from = q["from"] is null ? logits : Read(q, "from");
        var (at, outputs) = (q.Int("at", 0), q.Int("outputs", 2));
        if (at >= task.SeqLen + task.PuzzleTokens)
        {
            diagnostics.Add(SpecDiagnostic.At(Rules.PositionOutOfRange, q.At("at"), at, task.SeqLen + task.PuzzleTokens));
        }

        if (outputs == 1 && (act.ContinueWeight is not null || act.Rule == HaltRule.Continue))
        {
            diagnostics.Add(SpecDiagnostic.At(Rules.NoContinueOutput, q.At("outputs"), act.ContinueWeight is not null ? "The continue loss" : "'halt_when: q_halt > q_continue'"));
        }

        // A head that no loss and no halting rule reads would only be dead weight: "act: none" leaves it out.
        return from is null ? null : new(logits, act.UsesQ ? new(from, at, outputs) : null);
    }

    private TrainingDefaults BindTraining(TaskShape task)
    {
        var section = root.Sub("training");
        var (lr, decay) = (section.Double("lr", 1e-4), section.Double("weight_decay", 0.1));
        var (steps, epochs) = (section.LongOrNull("steps"), section.LongOrNull("epochs"));
        if (steps is not null && epochs is not null)
        {
            diagnostics.Add(SpecDiagnostic.AtKey(Rules.Contradiction, section.At("steps"), "'steps' and 'epochs' both say how long training lasts; set one of them to null"));
        }

        var betas = section["betas"] is SpecSequence { Items: var items } ? items.Select(i => Scalars.Number((SpecScalar)i) ?? 0).ToArray() : [0.9, 0.95];
        var puzzle = section.Sub("puzzle_embedding");
        if (puzzle.Exists && task.PuzzleEmbedding is null)
        {
            diagnostics.Add(SpecDiagnostic.AtKey(Rules.WithoutEffect, puzzle.Path, "training.puzzle_embedding", "this model has no puzzle embedding ('task.puzzle_embedding')"));
        }

        return new(section.Int("batch_size", 768), section.Text("optimizer", "adam_atan2") == "adam_atan2", betas[0], betas[1], lr,
            section.Int("warmup_steps", 2000), section.Double("lr_min_ratio", 1), decay, section.DoubleOrNull("ema"), steps, epochs,
            task.PuzzleEmbedding is null ? 0 : puzzle.Double("lr", lr), task.PuzzleEmbedding is null ? 0 : puzzle.Double("weight_decay", decay));
    }

    // Checkpoints and emitted members need names that differ.
    private void CheckNames(ArchitectureModel model)
    {
        var taken = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["embed_tokens"] = "the token embedding",
            ["embed_pos"] = "the learned positions",
            ["puzzle_emb"] = "the puzzle embedding",
            ["rotary_emb"] = "the rotary table",
            ["lm_head"] = "the language-model head",
            ["q_head"] = "the halting head",
        };
        var names = model.Networks.Select(n => (n.StateDict, NodePath.Key(NodePath.Key("networks", n.Name), "state_dict"), $"the network '{n.Name}'"))
            .Concat(model.Recursion.Latents.Where(l => l.Init != LatentInit.Zeros).SelectMany(l => Enumerable.Range(1, l.Elements)
                .Select(i => (l.StateDictOf(i), NodePath.Key(NodePath.Key("recursion.latents", l.Name), "state_dict"), $"the latent '{l.Name}'"))));
        foreach (var (name, path, owner) in names)
        {
            if (taken.TryGetValue(name, out var other))
            {
                var hint = other == owner ? "give an indexed latent's name a {i}, as in 'L{i}_init'" : "rename one";
                diagnostics.Add(SpecDiagnostic.At(Rules.Contradiction, path, $"The checkpoint name '{name}' belongs to {other} and to {owner}; {hint}"));
                return;
            }

            taken[name] = owner;
        }
    }

    private static DType DTypeOf(string name) => name switch
    {
        "float64" => DType.Float64,
        "float32" => DType.Float32,
        _ => DType.BFloat16,
    };
}
