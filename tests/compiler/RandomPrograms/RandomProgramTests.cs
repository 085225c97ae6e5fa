using HrmGen.Checkpoints;
using HrmGen.Compiler.Model;
using HrmGen.Layers;
using HrmGen.Models;
using TorchSharp.Modules;
using Xunit.Abstractions;
using static TorchSharp.torch;

namespace HrmGen.Compiler.Tests.RandomPrograms;

/// <summary>
/// Keeps the compiler honest: random programs, compiled in every gradient mode, compute what a small interpreter of the un-lowered
/// program computes, gradients included. To run one seed alone set HRMGEN_SEED.
/// </summary>
public class RandomProgramTests(ITestOutputHelper output)
{
    private const int Programs = 200;
    private const int MaxUpdates = 60;
    private const double Tolerance = 1e-9;

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
            if (Check(program, registry[program.Name]) is { } failure)
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
                Add(prefix + "self_attn.qkv_proj.weight", 3 * a.Block.NumHeads * a.Block.HeadDim, h);
                Add(prefix + "self_attn.o_proj.weight", h, a.Block.NumHeads * a.Block.HeadDim);
                Add(prefix + "mlp_t.gate_up_proj.weight", 2 * a.Block.MixerIntermediateSize, a.Positions);
                Add(prefix + "mlp_t.down_proj.weight", a.Positions, a.Block.MixerIntermediateSize);
                Add(prefix + "mlp.gate_up_proj.weight", 2 * a.Block.IntermediateSize, h);
                Add(prefix + "mlp.down_proj.weight", h, a.Block.IntermediateSize);
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

    // The gradient of the recorded updates along one random direction, against the slope of their own forward: what lies before the
    // window keeps the weights of the centre, and loops end where they ended there.
    private static string? FiniteDifference(
        ArchitectureModel model, Dictionary<string, Tensor> weights, Tensor? rows, int[,] inputs, int recorded, Func<Tensor, Tensor, Tensor, Tensor> functional)
    {
        const double Step = 1e-6;
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var direction = weights.Where(w => w.Value.requires_grad).ToDictionary(w => w.Key, w => randn_like(w.Value), StringComparer.Ordinal);
        var alongRows = rows is null ? null : randn_like(rows);
        var anchor = (Weights: (IReadOnlyDictionary<string, Tensor>)weights, Input: PlainLayers.Embed(model, weights, rows, inputs));
        double At(double step)
        {
            var moved = weights.ToDictionary(w => w.Key, w => direction.TryGetValue(w.Key, out var d) ? w.Value + (step * d) : w.Value, StringComparer.Ordinal);
            var movedRows = rows is null ? null : rows + (step * alongRows!);
            var run = new Interpreter(model, moved).Run(PlainLayers.Embed(model, moved, movedRows, inputs), recorded, anchor);
            return functional(run.Logits, run.QHalt, run.QContinue).item<double>();
        }

        var slope = (At(Step) - At(-Step)) / (2 * Step);
        var gradient = direction.Sum(d => weights[d.Key].grad is { } g ? (g * d.Value).sum().item<double>() : 0)
            + (rows?.grad is { } ofRows ? (ofRows * alongRows!).sum().item<double>() : 0);
        return Math.Abs(slope - gradient) <= 1e-5 * Math.Max(1, Math.Abs(gradient)) ? null : $"the gradient along a direction is {gradient}, the slope {slope}";
    }

    private string? Check(CompiledProgram program, ModelEntry entry)
    {
        random.manual_seed(program.Seed);
        using var model = entry.Create(null);
        var architecture = program.Model!.Architecture;
        var state = StateDict.Of(model.Module).ToDictionary(s => s.name, s => s.tensor, StringComparer.Ordinal);
        Perturb(state);

        var draw = new Random(program.Seed);
        var (inputs, puzzles) = (new int[2, 5], new int[] { draw.Next(3), draw.Next(3) });
        for (var i = 0; i < 10; i++)
        {
            inputs[i / 5, i % 5] = draw.Next(7);
        }

        var (answer, halt, going) = (randn(2, 5, 7, dtype: float64), randn(2, dtype: float64), randn(2, dtype: float64));

        // The compiled model.
        model.Module.train();
        var x = model.Embed(tensor(inputs), tensor(puzzles));
        var start = model.InitialLatents(2);
        var end = model.Recur(start, x);
        var (q_halt, q_continue) = model.Q(end);
        var logits = model.Logits(end);
        Functional(logits, q_halt!, q_continue!).backward();

        // The interpreter, on leaves of its own.
        var leaves = state.ToDictionary(s => s.Key, s => Leaf(s.Value, architecture, s.Key), StringComparer.Ordinal);
        var rows = architecture.Task.PuzzleEmbedding is null ? null : stack(puzzles.Select(p => leaves["puzzle_emb.weights"].detach()[p])).detach().requires_grad_();
        var interpreter = new Interpreter(architecture, leaves);
        var recorded = interpreter.Recorded(program.Mode);
        if (recorded is null)
        {
            return "the compiler accepts a mode that has no meaning";
        }

        if (recorded != program.Model.Recursion.RecordedUpdates)
        {
            return $"records {program.Model.Recursion.RecordedUpdates} updates instead of {recorded}";
        }

        var expected = interpreter.Run(PlainLayers.Embed(architecture, leaves, rows, inputs), recorded.Value);
        Functional(expected.Logits, expected.QHalt, expected.QContinue).backward();

        ended += interpreter.EarlyEnds > 0 ? 1 : 0;
        if (start.Named.Any(l => l.Value.IsInvalid))
        {
            return "the pass disposed the latents that it was given";
        }

        return Differs("logits", logits, expected.Logits) ?? Differs("q_halt", q_halt, expected.QHalt) ?? Differs("q_continue", q_continue, expected.QContinue)
            ?? end.Named.Select(l => Differs(l.Name, l.Value, expected.Latents[l.Name])).FirstOrDefault(d => d is not null)
            ?? model.Module.named_parameters().Select(p => DiffersInGradient(p.name, p.parameter.grad, leaves[p.name].grad)).FirstOrDefault(d => d is not null)
            ?? DiffersInGradient("puzzle_emb", model.PuzzleEmbedding?.local_weights?.grad, rows?.grad)
            ?? FiniteDifference(architecture, leaves, rows, inputs, recorded.Value, Functional)
            ?? Sizes(model, entry.Spec, interpreter.EarlyEnds > 0);

        Tensor Functional(Tensor l, Tensor h, Tensor c) => (l * answer).sum() + (h * halt).sum() + (c * going).sum();
    }

    private static Tensor Leaf(Tensor value, ArchitectureModel architecture, string name)
    {
        // Buffers have no gradient: the puzzle embedding is trained through its rows, fixed initial latents not at all.
        var learned = architecture.Recursion.Latents.Where(l => l.Init == LatentInit.Learned)
            .SelectMany(l => Enumerable.Range(1, l.Elements).Select(l.StateDictOf)).Contains(name);
        var isBuffer = name == "puzzle_emb.weights" || (name.EndsWith("_init", StringComparison.Ordinal) && !learned);
        return value.detach().clone().requires_grad_(!isBuffer);
    }

    // Zeros and constants of the official initialization would hide slips. What a layer adds is damped, because deep recursion with
    // random weights is chaotic: it would blow up the last bit that two orders of summation differ in.
    private static void Perturb(Dictionary<string, Tensor> state)
    {
        using var gradient = no_grad();
        foreach (var (name, tensor) in state)
        {
            _ = tensor.add_(randn_like(tensor), 0.1);
            if (name.EndsWith("down_proj.weight", StringComparison.Ordinal) || name.EndsWith("o_proj.weight", StringComparison.Ordinal))
            {
                _ = tensor.mul_(0.1);
            }
        }
    }

    private static string? Differs(string name, Tensor? actual, Tensor expected)
    {
        if (actual is null)
        {
            return $"{name} is missing";
        }

        var difference = (actual - expected).abs().max().item<double>();
        var scale = Math.Max(1, expected.abs().max().item<double>());
        return difference <= Tolerance * scale ? null : $"{name} differs by {difference} at a scale of {scale}";
    }

    private static string? DiffersInGradient(string name, Tensor? actual, Tensor? expected)
    {
        var isZero = (Tensor? t) => t is null || t.abs().max().item<double>() == 0;
        return (actual, expected) switch
        {
            (null, null) => null,
            (null, { }) => isZero(expected) ? null : $"{name} has no gradient",
            ({ }, null) => isZero(actual) ? null : $"{name} has a gradient that it should not have",
            _ => Differs("the gradient of " + name, actual, expected!),
        };
    }

    private static string? Sizes(IRecursiveModel model, ModelSpec spec, bool endedEarly)
    {
        var parameters = model.Module.parameters().Sum((Parameter p) => p.numel());
        var calls = model.Module.named_children().Select(c => c.module).OfType<LayerStack>().Sum(s => s.Calls);
        return parameters != spec.Parameters ? $"{spec.Parameters} parameters are stated, {parameters} are there"
            : endedEarly ? (calls > spec.EffectiveDepth ? $"an effective depth of at most {spec.EffectiveDepth} is stated, {calls} layers ran" : null)
            : calls != spec.EffectiveDepth ? $"an effective depth of {spec.EffectiveDepth} is stated, {calls} layers ran"
            : null;
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
