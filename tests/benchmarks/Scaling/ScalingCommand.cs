using System.Globalization;
using HrmGen.Benchmarks.Measuring;
using HrmGen.Models;
using HrmGen.Native;
using static TorchSharp.torch;

namespace HrmGen.Benchmarks.Scaling;

/// <summary><c>scaling</c>: what a training step of the fused lowering costs over cycles, updates, supervision steps, rows and cells.</summary>
internal static class ScalingCommand
{
    private const int Rows = 16;

    public static int Run(string[] args)
    {
        switch (args)
        {
            case ["time", var count, .. var runs]:
                Time(int.Parse(count, CultureInfo.InvariantCulture), runs);
                return 0;
            case ["memory", var run]:
                ChildProcess.Answer(Growth(run));
                return 0;
        }

        var turns = Arguments.Number(args, "--turns", 12);
        Console.WriteLine(FormattableString.Invariant($"Training steps of the fused lowering in float32 on one thread, processor time, {turns} turns of each table."));
        Depth(turns);
        Compare("supervision steps", [.. Models("Supervision_").OrderBy(m => m.N_sup).Select(m => (m.N_sup.ToString(CultureInfo.InvariantCulture), m.Name, Rows, 1.0))], turns);
        Compare("rows, time for one", [.. new[] { 4, 8, 16, 32, 64 }.Select(rows => (rows.ToString(CultureInfo.InvariantCulture), "Depth_T3n6", rows, (double)rows))], turns);
        Compare("cells, time for one operation", [.. Models("Length_").OrderBy(m => m.SeqLen).Select(m => (m.SeqLen.ToString(CultureInfo.InvariantCulture), m.Name, Rows, (double)m.StepFlops))], turns);
        return 0;
    }

    private static IEnumerable<ModelSpec> Models(string prefix) => HrmModels.All.Select(m => m.Spec).Where(s => s.Name.StartsWith(prefix, StringComparison.Ordinal));

    private static void Depth(int turns)
    {
        var specs = Models("Depth_").Select(s => (Spec: s, T: Number(s.Name, 'T'), N: Number(s.Name, 'n'))).OrderBy(s => s.T).ThenBy(s => s.N).ToList();
        var times = ChildProcess.Run(["scaling", "time", turns.ToString(CultureInfo.InvariantCulture), .. specs.Select(s => $"{s.Spec.Name}:{Rows}")]);

        // Shares of a turn, which what else runs slows down as a whole.
        var turn = Statistics.Median(times.Select(t => t.Sum()));
        double[] ms = [.. specs.Select((_, i) => turn * Statistics.Median(times.Select(t => t[i] / t.Sum())))];
        double[][] calls = [.. specs.Select(s => (double[])[(s.T - 1) * (s.N + 1), s.N + 1])];
        var fit = LeastSquares.Fit(calls, ms);
        var c = fit.Coefficients;
        Console.WriteLine();
        Console.WriteLine(FormattableString.Invariant($"ms = {c[0]:F2} + {c[1]:F3} · calls without gradient + {c[2]:F3} · calls with gradient, R² = {fit.RSquared:F5}"));
        Console.WriteLine();
        Console.WriteLine("| T | n | calls without gradient | with gradient | ms | by the fit | most memory, MB |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        for (var i = 0; i < specs.Count; i++)
        {
            Console.WriteLine(FormattableString.Invariant(
                $"| {specs[i].T} | {specs[i].N} | {calls[i][0]} | {calls[i][1]} | {ms[i]:F1} | {c[0] + (c[1] * calls[i][0]) + (c[2] * calls[i][1]):F1} | {Memory($"{specs[i].Spec.Name}:{Rows}"):F0} |"));
        }
    }

    private static void Compare(string what, (string Value, string Model, int Rows, double Size)[] runs, int turns)
    {
        string[] names = [.. runs.Select(r => FormattableString.Invariant($"{r.Model}:{r.Rows}"))];
        var times = ChildProcess.Run(["scaling", "time", turns.ToString(CultureInfo.InvariantCulture), .. names]);
        double[][] sized = [.. times.Select(t => t.Select((v, i) => v / runs[i].Size).ToArray())];
        Console.WriteLine();
        Console.WriteLine($"| {what} | ms | over that of {runs[0].Value} | most memory, MB |");
        Console.WriteLine("|---|---|---|---|");
        for (var i = 0; i < runs.Length; i++)
        {
            Console.WriteLine(FormattableString.Invariant($"| {runs[i].Value} | {Statistics.Median(times.Select(t => t[i])):F1} | {Statistics.Ratio(sized, i, 0)} | {Memory(names[i]):F0} |"));
        }
    }

    private static double Memory(string run) => ChildProcess.Run("scaling", "memory", run)[0][0] / 1e6;

    // Name and rows of a model.
    private static TrainingRun Start(string run)
    {
        var parts = run.Split(':');
        return new(parts[0], int.Parse(parts[1], CultureInfo.InvariantCulture));
    }

    private static void Time(int turns, string[] names)
    {
        NativeLibraries.ThrowIfUnavailable();
        set_num_threads(1);
        List<TrainingRun> runs = [.. names.Select(Start)];
        foreach (var times in Turns.Of([.. runs.Select(r => (Action)r.Step)], turns, processor: true))
        {
            ChildProcess.Answer(times);
        }

        runs.ForEach(r => r.Dispose());
    }

    // What the steps of a model need beside what the process has already loaded.
    private static double Growth(string name)
    {
        NativeLibraries.ThrowIfUnavailable();
        var (run, bytes) = TrainingRun.Grow(() => Start(name));
        run.Dispose();
        return bytes;
    }

    // The number behind a letter of a name such as Depth_T3n6.
    private static int Number(string name, char letter) =>
        int.Parse(string.Concat(name[(name.IndexOf(letter, "Depth_".Length) + 1)..].TakeWhile(char.IsAsciiDigit)), CultureInfo.InvariantCulture);
}
