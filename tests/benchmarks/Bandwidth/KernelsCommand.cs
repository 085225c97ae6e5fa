using System.Runtime.InteropServices;
using HrmGen.Benchmarks.Measuring;
using HrmGen.Kernels;
using HrmGen.Native;
using static TorchSharp.torch;

namespace HrmGen.Benchmarks.Bandwidth;

/// <summary><c>kernels</c>: the bytes a second of each kernel as a share of those of a plain copy that reads and writes as many, on one thread.</summary>
internal static unsafe class KernelsCommand
{
    // One example, as a group of the fused lowering has it in the second-level cache; a batch, in the third; and more than any cache holds.
    private static readonly (string Name, long Examples, int Turns)[] s_sizes = [("1 example", 1, 300), ("16 examples", 16, 60), ("128 examples", 128, 20)];

    public static int Run(string[] args)
    {
        NativeLibraries.ThrowIfUnavailable();
        set_num_threads(1);
        var factor = Arguments.Number(args, "--factor", 1);
        var isNarrow = Arguments.Text(args, "--format") == "bfloat16";
        Console.WriteLine($"Bytes a second as a share of a copy's; in brackets the 95 % interval of the median over turns. One thread, {(isNarrow ? "bfloat16" : "float32")}.");
        Console.WriteLine();
        var columns = s_sizes.Select(s => Cases(s.Examples, isNarrow).Select(k => (k.Name, Share: Share(k, factor * s.Turns))).ToList()).ToList();
        Console.WriteLine($"| kernel | {string.Join(" | ", s_sizes.Select(s => s.Name))} |");
        Console.WriteLine($"|---|{string.Concat(s_sizes.Select(_ => "---|"))}");
        for (var row = 0; row < columns[0].Count; row++)
        {
            Console.WriteLine($"| {columns[0][row].Name} | {string.Join(" | ", columns.Select(c => c[row].Share))} |");
        }

        return 0;
    }

    private static IEnumerable<KernelCase> Cases(long examples, bool isNarrow) =>
        isNarrow ? KernelCase.All<BFloat16>(examples) : [.. KernelCase.All<float>(examples), .. KernelCase.Optimizers(examples)];

    private static string Share(KernelCase kernel, int turns)
    {
        using var own = kernel;
        var half = (nuint)(kernel.Bytes / 2);
        void* from = NativeMemory.AlignedAlloc(half, 64), to = NativeMemory.AlignedAlloc(half, 64);
        void Copy() => NativeMemory.Copy(from, to, half);
        NativeMemory.Fill(from, half, 1);
        var rows = Turns.Of([kernel.Run, Copy], turns, warmup: 5, prepare: side => (side == 0 ? kernel.Prepare : (Action)Copy)()).ToList();
        NativeMemory.AlignedFree(from);
        NativeMemory.AlignedFree(to);
        return Statistics.Ratio(rows, 1, 0);
    }
}
