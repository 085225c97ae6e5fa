using System.Globalization;
using HrmGen.Compiler.Parsing;

namespace HrmGen.Lab.Inspection;

/// <summary>What differs between two specs after merging, and what that changes.</summary>
internal sealed class SpecDifference(CompiledSpec left, CompiledSpec right, TextWriter output)
{
    // Words about a spec change nothing in the model.
    private static readonly string[] Words = ["hrmgen", "name", "summary", "published", "abstract"];

    /// <summary>Writes the keys that differ, the programs where they do, and the numbers.</summary>
    public void Write()
    {
        output.WriteLine($"{left.Architecture.Name} ({left.Architecture.Source}) -> {right.Architecture.Name} ({right.Architecture.Source})");
        var keys = Keys();
        var program = Program();
        output.WriteLine();
        foreach (var (key, old, now) in keys)
        {
            output.WriteLine($"{key}: {old} -> {now}");
        }

        foreach (var line in program)
        {
            output.WriteLine(line);
        }

        if (keys.Count == 0 && program.Count == 0)
        {
            output.WriteLine("The specs say the same.");
        }

        output.WriteLine();
        Numbers();
    }

    private List<(string Key, string Old, string New)> Keys()
    {
        var (a, b) = (Values(left), Values(right));
        return
        [
            .. a.Keys.Concat(b.Keys.Where(k => !a.ContainsKey(k)))
                .Where(k => !SpecKeys.AreEqual(a.GetValueOrDefault(k) ?? Default(a, k) ?? "", b.GetValueOrDefault(k) ?? Default(b, k) ?? ""))
                .Select(k => (k, Shown(a, k), Shown(b, k))),
        ];
    }

    private static string Shown(Dictionary<string, string> values, string key) =>
        values.GetValueOrDefault(key) ?? (Default(values, key) is { } text ? $"{text} (the default)" : "absent");

    private static string? Default(Dictionary<string, string> values, string key) =>
        SpecKeys.Default(key, place => values.Keys.Any(k => NodePath.IsWithin(k, place)));

    private static Dictionary<string, string> Values(CompiledSpec spec) => SpecKeys.Flatten(spec.Merged.Root)
        .Where(e => !Words.Contains(e.Key))
        .ToDictionary(e => e.Key, e => SpecKeys.Text(e.Value), StringComparer.Ordinal);

    private List<string> Program()
    {
        string[] old = [.. RecursionText.Lines(left.Architecture.Recursion.Body, "  ")], now = [.. RecursionText.Lines(right.Architecture.Recursion.Body, "  ")];
        return old.SequenceEqual(now) ? [] : [SpecKeys.Program + ":", .. LineDifference.Of(old, now)];
    }

    private void Numbers()
    {
        var (a, b) = (left.Sizes, right.Sizes);
        int rowsA = left.Architecture.Training.BatchSize, rowsB = right.Architecture.Training.BatchSize;
        var (memoryA, memoryB) = (MemoryEstimate.Of(left.Lowered, rowsA), MemoryEstimate.Of(right.Lowered, rowsB));
        TextTable.Write(output, "<>>>",
        [
            ["", left.Architecture.Name, right.Architecture.Name, ""],
            Row("parameters", a.Parameters, b.Parameters, Whole),
            Row("effective depth", a.EffectiveDepth, b.EffectiveDepth, Whole),
            Row("recorded depth", a.RecordedDepth, b.RecordedDepth, Whole),
            Row("forward passes", a.ForwardPasses, b.ForwardPasses, Whole),
            Row("one pass", a.ForwardFlops, b.ForwardFlops, Figures.Flops),
            Row("one step", a.StepFlops, b.StepFlops, Figures.Flops),
            Row("activations, one example", a.ActivationBytes, b.ActivationBytes, Figures.MiB),
            Row("memory, one batch", memoryA.Total, memoryB.Total, Figures.MiB),
            .. memoryA.FusedTotal is { } fusedA && memoryB.FusedTotal is { } fusedB ? new[] { Row("memory, one batch, fused", fusedA, fusedB, Figures.MiB) } : [],
        ]);
    }

    private static string Whole(double value) => Figures.Whole((long)value);

    private static string[] Row(string name, double old, double now, Func<double, string> text) =>
        [name, text(old), text(now), old == now ? "=" : old == 0 ? "new" : "x " + (now / old).ToString("0.00", CultureInfo.InvariantCulture)];
}
