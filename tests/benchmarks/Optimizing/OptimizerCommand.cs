using HrmGen.Benchmarks.Measuring;
using HrmGen.Benchmarks.Speed;
using HrmGen.Native;
using HrmGen.Optimizers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using AdamW = HrmGen.Optimizers.AdamW;

namespace HrmGen.Benchmarks.Optimizing;

/// <summary>
/// <c>optimizer</c>: a step of the optimizers and of the moving average by torch's operators and by the kernel, on parameters of the TRM of the other
/// figures; beside them the kernel on one parameter of the same size, which is what a flat buffer could gain, and libtorch's own fused AdamW.
/// </summary>
internal static class OptimizerCommand
{
    public static int Run(string[] args)
    {
        NativeLibraries.ThrowIfUnavailable();
        var turns = Arguments.Number(args, "--turns", 300);
        set_num_threads(Arguments.Number(args, "--threads", get_num_threads()));
        random.manual_seed(1);
        using var model = SpeedModel.All[0].Entry.Create(null);
        long[][] shapes = [.. model.Module.named_parameters().Select(p => p.parameter.shape)];
        long[][] flat = [[shapes.Sum(s => s.Aggregate(1L, (a, b) => a * b))]];
        Console.WriteLine(FormattableString.Invariant($"{shapes.Length} parameters of {flat[0][0]:N0} numbers in float32, {turns} turns, {get_num_threads()} threads{(get_num_threads() == 1 ? ", processor time" : "")}."));
        Console.WriteLine();
        Console.WriteLine("| step | kernel µs | torch / kernel | kernel / kernel on a flat buffer | libtorch's fused / kernel |");
        Console.WriteLine("|---|---|---|---|---|");
        Row("AdamW", turns, Stepper(new AdamW(Parameters(shapes), 0.9, 0.95, 0.1), false), Stepper(new AdamW(Parameters(shapes), 0.9, 0.95, 0.1), true), Stepper(new AdamW(Parameters(flat), 0.9, 0.95, 0.1), true), Libtorch(shapes));
        Row("AdamATan2", turns, Stepper(new AdamATan2(Parameters(shapes), 0.9, 0.95, 0.1), false), Stepper(new AdamATan2(Parameters(shapes), 0.9, 0.95, 0.1), true), Stepper(new AdamATan2(Parameters(flat), 0.9, 0.95, 0.1), true));
        Row("moving average", turns, Averager(shapes, false), Averager(shapes, true), Averager(flat, true));
        return 0;
    }

    private static void Row(string name, int turns, params Action[] sides)
    {
        var rows = Turns.Of(sides, turns, warmup: 20, processor: get_num_threads() == 1).ToList();
        var rival = sides.Length > 3 ? Statistics.Ratio(rows, 3, 1) : "";
        Console.WriteLine(FormattableString.Invariant($"| {name} | {1000 * Statistics.Median(rows.Select(r => r[1])):F0} | {Statistics.Ratio(rows, 0, 1)} | {Statistics.Ratio(rows, 1, 2)} | {rival} |"));
    }

    private static Action Stepper(MomentOptimizer optimizer, bool kernels)
    {
        optimizer.UsesKernels = kernels;
        return () => optimizer.Step(1e-4);
    }

    private static Action Libtorch(long[][] shapes)
    {
        var optimizer = new LibtorchAdamW(Parameters(shapes).Select(p => p.parameter));
        return () => optimizer.Step(1e-4, 0.9, 0.95, 0.1, 1e-8);
    }

    private static Action Averager(long[][] shapes, bool kernels)
    {
        var average = new ExponentialMovingAverage(Parameters(shapes), 0.999) { UsesKernels = kernels };
        return average.Update;
    }

    // Each side has parameters of its own: as after a training step, they are not in the cache next to the core.
    private static (string name, Parameter parameter)[] Parameters(long[][] shapes) =>
        [.. shapes.Select((s, i) => ($"p{i}", new Parameter(randn(s)) { grad = randn(s) }))];
}
