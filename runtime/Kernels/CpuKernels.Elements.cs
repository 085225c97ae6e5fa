using System.Numerics;
using System.Runtime.CompilerServices;

namespace HrmGen.Kernels;

/// <content>Number by number: sums, multiples, and the gate of SwiGLU with its gradient.</content>
internal sealed unsafe partial class CpuKernels<T, TWide>
{
    /// <inheritdoc/>
    public override void Sum(T* into, nint[] terms, long count) => Workers.For(count, 16_384, (begin, end) =>
    {
        var (i, number) = (begin, terms.Length);
        for (; i <= end - Width; i += Width)
        {
            var sum = Load((T*)terms[0] + i);
            for (var term = 1; term < number; term++)
            {
                sum += Load((T*)terms[term] + i);
            }

            Store(into + i, sum);
        }

        for (; i < end; i++)
        {
            var sum = Get((T*)terms[0] + i);
            for (var term = 1; term < number; term++)
            {
                sum += Get((T*)terms[term] + i);
            }

            Set(into + i, sum);
        }
    });

    /// <inheritdoc/>
    public override void SumWide(void* into, nint[] terms, long count) => Kernels<TWide>.Cpu.Sum((TWide*)into, terms, count);

    /// <inheritdoc/>
    public override void Accumulate(void* sum, T* terms, long count, bool add) => Workers.For(count, 16_384, (begin, end) =>
    {
        var i = begin;
        var s = (TWide*)sum;
        for (; i <= end - Width; i += Width)
        {
            Simd.Store(s + i, add ? Simd.Load(s + i) + Load(terms + i) : Load(terms + i));
        }

        for (; i < end; i++)
        {
            s[i] = add ? s[i] + Get(terms + i) : Get(terms + i);
        }
    });

    /// <inheritdoc/>
    public override void Scale(T* into, T* from, double factor, long count) => Workers.For(count, 16_384, (begin, end) =>
    {
        var (i, one) = (begin, TWide.CreateChecked(factor));
        var f = new Vector<TWide>(one);
        for (; i <= end - Width; i += Width)
        {
            Store(into + i, f * Load(from + i));
        }

        for (; i < end; i++)
        {
            Set(into + i, one * Get(from + i));
        }
    });

    /// <inheritdoc/>
    public override void SwiGLU(T* gateUp, T* act, long rows, long width) => Workers.For(rows * width, 8192, (begin, end) =>
        OverRows(begin, end, width, (row, from, to) =>
        {
            var g = gateUp + (row * 2 * width);
            var u = gateUp + (((row * 2) + 1) * width);
            var a = act + (row * width);
            var i = from;
            for (; i <= to - (2 * Width); i += 2 * Width)
            {
                var (gate0, gate1) = LoadTwo(g + i);
                var (up0, up1) = LoadTwo(u + i);
                StoreTwo(a + i, Gated(gate0, up0), Gated(gate1, up1));
            }

            for (; i <= to - Width; i += Width)
            {
                Store(a + i, Gated(Load(g + i), Load(u + i)));
            }

            for (; i < to; i++)
            {
                var gate = Get(g + i);
                Set(a + i, gate / (TWide.One + TWide.Exp(-gate)) * Get(u + i));
            }
        }));

    /// <inheritdoc/>
    public override void SwiGLUBackward(T* gateUp, T* act, long rows, long width) => Workers.For(rows * width, 8192, (begin, end) =>
        OverRows(begin, end, width, (row, from, to) =>
        {
            var g = gateUp + (row * 2 * width);
            var u = gateUp + (((row * 2) + 1) * width);
            var a = act + (row * width);
            var i = from;
            for (; i <= to - (2 * Width); i += 2 * Width)
            {
                var (gate0, gate1) = LoadTwo(g + i);
                var (up0, up1) = LoadTwo(u + i);
                var (d0, d1) = LoadTwo(a + i);
                var (sigmoid0, sigmoid1) = (Sigmoid(gate0), Sigmoid(gate1));
                var (silu0, silu1) = (gate0 * sigmoid0, gate1 * sigmoid1);
                StoreTwo(a + i, silu0 * up0, silu1 * up1);
                StoreTwo(u + i, d0 * silu0, d1 * silu1);
                StoreTwo(g + i, d0 * up0 * SiluSlope(sigmoid0, silu0), d1 * up1 * SiluSlope(sigmoid1, silu1));
            }

            for (; i <= to - Width; i += Width)
            {
                var (gate, up, d) = (Load(g + i), Load(u + i), Load(a + i));
                var sigmoid = Sigmoid(gate);
                var silu = gate * sigmoid;
                Store(a + i, silu * up);
                Store(u + i, d * silu);
                Store(g + i, d * up * SiluSlope(sigmoid, silu));
            }

            for (; i < to; i++)
            {
                var (gate, up, d) = (Get(g + i), Get(u + i), Get(a + i));
                var sigmoid = TWide.One / (TWide.One + TWide.Exp(-gate));
                var silu = gate * sigmoid;
                Set(a + i, silu * up);
                Set(u + i, d * silu);
                Set(g + i, d * up * (sigmoid + (silu * (TWide.One - sigmoid))));
            }
        }));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<TWide> Gated(Vector<TWide> gate, Vector<TWide> up) => gate * up / (Vector<TWide>.One + Exp(-gate));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<TWide> Sigmoid(Vector<TWide> x) => Vector<TWide>.One / (Vector<TWide>.One + Exp(-x));

    // Of x · sigmoid(x).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<TWide> SiluSlope(Vector<TWide> sigmoid, Vector<TWide> silu) => sigmoid + (silu * (Vector<TWide>.One - sigmoid));

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
