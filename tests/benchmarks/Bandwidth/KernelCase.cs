using System.Runtime.InteropServices;
using HrmGen.Kernels;

namespace HrmGen.Benchmarks.Bandwidth;

/// <summary>A kernel on the sizes of a TRM layer for some examples: its arrays, and the bytes that it has to read and write once.</summary>
/// <param name="Name">As the table calls it.</param>
/// <param name="Bytes">What it reads and writes, each number once.</param>
/// <param name="Sizes">Numbers of each array.</param>
/// <param name="Body">The kernel on the arrays.</param>
internal sealed unsafe record KernelCase(string Name, long Bytes, long[] Sizes, Action<nint[]> Body) : IDisposable
{
    private const int Hidden = 128, Heads = 4, Positions = 97, Width = 512;

    private nint[] given = [];
    private nint[] arrays = [];

    /// <summary>All kernels.</summary>
    public static IReadOnlyList<KernelCase> All(long examples)
    {
        var (rows, latent) = (examples * Positions, examples * Positions * Hidden);
        var (gates, scores) = (rows * Width, examples * Heads * Positions * Positions);
        KernelCase Case(string name, long numbers, long[] sizes, Action<nint[]> body) => new(name, numbers * sizeof(float), sizes, body);
        static float* At(nint array) => (float*)array;
        return
        [
            Case("sum of three", 4 * latent, [latent, latent, latent], a => Kernels<float>.Cpu.Sum(At(a[0]), a, latent)),
            Case("RMS norm of a sum", (3 * latent) + rows, [latent, latent, latent, rows], a => Kernels<float>.Cpu.RmsNorm(At(a[0]), At(a[1]), At(a[2]), At(a[3]), rows, Hidden, 1e-5)),
            Case("its gradient", (3 * latent) + rows, [latent, latent, rows], a => Kernels<float>.Cpu.RmsNormBackward(At(a[0]), At(a[1]), At(a[2]), At(a[0]), false, rows, Hidden)),
            Case("RMS norm over positions", 3 * latent, [latent, latent, latent, examples * Hidden], a => Kernels<float>.Cpu.RmsNormOverPositions(At(a[0]), At(a[1]), At(a[2]), At(a[3]), examples, Positions, Hidden, 1e-5)),
            Case("its gradient", 3 * latent, [latent, latent, examples * Hidden, examples * Hidden], a => Kernels<float>.Cpu.RmsNormOverPositionsBackward(At(a[0]), At(a[1]), At(a[2]), At(a[0]), false, At(a[3]), examples, Positions, Hidden)),
            Case("SwiGLU", 3 * gates, [2 * gates, gates], a => Kernels<float>.Cpu.SwiGLU(At(a[0]), At(a[1]), rows, Width)),
            Case("its gradient", 6 * gates, [2 * gates, gates], a => Kernels<float>.Cpu.SwiGLUBackward(At(a[0]), At(a[1]), rows, Width)),
            Case("softmax", 2 * scores, [scores], a => Kernels<float>.Cpu.Softmax(At(a[0]), examples * Heads * Positions, Positions)),
            Case("its gradient", 3 * scores, [scores, scores], a => Kernels<float>.Cpu.SoftmaxBackward(At(a[0]), At(a[1]), examples * Heads * Positions, Positions)),
            Case("rotation", 4 * latent, [3 * latent, Positions * Hidden / Heads, Positions * Hidden / Heads], a => Kernels<float>.Cpu.Rotate(At(a[0]), At(a[1]), At(a[2]), rows, Positions, Heads, Hidden / Heads, false)),
            Case("AdamW", 7 * latent, [latent, latent, latent, latent], a => MomentKernels<float>.Step([Span(a, latent)], 0.9, 0.95, new AdamWRule<float>(1e-8f))),
            Case("AdamATan2", 7 * latent, [latent, latent, latent, latent], a => MomentKernels<float>.Step([Span(a, latent)], 0.9, 0.95, default(AdamATan2Rule<float>))),
            Case("moving average", 3 * latent, [latent, latent], a => MomentKernels<float>.Average([(a[0], a[1], latent)], 0.001)),
        ];
    }

    /// <summary>Puts the given numbers back: kernels that work in place would go on from their own results, down to numbers of other speed.</summary>
    public void Prepare()
    {
        if (arrays.Length == 0)
        {
            (given, arrays) = ([.. Sizes.Select(Allocate)], [.. Sizes.Select(Allocate)]);
        }

        for (var i = 0; i < arrays.Length; i++)
        {
            Buffer.MemoryCopy((void*)given[i], (void*)arrays[i], Sizes[i] * sizeof(float), Sizes[i] * sizeof(float));
        }
    }

    public void Run() => Body(arrays);

    public void Dispose()
    {
        foreach (var array in given.Concat(arrays))
        {
            NativeMemory.AlignedFree((void*)array);
        }
    }

    private static MomentSpan Span(nint[] a, long count) => new(a[0], a[1], a[2], a[3], count, 0.9999, 1e-3, 1.5);

    // Positive numbers, so that a square may be one of them.
    private static nint Allocate(long count)
    {
        var memory = (float*)NativeMemory.AlignedAlloc((nuint)(count * sizeof(float)), 64);
        var random = new Random(1);
        for (long i = 0; i < count; i++)
        {
            memory[i] = random.NextSingle() + 0.1f;
        }

        return (nint)memory;
    }
}
