using System.Numerics;

namespace HrmGen.Kernels;

/// <summary>Number by number: sums, multiples, and the gate of SwiGLU with its gradient.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <remarks>
/// Any width: whole vectors first, then the rest number by number. Sums run over the lanes side by side, so that the order of additions,
/// and with it the last bits, depends on the machine's vector width, and on nothing else: not on threads.
/// </remarks>
internal static unsafe class ElementKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static readonly int Width = Vector<T>.Count;

    /// <summary>into = terms[0] + terms[1] + ..., from left to right; <paramref name="into"/> may be one of them.</summary>
    public static void Sum(T* into, nint[] terms, long count) => Workers.For(count, 16_384, (begin, end) =>
    {
        var (i, number) = (begin, terms.Length);
        for (; i <= end - Width; i += Width)
        {
            var sum = Simd.Load((T*)terms[0] + i);
            for (var term = 1; term < number; term++)
            {
                sum += Simd.Load((T*)terms[term] + i);
            }

            Simd.Store(into + i, sum);
        }

        for (; i < end; i++)
        {
            var sum = ((T*)terms[0])[i];
            for (var term = 1; term < number; term++)
            {
                sum += ((T*)terms[term])[i];
            }

            into[i] = sum;
        }
    });

    /// <summary>into = factor · from.</summary>
    public static void Scale(T* into, T* from, T factor, long count) => Workers.For(count, 16_384, (begin, end) =>
    {
        var (i, f) = (begin, new Vector<T>(factor));
        for (; i <= end - Width; i += Width)
        {
            Simd.Store(into + i, f * Simd.Load(from + i));
        }

        for (; i < end; i++)
        {
            into[i] = factor * from[i];
        }
    });

    /// <summary>act = silu(gate) · up for each row of [gate | up].</summary>
    /// <param name="gateUp">[rows, 2 · width].</param>
    /// <param name="act">[rows, width].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="width">Numbers of a half.</param>
    public static void SwiGLU(T* gateUp, T* act, long rows, long width) => Workers.For(rows * width, 8192, (begin, end) =>
        OverRows(begin, end, width, (row, from, to) =>
        {
            var g = gateUp + (row * 2 * width);
            var u = gateUp + (((row * 2) + 1) * width);
            var a = act + (row * width);
            var i = from;
            for (; i <= to - Width; i += Width)
            {
                var gate = Simd.Load(g + i);
                Simd.Store(a + i, gate * Simd.Sigmoid(gate) * Simd.Load(u + i));
            }

            for (; i < to; i++)
            {
                a[i] = g[i] / (T.One + T.Exp(-g[i])) * u[i];
            }
        }));

    /// <summary>
    /// The gradient of <see cref="SwiGLU"/>, in place: [gate | up] becomes its gradient, and the gradient of act becomes act, which is
    /// cheaper to compute again than to keep.
    /// </summary>
    /// <param name="gateUp">[rows, 2 · width].</param>
    /// <param name="act">[rows, width]: the gradient of act, and then act.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="width">Numbers of a half.</param>
    public static void SwiGLUBackward(T* gateUp, T* act, long rows, long width) => Workers.For(rows * width, 8192, (begin, end) =>
        OverRows(begin, end, width, (row, from, to) =>
        {
            var g = gateUp + (row * 2 * width);
            var u = gateUp + (((row * 2) + 1) * width);
            var a = act + (row * width);
            var i = from;
            for (; i <= to - Width; i += Width)
            {
                var (gate, up, d) = (Simd.Load(g + i), Simd.Load(u + i), Simd.Load(a + i));
                var sigmoid = Simd.Sigmoid(gate);
                var silu = gate * sigmoid;
                Simd.Store(a + i, silu * up);
                Simd.Store(u + i, d * silu);
                Simd.Store(g + i, d * up * (sigmoid + (silu * (Vector<T>.One - sigmoid))));
            }

            for (; i < to; i++)
            {
                var (gate, up, d) = (g[i], u[i], a[i]);
                var sigmoid = T.One / (T.One + T.Exp(-gate));
                var silu = gate * sigmoid;
                (a[i], u[i], g[i]) = (silu * up, d * silu, d * up * (sigmoid + (silu * (T.One - sigmoid))));
            }
        }));

    // Parts of rows: a thread's share need not end with a row.
    private static void OverRows(long begin, long end, long width, Action<long, long, long> part)
    {
        while (begin < end)
        {
            var row = begin / width;
            var stop = Math.Min(end, (row + 1) * width);
            part(row, begin - (row * width), stop - (row * width));
            begin = stop;
        }
    }
}
