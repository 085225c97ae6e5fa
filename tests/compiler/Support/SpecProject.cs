namespace HrmGen.Compiler.Tests.Support;

/// <summary>A project of many specs, the same at every call: families of twenty files, as a project that runs experiments collects them.</summary>
/// <remarks>
/// A family is an abstract base with eight specs that extend it, one more that two others extend in turn, a matrix of four models, the presets
/// as they are or with a few keys changed, and three specs written out. Tests and benchmarks share it: it knows of no test framework.
/// </remarks>
internal sealed class SpecProject
{
    /// <summary>Files of a family.</summary>
    public const int FilesPerFamily = 20;

    /// <summary>Models of a family: a matrix file is four, and the base none.</summary>
    public const int ModelsPerFamily = 22;

    private const int Leaves = 8;

    private readonly int edited;

    /// <summary>A project.</summary>
    /// <param name="specs">Number of spec files, a multiple of twenty.</param>
    public SpecProject(int specs)
    {
        if (specs <= 0 || specs % FilesPerFamily != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(specs), specs, $"Families have {FilesPerFamily} files each");
        }

        // One in the middle: nothing may depend on being first or last.
        edited = specs / FilesPerFamily / 2;
        Files = [.. Enumerable.Range(0, specs / FilesPerFamily).SelectMany(Family)];
        LeafEdit = Edit($"leaf3_{edited}", "N_sup: 7", "N_sup: 5");
        CommentEdit = Edit($"leaf3_{edited}", "hrmgen: 1", "# A comment.\nhrmgen: 1");
        MiddleEdit = Edit($"middle_{edited}", "lr: 3.0e-4", "lr: 2.0e-4");
        BaseEdit = Edit($"base_{edited}", "hidden_size: 128", "hidden_size: 64");
    }

    /// <summary>The files.</summary>
    public IReadOnlyList<SpecFile> Files { get; }

    /// <summary>Another value in a spec that none extends.</summary>
    public SpecEdit LeafEdit { get; }

    /// <summary>A comment more in the same spec.</summary>
    public SpecEdit CommentEdit { get; }

    /// <summary>Another value in a model that two others extend.</summary>
    public SpecEdit MiddleEdit { get; }

    /// <summary>Another value in an abstract base.</summary>
    public SpecEdit BaseEdit { get; }

    /// <summary>The model of <see cref="LeafEdit"/>.</summary>
    public string LeafModel => $"Leaf3_{edited}";

    /// <summary>The models that <see cref="MiddleEdit"/> changes.</summary>
    public IEnumerable<string> MiddleModels => [$"Middle_{edited}", $"Under1_{edited}", $"Under2_{edited}"];

    /// <summary>The models that <see cref="BaseEdit"/> changes: all that extend the base, directly or not.</summary>
    public IEnumerable<string> BaseModels =>
    [
        .. Enumerable.Range(1, Leaves).Select(leaf => $"Leaf{leaf}_{edited}"),
        .. MiddleModels,
        .. new[] { "T1_n2", "T1_n3", "T2_n2", "T2_n3" }.Select(cell => $"Grid{edited}_{cell}"),
    ];

    private static IEnumerable<SpecFile> Family(int family)
    {
        SpecFile File(string folder, string name, string text) => new($"/project/models/{folder}/{name}_{family}.hrm.yaml", "hrmgen: 1\n" + text);
        SpecFile Model(string folder, string name, string text) => File(folder, name, $"name: {char.ToUpperInvariant(name[0])}{name[1..]}_{family}\n{text}");

        yield return File("bases", "base", $$"""
            abstract: true
            extends: hrmgen:trm
            # What the experiments of one family have in common.
            task: { vocab_size: {{family % 9 + 6}}, seq_len: 36, puzzle_embedding: { tokens: 4 } }
            block: { hidden_size: 128, num_heads: 4 }
            precision: { forward: float32 }
            training: { batch_size: 64, optimizer: adamw, warmup_steps: 100, epochs: null, steps: 3000 }

            """);
        for (var leaf = 1; leaf <= Leaves; leaf++)
        {
            yield return Model("leaves", "leaf" + leaf, $$"""
                extends: ../bases/base_{{family}}.hrm.yaml
                supervision: { N_sup: {{leaf + 4}} }
                recursion: { let: { T: {{leaf % 3 + 1}}, n: {{leaf % 5 + 2}} } }
                training: { ema: {{(leaf % 2 == 0 ? "none" : "0.99")}} }

                """);
        }

        yield return Model("leaves", "middle", $"extends: ../bases/base_{family}.hrm.yaml\nsummary: A learning rate of its own.\ntraining: {{ lr: 3.0e-4 }}\n");
        yield return Model("leaves/under", "under1", $"extends: ../middle_{family}.hrm.yaml\nact: {{ exploration: 0.2 }}\n");
        yield return Model("leaves/under", "under2", $"extends: ../middle_{family}.hrm.yaml\nrecursion: {{ gradient: full, let: {{ T: 1 }} }}\n");
        yield return File("leaves", "grid", $$"""
            name: Grid{{family}}_T{T}_n{n}
            extends: ../bases/base_{{family}}.hrm.yaml
            matrix: { recursion.let.T: [1, 2], recursion.let.n: [2, 3] }

            """);
        foreach (var (name, text) in Presets)
        {
            yield return Model("presets", name, text);
        }

        foreach (var (name, text) in WrittenOut)
        {
            yield return Model("own", name, text);
        }
    }

    private static readonly (string Name, string Text)[] Presets =
    [
        ("hrm", "extends: hrmgen:hrm\n"),
        ("trm", "extends: hrmgen:trm\ntask: { puzzle_embedding: { count: 1000 } }\n"),
        ("mlp", "extends: hrmgen:trm\nblock: { mixer: mlp, positions: none, num_heads: null, rope_theta: null }\n"),
        ("direct", "extends: hrmgen:transformer\nblock: { hidden_size: 256 }\n"),
    ];

    private static readonly (string Name, string Text)[] WrittenOut =
    [
        ("plain", """
            summary: Everything said by the spec itself.
            task: { vocab_size: 11, seq_len: 81 }
            block: { hidden_size: 64, num_heads: 4, expansion: 4, mixer: attention, positions: rope }
            networks: { f: { layers: 2 } }
            recursion:
              let: { T: 3, n: 6 }
              latents: { z_H: { init: buffer }, z_L: { init: learned } }
              program:
                - repeat: T
                  do:
                    - { repeat: n, do: ["z_L = f(z_L + (z_H + x))"] }
                    - "z_H = f(z_H + z_L)"
              gradient: last_cycle
            heads: { logits: z_H, q: { from: z_H, at: 0 } }
            supervision: { N_sup: 16 }
            act: { loss: { halt: 0.5 }, halt_when: q_halt > 0, exploration: 0.1 }
            loss: { kind: softmax }
            training: { batch_size: 256, optimizer: adamw, lr: 1.0e-3 }

            """),
        ("levels", """
            task: { vocab_size: 11, seq_len: 81 }
            block: { hidden_size: 64, num_heads: 4 }
            networks: { f: { layers: 2 } }
            recursion:
              let: { T: 2, n: 6 }
              latents: { z_H: { init: buffer }, z_L: { count: 6, state_dict: "L{i}_init" } }
              program:
                - repeat: T
                  do:
                    - { for: i in 1..n, do: ["z_L[i] = f(sum(z_L) + (z_H + x))"] }
                    - "z_H = f(z_H + sum(z_L))"
              gradient: last_cycle
            heads: { logits: z_H }

            """),
        ("clocks", """
            task: { vocab_size: 11, seq_len: 81 }
            block: { hidden_size: 64, num_heads: 4 }
            networks: { f_L: { layers: 2 }, f_M: { layers: 2 }, f_H: { layers: 2 } }
            recursion:
              let: { N: 4, T: 3 }
              latents: { z_L: { init: buffer }, z_M: { init: buffer }, z_H: { init: buffer } }
              program:
                - for: c in 1..N
                  do:
                    - { repeat: T, do: ["z_L = f_L(z_L + (z_M + z_H + x))"] }
                    - { every: 2, do: ["z_M = f_M(z_M + z_L)"] }
                    - "z_H = f_H(z_H + z_M)"
              gradient: one_step
            heads: { logits: z_H }
            supervision: { N_sup: 8 }

            """),
    ];

    private SpecEdit Edit(string name, string before, string after)
    {
        var file = Files.Single(f => f.Path.EndsWith($"/{name}.hrm.yaml", StringComparison.Ordinal));
        var text = file.GetText().ToString();
        return text.Contains(before, StringComparison.Ordinal)
            ? new(file, new(file.Path, text.Replace(before, after, StringComparison.Ordinal)))
            : throw new InvalidOperationException($"{file.Path} has no '{before}'");
    }
}

/// <summary>A file before and after an edit.</summary>
internal sealed record SpecEdit(SpecFile Before, SpecFile After);
