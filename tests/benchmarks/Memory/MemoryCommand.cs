using HrmGen.Benchmarks.Measuring;
using HrmGen.Benchmarks.Scaling;
using HrmGen.Benchmarks.Speed;
using HrmGen.Models;
using HrmGen.Native;
using TorchSharp;

namespace HrmGen.Benchmarks.Memory;

/// <summary><c>memory</c>: what a long run holds from step to step, and the peak of a training step beside what the compiler expects.</summary>
internal static class MemoryCommand
{
    public static int Run(string[] args)
    {
        if (args is ["peak", var name, var word])
        {
            NativeLibraries.ThrowIfUnavailable();
            ChildProcess.Answer(Peak(SpeedModel.All.Single(m => m.Name == name), Enum.Parse<Lowering>(word)));
            return 0;
        }

        var lowering = Arguments.Text(args, "--lowering") == "reference" ? Lowering.Reference : Lowering.Fused;
        Peaks(lowering);
        LongRun(Arguments.Number(args, "--steps", 10_000), lowering);
        return 0;
    }

    private static void LongRun(int steps, Lowering lowering)
    {
        NativeLibraries.ThrowIfUnavailable();

        // TorchSharp counts tensors by thread.
        torch.set_num_threads(1);
        using var run = new TrainingRun("Depth_T1n1", 8, lowering);
        Console.WriteLine();
        Console.WriteLine("| step | resident, MB | managed, MB | live tensors of the thread |");
        Console.WriteLine("|---|---|---|---|");
        for (var step = 1; step <= steps; step++)
        {
            run.Step();
            if (step == 100 || step % (steps / 10) == 0)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                Console.WriteLine(FormattableString.Invariant(
                    $"| {step} | {Resident.Now / 1e6:F1} | {GC.GetTotalMemory(true) / 1e6:F1} | {DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount} |"));
            }
        }
    }

    private static void Peaks(Lowering lowering)
    {
        Console.WriteLine("| model | rows | weights, gradients, moments, average, latents, MB | expected of layers, MB | together | peak, MB | peak / together |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var model in SpeedModel.All)
        {
            var answer = ChildProcess.Run("memory", "peak", model.Name, lowering.ToString())[0];
            var (peak, state, layers) = (answer[0] / 1e6, answer[1] / 1e6, answer[2] / 1e6);
            Console.WriteLine(FormattableString.Invariant(
                $"| {model.Title} | {model.Shape.Batch} | {state:F1} | {layers:F1} | {state + layers:F1} | {peak:F1} | {peak / (state + layers):F2} |"));
        }
    }

    // Peak over what the process held before, bytes of what stays from step to step, and what the compiler expects of layers.
    private static double[] Peak(SpeedModel model, Lowering lowering)
    {
        var (run, peak) = TrainingRun.Grow(() => new(model.Name, model.Shape.Batch, lowering));
        using var _ = run;
        long Bytes(IEnumerable<torch.Tensor> tensors) => tensors.Sum(t => t.numel() * t.element_size());
        var parameters = Bytes(run.Model.Module.parameters());
        var state = (2 * parameters) + Bytes(run.State.State.Select(s => s.tensor)) + Bytes(run.State.Ema?.Shadow.Values ?? []);
        return [peak, state, (double)model.Shape.Batch * (lowering == Lowering.Fused ? run.Model.Info.FusedActivationBytes!.Value : run.Model.Info.ActivationBytes)];
    }
}
