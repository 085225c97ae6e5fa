using HrmGen.Compiler.Model;
using Xunit.Abstractions;
using static TorchSharp.torch;

namespace HrmGen.Compiler.Tests.RandomPrograms;

/// <summary>
/// Keeps the compiler honest: random programs, compiled in every gradient mode, compute what a small interpreter of the un-lowered
/// program computes, gradients included. To run one seed alone set HRMGEN_SEED.
/// </summary>
[Collection(AloneCollection.Name)]
public class RandomProgramTests(ITestOutputHelper output)
{
    private const int Programs = 200;
    private const int MaxUpdates = 60;

    private int ended;

    [Fact]
    public void Two_hundred_random_programs_equal_their_interpretation()
    {
        var programs = Draw();
        var accepted = programs.Where(p => p.Model is not null).ToList();
        var registry = CompiledPrograms.Load(accepted.Select(p => p.Model!));
        var failures = new List<string>();
        foreach (var program in accepted)
        {
            using var scope = NewDisposeScope();
            var check = new ProgramCheck(program, registry[program.Name]);
            var failure = check.Run();
            ended += check.EarlyEnds > 0 ? 1 : 0;
            if (failure is not null)
            {
                failures.Add($"seed {program.Seed}, {program.Mode.Text}: {failure}\n{program.Text}");
            }
        }

        Assert.True(failures.Count == 0, $"{failures.Count} of {accepted.Count} differ\n{string.Join("\n", failures.Take(2))}");
        AssertCoverage(programs);
    }

    /// <summary>Every program in every mode; a mode that the compiler refuses, the interpreter must find meaningless too.</summary>
    private static List<CompiledProgram> Draw()
    {
        var only = Environment.GetEnvironmentVariable("HRMGEN_SEED");
        var seeds = only is null ? Enumerable.Range(1, 10_000) : [int.Parse(only, System.Globalization.CultureInfo.InvariantCulture)];
        var programs = new List<CompiledProgram>();
        var count = 0;
        foreach (var seed in seeds)
        {
            var text = RandomSpec.Write(seed);
            var full = CompiledPrograms.Lower(seed, text, $"P{seed}Full", new(GradientKind.Full, 0));
            if (full.Model is null)
            {
                // Of all that the generator writes, only a program whose answer never sees x, or one that runs on for long, is refused.
                Assert.All(full.Errors, e => Assert.Matches("^HRM00(30|28)", e));
                continue;
            }

            if (full.Model.Recursion.Updates > MaxUpdates)
            {
                continue;
            }

            programs.Add(full);
            var k = new Random(seed).Next(1, full.Model.Recursion.Updates + 2);
            programs.Add(CompiledPrograms.Lower(seed, text, $"P{seed}OneStep", new(GradientKind.OneStep, 0)));
            programs.Add(CompiledPrograms.Lower(seed, text, $"P{seed}LastCycle", new(GradientKind.LastCycle, 0)));
            programs.Add(CompiledPrograms.Lower(seed, text, $"P{seed}Last{k}", new(GradientKind.LastUpdates, k)));
            programs.Add(CompiledPrograms.Lower(seed, text, $"P{seed}FixedPoint", new(GradientKind.FixedPoint, 4 * full.Model.Recursion.Updates, 0.05)));
            if (++count == Programs)
            {
                break;
            }
        }

        foreach (var group in programs.GroupBy(p => p.Seed))
        {
            var architecture = group.First().Model!.Architecture;
            foreach (var refused in group.Where(p => p.Model is null))
            {
                using var scope = NewDisposeScope();
                Assert.False(HasMeaning(architecture, refused.Mode), $"seed {refused.Seed}: {refused.Mode.Text} was refused: {string.Join("; ", refused.Errors)}\n{refused.Text}");
            }
        }

        return programs;
    }

    // Does a gradient reach x at all? Asked of autograd, not of an analysis.
    private static bool HasMeaning(ArchitectureModel architecture, GradientMode mode)
    {
        var weights = FreshWeights(architecture);
        var interpreter = new Interpreter(architecture with { Recursion = architecture.Recursion with { Gradient = mode } }, weights);
        if (interpreter.Recorded(mode) is not { } recorded)
        {
            return false;
        }

        var x = randn(1, architecture.Positions, architecture.Block.HiddenSize, dtype: float64, requires_grad: true);
        var logits = interpreter.Run(x, recorded).Logits;
        if (!logits.requires_grad)
        {
            return false;
        }

        logits.sum().backward();
        return x.grad is not null;
    }

    // Weights of the right shapes, from a module that the runtime would build is not needed: names follow from the spec.
    private static Dictionary<string, Tensor> FreshWeights(ArchitectureModel a)
    {
        var (h, weights) = (a.Block.HiddenSize, new Dictionary<string, Tensor>(StringComparer.Ordinal));
        void Add(string name, params long[] shape) => weights[name] = randn(shape, dtype: float64).mul(0.3).requires_grad_();
        foreach (var network in a.Networks)
        {
            for (var i = 0; i < network.Layers; i++)
            {
                var prefix = $"{network.StateDict}.layers.{i}.";
                if (a.Block.Mixer.Kind == "attention")
                {
                    var width = a.Block.Mixer["num_heads"] * a.Block.Mixer["head_dim"];
                    Add(prefix + "self_attn.qkv_proj.weight", 3 * width, h);
                    Add(prefix + "self_attn.o_proj.weight", h, width);
                }
                else
                {
                    Add(prefix + "mlp_t.gate_up_proj.weight", 2 * a.Block.Mixer["mixer_intermediate_size"], a.Positions);
                    Add(prefix + "mlp_t.down_proj.weight", a.Positions, a.Block.Mixer["mixer_intermediate_size"]);
                }

                var intermediate = a.Block.FeedForward["intermediate_size"];
                Add(prefix + "mlp.gate_up_proj.weight", 2 * intermediate, h);
                Add(prefix + "mlp.down_proj.weight", h, intermediate);
                if (a.Block.FeedForward.Kind == "conv_swiglu")
                {
                    Add(prefix + "mlp.dwconv.weight", intermediate, 1, a.Block.FeedForward["conv_kernel"]);
                    Add(prefix + "mlp.dwconv.bias", intermediate);
                }
            }
        }

        Add("lm_head.weight", a.Task.VocabSize, h);
        Add("q_head.weight", 2, h);
        Add("q_head.bias", 2);
        foreach (var latent in a.Recursion.Latents)
        {
            for (var i = 1; i <= latent.Elements; i++)
            {
                Add(latent.StateDictOf(i), h);
            }
        }

        return weights;
    }

    // The sample has to hold what it claims to test.
    private void AssertCoverage(List<CompiledProgram> programs)
    {
        var full = programs.Where(p => p.Mode.Kind == GradientKind.Full).ToList();
        var counts = new Dictionary<string, (int Found, int Least)>
        {
            ["programs"] = (full.Count, Programs),
            ["every"] = (full.Count(p => p.Text.Contains("every:", StringComparison.Ordinal)), 40),
            ["for"] = (full.Count(p => p.Text.Contains("for:", StringComparison.Ordinal)), 40),
            ["indexed latents"] = (full.Count(p => p.Text.Contains("count:", StringComparison.Ordinal) && p.Text.Contains('[', StringComparison.Ordinal)), 60),
            ["two networks"] = (full.Count(p => p.Model!.Architecture.Networks.Count > 1), 60),
            ["dead updates"] = (full.Count(p => p.Model!.Sizes.EffectiveDepth < Depth(p.Model)), 20),
            ["hoisted values"] = (full.Count(p => Hoists(p.Model!)), 40),
            ["nested loops"] = (full.Count(p => p.Model!.Architecture.Recursion.Body.Any(s => s is Loop l && l.Body.Any(i => i is Loop))), 40),
            ["one_step"] = (programs.Count(p => p.Mode.Kind == GradientKind.OneStep && p.Model is not null), 100),
            ["last_cycle"] = (programs.Count(p => p.Mode.Kind == GradientKind.LastCycle && p.Model is not null), 100),
            ["fixed_point"] = (programs.Count(p => p.Mode.Kind == GradientKind.FixedPoint && p.Model is not null), 100),
            ["fused"] = (programs.Count(p => p.Model is { Architecture.Fused: true }), 300),
            ["until"] = (full.Count(p => p.Text.Contains("until:", StringComparison.Ordinal)), 40),
            ["loops that ended early"] = (ended, 100),
            ["last_updates"] = (programs.Count(p => p.Mode.Kind == GradientKind.LastUpdates && p.Model is not null), 100),
        };
        output.WriteLine(string.Join(", ", counts.Select(c => $"{c.Key} {c.Value.Found}")));
        if (Environment.GetEnvironmentVariable("HRMGEN_SEED") is null)
        {
            Assert.All(counts, c => Assert.True(c.Value.Found >= c.Value.Least, $"only {c.Value.Found} with {c.Key}"));
        }
    }

    private static int Depth(LoweredModel model)
    {
        using var scope = NewDisposeScope();
        var interpreter = new Interpreter(model.Architecture, FreshWeights(model.Architecture));
        return interpreter.Run(randn(1, model.Architecture.Positions, model.Architecture.Block.HiddenSize, dtype: float64), 0).LayerCalls;
    }

    private static bool Hoists(LoweredModel model)
    {
        static bool In(IEnumerable<Statement> body) => body.Any(s => s is Hoist || (s is Loop l && In(l.Body)) || (s is Every e && In(e.Body)));
        return In(model.Recursion.WithGradient) || In(model.Recursion.WithoutGradient);
    }
}
