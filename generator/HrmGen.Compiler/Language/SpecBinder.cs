using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Language.Blocks;
using HrmGen.Compiler.Model;
using HrmGen.Compiler.Parsing;

namespace HrmGen.Compiler.Language;

/// <summary>Turns a merged tree that the validator has passed into the architecture, and checks what spans several keys.</summary>
internal sealed class SpecBinder(LinkedSpec spec, List<SpecDiagnostic> diagnostics)
{
    private readonly Section root = new(spec.Root, "");

    /// <summary>The architecture; null after an error.</summary>
    public ArchitectureModel? Bind()
    {
        var task = BindTask();
        var block = new BlockBinder(root.Sub("block"), diagnostics).Bind(task);
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
            spec.Namespace, root.Text("name", ""), root.Text("summary", "").Trim(), root.Text("published", "").Trim(), spec.Source, task, block, networks, recursion, earlier, heads,
            new SupervisionBinder(root, diagnostics).Bind(scope, recursion, act), act,
            new(stablemax, DTypeOf(loss.Text("precision", stablemax ? "float64" : "float32")), loss.Double("label_smoothing", 0), loss.Text("target", "label") == "path"),
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
        var (let, gradient) = (root.Sub("recursion").Sub("let"), root.Sub("recursion").Sub("gradient"));
        var starts = let.Entries.Select(e => let.Schedule(e.Key)).Append(gradient.Schedule("last_updates")).OfType<Schedule>().SelectMany(s => s.Phases.Select(p => p.From)).Distinct().OrderBy(f => f).ToList();
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
        var (grid, puzzle) = (BindGrid(section, length), section.Sub("puzzle_embedding"));
        if (!puzzle.Exists)
        {
            return new(vocab, length, grid, null);
        }

        var hidden = root.Sub("block").Int("hidden_size", 1);
        var dim = puzzle.Int("dim", hidden);
        var needed = (dim + hidden - 1) / hidden;
        var tokens = puzzle.Int("tokens", needed);
        if (tokens < needed)
        {
            diagnostics.Add(SpecDiagnostic.At(Rules.PuzzleTokensTooFew, puzzle.At("tokens"), tokens, hidden, (long)tokens * hidden, dim, needed));
        }

        return new(vocab, length, grid, new(puzzle.Int("count", 1), dim, tokens));
    }

    private Grid? BindGrid(Section task, int length)
    {
        if (task["grid"] is not SpecSequence { Items: [SpecScalar rows, SpecScalar columns] })
        {
            return null;
        }

        var grid = new Grid((int)(Scalars.Integer(rows) ?? 1), (int)(Scalars.Integer(columns) ?? 1));
        if ((long)grid.Rows * grid.Columns != length)
        {
            diagnostics.Add(SpecDiagnostic.At(Rules.Contradiction, task.At("grid"),
                $"A grid of {Invariant.Text(grid.Rows)} rows and {Invariant.Text(grid.Columns)} columns has {Invariant.Text((long)grid.Rows * grid.Columns)} cells, and seq_len is {Invariant.Text(length)}"));
        }

        return grid;
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
            ["embed_step"] = "the vectors of the supervision steps",
            ["puzzle_emb"] = "the puzzle embedding",
            ["rotary_emb"] = "the rotary table",
            ["lm_head"] = "the language-model head",
            ["q_head"] = "the halting head",
        };
        var names = model.Networks.Select(n => (n.StateDict, NodePath.Key(NodePath.Key("networks", n.Name), "state_dict"), $"the network '{n.Name}'"))
            .Concat(model.Recursion.Latents.Where(l => l.HasVector).SelectMany(l => Enumerable.Range(1, l.Elements)
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
