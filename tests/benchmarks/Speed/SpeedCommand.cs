using HrmGen.Benchmarks.Measuring;
using HrmGen.Models;
using HrmGen.Native;
using static TorchSharp.torch;

namespace HrmGen.Benchmarks.Speed;

/// <summary>
/// <c>speed</c>: whole training steps side by side, the naive baseline, the best eager form, the reference and the fused lowering in turn, and the floor of the products:
/// some pairs in each of some processes, and the ratios with their spread.
/// </summary>
internal static class SpeedCommand
{
    public static int Run(string[] args)
    {
        if (args is ["child", var model, var count])
        {
            Child(SpeedModel.All.Single(m => m.Name == model), int.Parse(count, System.Globalization.CultureInfo.InvariantCulture));
            return 0;
        }

        var (pairs, processes, only) = (Arguments.Number(args, "--pairs", 10), Arguments.Number(args, "--processes", 3), Arguments.Text(args, "--only"));
        Console.WriteLine(FormattableString.Invariant($"Training steps, {pairs} pairs in each of {processes} processes, {Environment.ProcessorCount} processors."));
        Console.WriteLine("Ratios of medians of pairs; in brackets the 95 % interval (bootstrap over pairs). Floor: the products of the step alone.");
        Console.WriteLine();
        Console.WriteLine("| model | fused ms | naive / fused | eager / fused | reference / fused | fused / floor |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var m in SpeedModel.All.Where(m => m.Name.Contains(only, StringComparison.OrdinalIgnoreCase)))
        {
            var rows = new List<double[]>();
            for (var process = 0; process < processes; process++)
            {
                rows.AddRange(ChildProcess.Run("speed", "child", m.Name, pairs.ToString(System.Globalization.CultureInfo.InvariantCulture)));
            }

            Console.WriteLine(FormattableString.Invariant(
                $"| {m.Title} | {Statistics.Median(rows.Select(r => r[3])):F0} | {Statistics.Ratio(rows, 0, 3)} | {Statistics.Ratio(rows, 1, 3)} | {Statistics.Ratio(rows, 2, 3)} | {Statistics.Ratio(rows, 3, 4)} |"));
        }

        return 0;
    }

    private static void Child(SpeedModel model, int pairs)
    {
        NativeLibraries.ThrowIfUnavailable();
        var entry = model.Entry;
        random.manual_seed(1);
        using var naive = new NaiveTraining(model.Shape, looksAhead: entry.Spec.ForwardPasses == 2);
        using var eager = new NaiveTraining(model.Shape, looksAhead: entry.Spec.ForwardPasses == 2, eager: true);
        using var reference = entry.Create(null);
        using var fused = entry.Create(null);
        reference.Lowering = Lowering.Reference;
        fused.Lowering = Lowering.Fused;
        using var referenceStep = entry.CreateTrainingStep(reference, null);
        using var fusedStep = entry.CreateTrainingStep(fused, null);
        IFloor floor = model.Shape.BFloat16 ? new ProductFloor<Kernels.BFloat16>(model.Shape, entry.Spec, model.Recorded) : new ProductFloor<float>(model.Shape, entry.Spec, model.Recorded);
        using var batch = model.Batch();
        foreach (var times in Turns.Of([() => naive.Step(batch), () => eager.Step(batch), () => Loss(referenceStep.Step(batch)), () => Loss(fusedStep.Step(batch)), floor.Run], pairs))
        {
            ChildProcess.Answer(times);
        }
    }

    private static void Loss(Training.StepOutput output)
    {
        using var scope = NewDisposeScope();
        _ = output.Losses.loss.to(float64).item<double>();
    }
}
