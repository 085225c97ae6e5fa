using System.Diagnostics;
using System.Globalization;
using HrmGen.Data;
using HrmGen.Models;
using HrmGen.Native;
using static TorchSharp.torch;

namespace HrmGen.Benchmarks.Speed;

/// <summary>
/// <c>speed</c>: whole training steps side by side, the naive baseline, the reference and the fused lowering in turn, and the floor of the products:
/// some pairs in each of some processes, and the ratios with their spread.
/// </summary>
internal static class SpeedCommand
{
    private static readonly string[] s_sides = ["naive", "reference", "fused", "floor"];

    // Sizes of facts that everybody can check: 16 rows of Sudoku with 128 channels.
    private static readonly (string Name, NaiveShape Shape, int Recorded)[] s_models =
    [
        ("SpeedTrmAtt", new(11, 81, 16, 128, 4, 2, 3, 6, false, false, 16), 14),
        ("SpeedTrmMlp", new(11, 81, 16, 128, 4, 2, 3, 6, true, false, 16), 14),
        ("SpeedHrm", new(11, 81, 1, 128, 4, 4, 2, 2, false, true, 16), 8),
        ("SpeedTrmAttBf16", new(11, 81, 16, 128, 4, 2, 3, 6, false, false, 16, BFloat16: true), 14),
        ("SpeedTrmMlpBf16", new(11, 81, 16, 128, 4, 2, 3, 6, true, false, 16, BFloat16: true), 14),
        ("SpeedHrmBf16", new(11, 81, 1, 128, 4, 4, 2, 2, false, true, 16, BFloat16: true), 8),
        ("Sudoku4", new(6, 16, 1, 64, 4, 2, 2, 2, false, false, 64), 6), // the quickstart
    ];

    public static int Run(string[] args)
    {
        if (args is ["child", var model, var count])
        {
            Child(s_models.Single(m => m.Name == model), int.Parse(count, CultureInfo.InvariantCulture));
            return 0;
        }

        var (pairs, processes) = (Option(args, "--pairs", 10), Option(args, "--processes", 3));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Training steps in float32, {pairs} pairs in each of {processes} processes, {Environment.ProcessorCount} processors."));
        Console.WriteLine("Ratios of medians of pairs; in brackets the 95 % interval (bootstrap over pairs). Floor: the products of the step alone.");
        Console.WriteLine();
        Console.WriteLine("| model | fused ms | naive / fused | reference / fused | fused / floor |");
        Console.WriteLine("|---|---|---|---|---|");
        var only = Array.IndexOf(args, "--only") is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : "";
        foreach (var (name, _, _) in s_models.Where(m => m.Name.Contains(only, StringComparison.OrdinalIgnoreCase)))
        {
            var rows = new List<double[]>();
            for (var process = 0; process < processes; process++)
            {
                rows.AddRange(Measure(name, pairs));
            }

            string Ratio(int over, int under)
            {
                var (median, low, high) = Interval([.. rows.Select(r => r[over] / r[under])]);
                return string.Create(CultureInfo.InvariantCulture, $"{median:F2} [{low:F2}, {high:F2}]");
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name.Replace("Speed", "", StringComparison.Ordinal)} | {Median([.. rows.Select(r => r[2])]):F0} | {Ratio(0, 2)} | {Ratio(1, 2)} | {Ratio(2, 3)} |"));
        }

        return 0;
    }

    private static List<double[]> Measure(string name, int pairs)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [.. Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal) ? [typeof(SpeedCommand).Assembly.Location] : Array.Empty<string>(),
            "speed", "child", name, pairs.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        return process.ExitCode == 0 ? [.. lines.Select(l => l.Split(' ').Select(v => double.Parse(v, CultureInfo.InvariantCulture)).ToArray())]
            : throw new InvalidOperationException($"{name} ended with {process.ExitCode}");
    }

    private static void Child((string Name, NaiveShape Shape, int Recorded) model, int pairs)
    {
        NativeLibraries.ThrowIfUnavailable();
        var entry = HrmModels.All.Single(m => m.Spec.Name == model.Name);
        random.manual_seed(1);
        using var naive = new NaiveTraining(model.Shape, looksAhead: entry.Spec.ForwardPasses == 2);
        using var reference = entry.Create(null);
        using var fused = entry.Create(null);
        reference.Lowering = Lowering.Reference;
        fused.Lowering = Lowering.Fused;
        using var referenceStep = entry.CreateTrainingStep(reference, null);
        using var fusedStep = entry.CreateTrainingStep(fused, null);
        IFloor floor = model.Shape.BFloat16 ? new ProductFloor<Kernels.BFloat16>(model.Shape, entry.Spec, model.Recorded) : new ProductFloor<float>(model.Shape, entry.Spec, model.Recorded);
        using var batch = new PuzzleBatch(
            randint(1, model.Shape.Vocab, [model.Shape.Batch, model.Shape.Cells], dtype: int32), randint(1, model.Shape.Vocab, [model.Shape.Batch, model.Shape.Cells], dtype: int32), zeros(model.Shape.Batch, dtype: int32));
        Action[] sides =
        [
            () => naive.Step(batch),
            () => Loss(referenceStep.Step(batch)),
            () => Loss(fusedStep.Step(batch)),
            floor.Run,
        ];
        for (var pair = -3; pair < pairs; pair++)
        {
            var times = new double[s_sides.Length];
            for (var i = 0; i < sides.Length; i++)
            {
                // The order turns from pair to pair, so that no side always follows the same one.
                var side = (i + Math.Abs(pair)) % sides.Length;
                var watch = Stopwatch.StartNew();
                sides[side]();
                times[side] = watch.Elapsed.TotalMilliseconds;
            }

            if (pair >= 0)
            {
                Console.WriteLine(string.Join(' ', times.Select(t => t.ToString("R", CultureInfo.InvariantCulture))));
            }
        }
    }

    private static void Loss(Training.StepOutput output)
    {
        using var scope = NewDisposeScope();
        _ = output.Losses.loss.to(float64).item<double>();
    }

    private static int Option(string[] args, string name, int otherwise)
    {
        var at = Array.IndexOf(args, name);
        return at >= 0 && at + 1 < args.Length && int.TryParse(args[at + 1], out var value) ? value : otherwise;
    }

    private static double Median(double[] values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    private static (double Median, double Low, double High) Interval(double[] ratios)
    {
        var draw = new Random(1);
        var medians = Enumerable.Range(0, 2000).Select(_ => Median([.. Enumerable.Range(0, ratios.Length).Select(_ => ratios[draw.Next(ratios.Length)])])).Order().ToArray();
        return (Median(ratios), medians[50], medians[1949]);
    }
}
