using System.Runtime.InteropServices;
using HrmGen.Kernels;

namespace HrmGen.Benchmarks.Bandwidth;

/// <summary>Memory of a kernel.</summary>
/// <param name="Count">Numbers.</param>
/// <param name="IsWide">Whether they have the format that kernels compute in: factors and tables.</param>
internal sealed record KernelArray(long Count, bool IsWide = false)
{
    public static implicit operator KernelArray(long count) => new(count);
}

/// <summary>A kernel on the sizes of a TRM layer for some examples: its arrays, and the bytes that it has to read and write once.</summary>
/// <param name="Name">As the table calls it.</param>
/// <param name="Bytes">What it reads and writes, each number once.</param>
/// <param name="Size">Bytes of a number that is not wide.</param>
/// <param name="Arrays">Its memory.</param>
/// <param name="Body">The kernel on the arrays.</param>
internal sealed unsafe record KernelCase(string Name, long Bytes, int Size, KernelArray[] Arrays, Action<nint[]> Body) : IDisposable
{
    private const int Hidden = 128, Heads = 4, Positions = 97, Width = 512;

    private nint[] given = [];
    private nint[] arrays = [];

    /// <summary>The kernels between products.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="BFloat16"/>.</typeparam>
    /// <param name="examples">Examples.</param>
    public static IReadOnlyList<KernelCase> All<T>(long examples)
        where T : unmanaged
    {
        var (rows, latent, kernels) = (examples * Positions, examples * Positions * Hidden, Kernels<T>.Cpu);
        var (gates, scores) = (rows * Width, examples * Heads * Positions * Positions);
        KernelArray factors = new(rows, IsWide: true), columns = new(examples * Hidden, IsWide: true), table = new(Positions * Hidden / Heads, IsWide: true);
        static KernelCase Case(string name, long numbers, KernelArray[] arrays, Action<nint[]> body) => new(name, numbers * sizeof(T), sizeof(T), arrays, body);
        static T* At(nint array) => (T*)array;
        return
        [
            Case("sum of three", 4 * latent, [latent, latent, latent], a => kernels.Sum(At(a[0]), a, latent)),
            Case("RMS norm of a sum", (3 * latent) + rows, [latent, latent, latent, factors], a => kernels.RmsNorm(At(a[0]), At(a[1]), At(a[2]), At(a[3]), rows, Hidden, 1e-5)),
            Case("its gradient", (3 * latent) + rows, [latent, latent, factors], a => kernels.RmsNormBackward(At(a[0]), At(a[1]), At(a[2]), At(a[0]), false, rows, Hidden)),
            Case("RMS norm over positions", 3 * latent, [latent, latent, latent, columns], a => kernels.RmsNormOverPositions(At(a[0]), At(a[1]), At(a[2]), At(a[3]), examples, Positions, Hidden, 1e-5)),
            Case("its gradient", 3 * latent, [latent, latent, columns, columns], a => kernels.RmsNormOverPositionsBackward(At(a[0]), At(a[1]), At(a[2]), At(a[0]), false, At(a[3]), examples, Positions, Hidden)),
            Case("SwiGLU", 3 * gates, [2 * gates, gates], a => kernels.SwiGLU(At(a[0]), At(a[1]), rows, Width)),
            Case("its gradient", 6 * gates, [2 * gates, gates], a => kernels.SwiGLUBackward(At(a[0]), At(a[1]), rows, Width)),
            Case("softmax", 2 * scores, [scores], a => kernels.Softmax(At(a[0]), examples * Heads * Positions, Positions)),
            Case("its gradient", 3 * scores, [scores, scores], a => kernels.SoftmaxBackward(At(a[0]), At(a[1]), examples * Heads * Positions, Positions)),
            Case("rotation", 4 * latent, [3 * latent, table, table], a => kernels.Rotate(At(a[0]), At(a[1]), At(a[2]), rows, Positions, Heads, Hidden / Heads, false)),
        ];
    }

    /// <summary>Those of the optimizers, which train float32.</summary>
    public static IReadOnlyList<KernelCase> Optimizers(long examples)
    {
        var count = examples * Positions * Hidden;
        KernelCase Case(string name, long numbers, KernelArray[] arrays, Action<nint[]> body) => new(name, numbers * sizeof(float), sizeof(float), arrays, body);
        return
        [
            Case("AdamW", 7 * count, [count, count, count, count], a => MomentKernels<float>.Step([Span(a, count)], 0.9, 0.95, new AdamWRule<float>(1e-8f))),
            Case("AdamATan2", 7 * count, [count, count, count, count], a => MomentKernels<float>.Step([Span(a, count)], 0.9, 0.95, default(AdamATan2Rule<float>))),
            Case("moving average", 3 * count, [count, count], a => MomentKernels<float>.Average([(a[0], a[1], count)], 0.001)),
        ];
    }

    /// <summary>Puts the given numbers back: kernels that work in place would go on from their own results, down to numbers of other speed.</summary>
    public void Prepare()
    {
        if (arrays.Length == 0)
        {
            (given, arrays) = ([.. Arrays.Select(Allocate)], [.. Arrays.Select(Allocate)]);
        }

        for (var i = 0; i < arrays.Length; i++)
        {
            Buffer.MemoryCopy((void*)given[i], (void*)arrays[i], BytesOf(Arrays[i]), BytesOf(Arrays[i]));
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

    private long BytesOf(KernelArray array) => array.Count * (array.IsWide ? sizeof(float) : Size);

    // Positive numbers, so that a square may be one of them.
    private nint Allocate(KernelArray array)
    {
        var memory = NativeMemory.AlignedAlloc((nuint)BytesOf(array), 64);
        var random = new Random(1);
        for (long i = 0; i < array.Count; i++)
        {
            var number = random.NextSingle() + 0.1f;
            if (array.IsWide || Size == sizeof(float))
            {
                ((float*)memory)[i] = number;
            }
            else
            {
                ((BFloat16*)memory)[i] = BFloat16.FromSingle(number);
            }
        }

        return (nint)memory;
    }
}
