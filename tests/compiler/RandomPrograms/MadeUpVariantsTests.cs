using System.Globalization;
using HrmGen.Compiler.Model;
using HrmGen.Compiler.Tests.Linking;
using HrmGen.Data;
using HrmGen.Models;
using static TorchSharp.torch;

namespace HrmGen.Compiler.Tests.RandomPrograms;

/// <summary>
/// Variants that nobody published: each compiles, computes what the interpreter computes, at every phase of training, and learns.
/// </summary>
[Collection(AloneCollection.Name)]
public class MadeUpVariantsTests
{
    private const string Base = """
        hrmgen: 1
        abstract: true
        task: { vocab_size: 7, seq_len: 6, puzzle_embedding: { count: 3, dim: 16 } }
        block: { hidden_size: 16, num_heads: 2, expansion: 1 }
        act: { loss: { halt: 0.5, continue: 0.5 }, exploration: 0.25 }
        precision: { parameters: float64, forward: float64, internal: float64 }
        training: { batch_size: 8, lr: 5.0e-3, warmup_steps: 0, steps: 20 }
        """;

    // A notebook w between the two clocks, written every other cycle.
    private const string Notebook = """
        hrmgen: 1
        name: Notebook{T}{gradient}
        extends: base.hrm.yaml
        networks: { f: { layers: 1 }, g: { layers: 2 } }
        recursion:
          let: { T: 1, n: 2 }
          latents: { z_H: {}, z_L: { init: learned }, w: { init: zeros } }
          program:
            - repeat: T
              do:
                - { repeat: n, do: ["z_L = f(z_L + 0.5 * w + x)"] }
                - { every: 2, do: ["w = g(w + z_L)"] }
                - "z_H = g(z_H + z_L + -1 * w)"
            - "z_H = f(z_H + w)"
          gradient: full
        heads: { logits: z_H, q: { from: z_H } }
        supervision: { N_sup: 3 }
        matrix:
          recursion.let.T: [2, 3]
          recursion.gradient: { Step: one_step, Four: { last_updates: 4 }, Full: full }
        """;

    // A ladder of latents whose climb lengthens as training goes on, while supervision gets deeper and halting more important.
    private const string Ladder = """
        hrmgen: 1
        name: Ladder
        extends: base.hrm.yaml
        networks: { f: { layers: 1 } }
        recursion:
          let: { N: { at: { 0: 1, 0.35: 2, 0.7: 4 } }, n: 3 }
          latents: { z: { count: n }, y: { init: learned } }
          program:
            - repeat: N
              do:
                - { for: i in 2..n, do: ["z[i] = f(z[i] + z[i-1] + x)"] }
                - "z[1] = f(z[1] + z[n] + y)"
                - "y = f(y + sum(z))"
          gradient: last_cycle
        heads: { logits: y, q: { from: "z[2]", at: 1 } }
        supervision: { N_sup: { at: { 0: 2, 0.5: 4 } }, loop: per_batch }
        act: { loss: { halt: { at: { 0: 0, 0.5: 1 } }, continue: 0.25 } }
        """;

    // Thinks until it has stopped changing its mind, then answers; twice.
    private const string Ponder = """
        hrmgen: 1
        name: Ponder
        extends: base.hrm.yaml
        networks: { f: { layers: 1 }, g: { layers: 1 } }
        recursion:
          latents: { z_H: {}, z_L: {} }
          program:
            - repeat: 2
              do:
                - { repeat: 12, until: residual < 0.2, do: ["z_L = f(0.25 * z_L + z_H + x)"] }
                - "z_H = g(z_H + z_L)"
          gradient: last_cycle
        heads: { logits: z_H, q: { from: z_L } }
        supervision: { N_sup: 2 }
        act: { evaluate: { residual: 0.01 } }
        """;

    // A gradient that deepens as training goes on, through layers of every kind that a spec can ask for.
    private const string Thaw = """
        hrmgen: 1
        name: Thaw
        extends: base.hrm.yaml
        task: { grid: [2, 3] }
        block: { norm: pre_rms, feed_forward: conv_swiglu, positions: rope2d }
        networks: { f: { layers: 1 }, g: { layers: 1 } }
        recursion:
          latents: { z_H: { std: 0.5 }, z_L: {} }
          program: [{ repeat: 2, do: [{ repeat: 2, do: ["z_L = f(z_L + (z_H + x))"] }, "z_H = g(z_H + z_L)"] }]
          gradient: { last_updates: { at: { 0: 2, 0.3: 4, 0.6: 6 } } }
        heads: { logits: z_H, q: { from: z_H } }
        supervision: { N_sup: 2 }
        """;

    private static readonly Lazy<(Dictionary<string, LoweredModel> Models, IReadOnlyDictionary<string, ModelEntry> Entries)> Compiled = new(() =>
    {
        var project = Project.Of(("base.hrm.yaml", Base), ("notebook.hrm.yaml", Notebook), ("ladder.hrm.yaml", Ladder), ("ponder.hrm.yaml", Ponder), ("thaw.hrm.yaml", Thaw));
        Assert.Empty(project.Shown);
        var models = new[] { "notebook.hrm.yaml", "ladder.hrm.yaml", "ponder.hrm.yaml", "thaw.hrm.yaml" }.SelectMany(f => project[f].Models).ToDictionary(m => m.Architecture.Name, StringComparer.Ordinal);
        return (models, CompiledPrograms.Load(models.Values, "MadeUpVariants"));
    });

    public static TheoryData<string> Names => [.. Compiled.Value.Models.Keys];

    [Fact]
    public void They_are_these() => Assert.Equal(
        ["Notebook2Step", "Notebook2Four", "Notebook2Full", "Notebook3Step", "Notebook3Four", "Notebook3Full", "Ladder", "Ponder", "Thaw"], Compiled.Value.Models.Keys);

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_equals_its_interpretation_at_every_phase(string name)
    {
        var (models, entries) = Compiled.Value;
        var model = models[name];
        var phases = model.Architecture.Earlier.Zip(model.Earlier, (a, l) => (a.Until, Program: (RecursionProgram?)a.Program, Lowered: (LoweredRecursion?)l))
            .Append((1.1, null, null)).ToList();
        Assert.Equal(name is "Ladder" or "Thaw" ? 3 : 1, phases.Count);
        var (from, ended) = (0.0, 0);
        foreach (var (until, program, lowered) in phases)
        {
            foreach (var progress in new[] { from, (from + Math.Min(1, until)) / 2 })
            {
                using var scope = NewDisposeScope();
                var compiled = new CompiledProgram(7, name, name, (program ?? model.Architecture.Recursion).Gradient, model, []);
                var check = new ProgramCheck(compiled, entries[name], progress, program, lowered);
                Assert.Null(check.Run());
                ended += check.EarlyEnds;
            }

            from = until;
        }

        Assert.Equal(name == "Ponder", ended > 0);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_trains_twenty_steps_with_a_falling_loss(string name)
    {
        var entry = Compiled.Value.Entries[name];
        random.manual_seed(2);
        using var model = entry.Create(null);
        using var step = entry.CreateTrainingStep(model, null);
        using var batch = Batch(8);
        var (losses, depths) = (new List<double>(), new List<int>());
        for (var i = 0; i < 20; i++)
        {
            using var scope = NewDisposeScope();
            var output = step.Step(batch);
            losses.Add(output.Losses.lm_loss.item<double>());
            depths.Add(output.steps.max().item<int>());
        }

        Assert.All(losses, loss => Assert.True(double.IsFinite(loss)));
        Assert.True(losses.TakeLast(4).Average() < 0.9 * losses.Take(3).Average(), string.Join(' ', losses.Select(l => l.ToString("0.00", CultureInfo.InvariantCulture))));
        if (name == "Ladder")
        {
            // N_sup is 2 in the first half and 4 in the second.
            Assert.Equal((2, 4), (depths.Take(10).Max(), depths.Skip(10).Max()));
        }
    }

    private static PuzzleBatch Batch(int rows)
    {
        var draw = new Random(4);
        var (inputs, labels, puzzles) = (new int[rows, 6], new int[rows, 6], new int[rows]);
        for (var row = 0; row < rows; row++)
        {
            puzzles[row] = draw.Next(3);
            for (var cell = 0; cell < 6; cell++)
            {
                labels[row, cell] = draw.Next(1, 7);
                inputs[row, cell] = draw.Next(2) == 0 ? labels[row, cell] : 0;
            }
        }

        return PuzzleBatch.Create(inputs, labels, puzzles);
    }
}
