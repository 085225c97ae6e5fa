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

        var earlier = BindEarlier();
        var networks = root.Sub("networks").Entries.Select(e => BindNetwork(e.Key)).ToEquatableArray();
        var acts = new ActBinder(root, diagnostics);
        var act = acts.BindAct();
        var heads = BindHeads(scope, act, task);
        var loss = root.Sub("loss");
        var stablemax = loss.Text("kind", "stablemax") == "stablemax";
        var precision = root.Sub("precision");
        var model = heads is null ? null : new ArchitectureModel(
            spec.Namespace, root.Text("name", ""), root.Text("summary", "").Trim(), spec.Source, task, block, networks, recursion, earlier, heads,
            acts.BindSupervision(), act,
            new(stablemax, DTypeOf(loss.Text("precision", stablemax ? "float64" : "float32"))),
            new(DTypeOf(precision.Text("parameters", "float32")), DTypeOf(precision.Text("forward", "float32")), DTypeOf(precision.Text("internal", "float32"))),
            new TrainingBinder(root, diagnostics).Bind(task, networks, recursion));
        if (model is not null)
        {
            CheckNames(model);
        }

        return diagnostics.Any(d => d.Rule.Severity == Severity.Error) ? null : model;
    }

    // The same program under the constants of each earlier phase; what is wrong with one is wrong with all, or is told of it alone.
    private EquatableArray<EarlierProgram> BindEarlier()
    {
        var let = root.Sub("recursion").Sub("let");
        var starts = let.Entries.Select(e => let.Schedule(e.Key)).OfType<Schedule>().SelectMany(s => s.Phases.Select(p => p.From)).Distinct().OrderBy(f => f).ToList();
        if (starts.Count > ScheduleType.MaxPhases)
        {
            diagnostics.Add(SpecDiagnostic.AtKey(Rules.TooLarge, let.Path, $"The constants change at {starts.Count - 1} points of training; they have at most {ScheduleType.MaxPhases} phases together"));
            return EquatableArray<EarlierProgram>.Empty;
        }

        var programs = new List<EarlierProgram>();
        for (var i = 0; i + 1 < starts.Count; i++)
        {
            var findings = new List<SpecDiagnostic>();
            if (new RecursionBinder(root.Sub("recursion"), root.Sub("networks"), findings, starts[i]).Bind(root.Text("name", "")).Program is { } program)
            {
                programs.Add(new(starts[i + 1], program));
            }

            diagnostics.AddRange(findings.Where(f => !diagnostics.Contains(f)));
        }

        return programs.ToEquatableArray();
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

        if (outputs == 1 && (act.Continue is not null || act.Rule == HaltRule.Continue))
        {
            diagnostics.Add(SpecDiagnostic.At(Rules.NoContinueOutput, q.At("outputs"), act.Continue is not null ? "The continue loss" : "'halt_when: q_halt > q_continue'"));
        }

        // A head that no loss and no halting rule reads would only be dead weight: "act: none" leaves it out.
        return from is null ? null : new(logits, act.UsesQ ? new(from, at, outputs) : null);
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
