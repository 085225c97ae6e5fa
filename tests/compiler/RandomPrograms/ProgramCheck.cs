using HrmGen.Checkpoints;
using HrmGen.Compiler.Model;
using HrmGen.Layers;
using HrmGen.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HrmGen.Compiler.Tests.RandomPrograms;

/// <summary>Holds a compiled model against the interpreter: one pass, its gradients, their slope, and the numbers that the spec states.</summary>
/// <param name="program">What was compiled.</param>
/// <param name="entry">The compiled model.</param>
/// <param name="progress">The share of training at which it runs.</param>
/// <param name="phase">The program of that share, where it is not the last.</param>
/// <param name="lowered">What the compiler made of it.</param>
internal sealed class ProgramCheck(
    CompiledProgram program, ModelEntry entry, double progress = 1, RecursionProgram? phase = null, LoweredRecursion? lowered = null)
{
    private const double Tolerance = 1e-9;

    /// <summary>Loops that ended early.</summary>
    public int EarlyEnds { get; private set; }

    /// <summary>What differs, or null.</summary>
    public string? Run()
    {
        random.manual_seed(program.Seed);
        using var model = entry.Create(null);
        var architecture = program.Model!.Architecture with { Recursion = phase ?? program.Model.Architecture.Recursion };
        model.Progress = progress;
        var state = StateDict.Of(model.Module).ToDictionary(s => s.name, s => s.tensor, StringComparer.Ordinal);
        Perturb(state);

        var draw = new Random(program.Seed);
        var (inputs, puzzles) = (new int[2, 6], new int[] { draw.Next(3), draw.Next(3) });
        for (var i = 0; i < 12; i++)
        {
            inputs[i / 6, i % 6] = draw.Next(7);
        }

        var (answer, halt, going) = (randn(2, 6, 7, dtype: float64), randn(2, dtype: float64), randn(2, dtype: float64));

        // The interpreter, on leaves of its own.
        var leaves = state.ToDictionary(s => s.Key, s => Leaf(s.Value, architecture, s.Key), StringComparer.Ordinal);
        var rows = architecture.Task.PuzzleEmbedding is null ? null : stack(puzzles.Select(p => leaves["puzzle_emb.weights"].detach()[p])).detach().requires_grad_();
        var interpreter = new Interpreter(architecture, leaves);
        var recorded = interpreter.Recorded(program.Mode);
        if (recorded is null)
        {
            return "the compiler accepts a mode that has no meaning";
        }

        if (recorded != (lowered ?? program.Model.Recursion).RecordedUpdates)
        {
            return $"records {(lowered ?? program.Model.Recursion).RecordedUpdates} updates instead of {recorded}";
        }

        var expected = interpreter.Run(PlainLayers.Embed(architecture, leaves, rows, inputs), recorded.Value);
        Functional(expected.Logits, expected.QHalt, expected.QContinue).backward();

        EarlyEnds = interpreter.EarlyEnds;
        model.Module.train();
        foreach (var lowering in model.HasFusedForm ? [Lowering.Reference, Lowering.Fused] : new[] { Lowering.Reference })
        {
            model.Lowering = lowering;
            if (Compiled() is { } difference)
            {
                return $"{lowering}: {difference}";
            }
        }

        return FiniteDifference(architecture, leaves, rows, inputs, recorded.Value, Functional);

        string? Compiled()
        {
            foreach (var (_, parameter) in model.Module.named_parameters())
            {
                parameter.grad = null;
            }

            if (model.PuzzleEmbedding?.local_weights is { } local)
            {
                local.grad = null;
            }

            var calls = Calls(model);
            var x = model.Embed(tensor(inputs), tensor(puzzles));
            var start = model.InitialLatents(2);
            var end = model.Recur(start, x);
            var (q_halt, q_continue) = model.Q(end);
            var logits = model.Logits(end);
            Functional(logits, q_halt!, q_continue!).backward();
            if (start.Named.Any(l => l.Value.IsInvalid))
            {
                return "the pass disposed the latents that it was given";
            }

            return Differs("logits", logits, expected.Logits) ?? Differs("q_halt", q_halt, expected.QHalt) ?? Differs("q_continue", q_continue, expected.QContinue)
                ?? end.Named.Select(l => Differs(l.Name, l.Value, expected.Latents[l.Name])).FirstOrDefault(d => d is not null)
                ?? model.Module.named_parameters().Select(p => DiffersInGradient(p.name, p.parameter.grad, leaves[p.name].grad)).FirstOrDefault(d => d is not null)
                ?? DiffersInGradient("puzzle_emb", model.PuzzleEmbedding?.local_weights?.grad, rows?.grad)
                ?? Sizes(model, entry.Spec, phase is null, interpreter.EarlyEnds > 0, expected.LayerCalls, Calls(model) - calls);
        }

        Tensor Functional(Tensor l, Tensor h, Tensor c) => (l * answer).sum() + (h * halt).sum() + (c * going).sum();
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

    private static long Calls(IRecursiveModel model) => model.Module.named_children().Select(c => c.module).OfType<LayerStack>().Sum(s => s.Calls);

    // The stated depth is that of a whole pass at the end of training.
    private static string? Sizes(IRecursiveModel model, ModelSpec spec, bool isLast, bool endedEarly, int interpreted, long calls)
    {
        var parameters = model.Module.parameters().Sum((Parameter p) => p.numel());
        return parameters != spec.Parameters ? $"{spec.Parameters} parameters are stated, {parameters} are there"
            : calls > interpreted ? $"{calls} layers ran where the program calls {interpreted}"
            : endedEarly ? (calls > spec.EffectiveDepth ? $"an effective depth of at most {spec.EffectiveDepth} is stated, {calls} layers ran" : null)
            : isLast && calls != spec.EffectiveDepth ? $"an effective depth of {spec.EffectiveDepth} is stated, {calls} layers ran"
            : null;
    }
}
