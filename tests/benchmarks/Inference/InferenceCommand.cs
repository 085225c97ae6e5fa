using System.Globalization;
using HrmGen.Benchmarks.Measuring;
using HrmGen.Benchmarks.Speed;
using HrmGen.Data;
using HrmGen.Models;
using HrmGen.Native;
using static TorchSharp.torch;

namespace HrmGen.Benchmarks.Inference;

/// <summary><c>inference</c>: an answer after all supervision steps, by the naive baseline, the reference and the fused lowering in turn.</summary>
internal static class InferenceCommand
{
    public static int Run(string[] args)
    {
        if (args is ["child", var name, var count, var own])
        {
            Child(SpeedModel.All.Single(m => m.Name == name), int.Parse(count, CultureInfo.InvariantCulture), int.Parse(own, CultureInfo.InvariantCulture));
            return 0;
        }

        var (pairs, processes, threads) = (Arguments.Number(args, "--pairs", 8), Arguments.Number(args, "--processes", 2), Arguments.Number(args, "--threads", Environment.ProcessorCount));
        var only = Arguments.Text(args, "--only");
        Console.WriteLine(FormattableString.Invariant($"Answers, {pairs} pairs in each of {processes} processes, {threads} threads{(threads == 1 ? ", processor time" : "")}."));
        Console.WriteLine();
        Console.WriteLine("| model | supervision steps | fused ms | naive / fused | reference / fused |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var model in SpeedModel.All.Where(m => m.Name.StartsWith("Speed", StringComparison.Ordinal) && m.Name.Contains(only, StringComparison.OrdinalIgnoreCase)))
        {
            var rows = new List<double[]>();
            for (var process = 0; process < processes; process++)
            {
                rows.AddRange(ChildProcess.Run("inference", "child", model.Name, pairs.ToString(CultureInfo.InvariantCulture), threads.ToString(CultureInfo.InvariantCulture)));
            }

            Console.WriteLine(FormattableString.Invariant(
                $"| {model.Title} | {model.Entry.Spec.N_sup} | {Statistics.Median(rows.Select(r => r[2])):F0} | {Statistics.Ratio(rows, 0, 2)} | {Statistics.Ratio(rows, 1, 2)} |"));
        }

        return 0;
    }

    private static void Child(SpeedModel model, int pairs, int threads)
    {
        NativeLibraries.ThrowIfUnavailable();
        set_num_threads(threads);
        random.manual_seed(1);
        using var naive = new NaiveModel(model.Shape);
        using var compiled = model.Entry.Create(null);
        compiled.Module.eval();
        using var batch = model.Batch();
        Action[] sides = [() => Answer(naive, batch, model.Entry.Spec.N_sup), () => Answer(compiled, Lowering.Reference, batch), () => Answer(compiled, Lowering.Fused, batch)];
        foreach (var times in Turns.Of(sides, pairs, warmup: 1, processor: threads == 1))
        {
            ChildProcess.Answer(times);
        }
    }

    // A scope for each step on both sides: what a step needs is the memory of the next one.
    private static void Answer(NaiveModel model, PuzzleBatch batch, int steps)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var latents = model.Start();
        for (var step = 1; step <= steps; step++)
        {
            using var inner = NewDisposeScope();
            var (z_H, z_L, logits, _) = model.Step(latents, batch.inputs, batch.puzzle_identifiers);
            latents = (z_H.MoveToOuterDisposeScope(), z_L.MoveToOuterDisposeScope());
            Read(logits);
        }
    }

    private static void Answer(IRecursiveModel model, Lowering lowering, PuzzleBatch batch)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        model.Lowering = lowering;
        var (latents, x) = (model.InitialLatents(batch.Count), model.Embed(batch.inputs, batch.puzzle_identifiers));
        for (var step = 1; step <= model.Info.N_sup; step++)
        {
            using var inner = NewDisposeScope();
            latents = model.Recur(latents, x);
            Read(model.Logits(latents));
            model.Q(latents);
            foreach (var (_, value) in latents.Named)
            {
                value.MoveToOuterDisposeScope();
            }
        }
    }

    private static void Read(Tensor logits) => _ = logits.argmax(-1).sum().item<long>();
}
