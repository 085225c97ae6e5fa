using System.Numerics;

namespace HrmGen.Kernels;

/// <summary>What attention does between its products: rotation and softmax, and the gradient of softmax.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <remarks>
/// Any width: whole vectors first, then the rest number by number. Sums run over the lanes side by side, so that the order of additions,
/// and with it the last bits, depends on the machine's vector width, and on nothing else: not on threads.
/// </remarks>
internal static unsafe class AttentionKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static readonly int Width = Vector<T>.Count;

    /// <summary>Turns the pairs (i, i + size/2) of every query and key by the angles of their position; values stay.</summary>
    /// <param name="qkv">[rows, 3, heads, size], in place.</param>
    /// <param name="cos">[positions, size], of which the first half of a row counts.</param>
    /// <param name="sin">Likewise.</param>
    /// <param name="rows">Rows: position after position, example after example.</param>
    /// <param name="positions">Positions of an example.</param>
    /// <param name="heads">Heads.</param>
    /// <param name="size">Numbers of a head.</param>
    /// <param name="back">Turns back, which is the gradient of turning.</param>
    public static void Rotate(T* qkv, T* cos, T* sin, long rows, int positions, int heads, int size, bool back) =>
        Workers.For(rows, Workers.Grain(3L * heads * size), (begin, end) =>
        {
            var half = size / 2;
            for (var row = begin; row < end; row++)
            {
                var c = cos + (row % positions * size);
                var s = sin + (row % positions * size);
                for (var head = 0; head < 2 * heads; head++)
                {
                    var first = qkv + (((row * 3 * heads) + head) * size);
                    var second = first + half;
                    var i = 0;
                    for (; i <= half - Width; i += Width)
                    {
                        var (a, b, x) = (Simd.Load(first + i), Simd.Load(second + i), Simd.Load(c + i));
                        var y = back ? -Simd.Load(s + i) : Simd.Load(s + i);
                        Simd.Store(first + i, (a * x) - (b * y));
                        Simd.Store(second + i, (b * x) + (a * y));
                    }

                    for (; i < half; i++)
                    {
                        var (a, b, y) = (first[i], second[i], back ? -s[i] : s[i]);
                        (first[i], second[i]) = ((a * c[i]) - (b * y), (b * c[i]) + (a * y));
                    }
                }
            }
        });

    /// <summary>Softmax of each row, in place.</summary>
    public static void Softmax(T* scores, long rows, int width) => Workers.For(rows, Workers.Grain(width * 4L), (begin, end) =>
    {
        for (var row = begin; row < end; row++)
        {
            var x = scores + (row * width);
            var i = 0;
            var (largest, most) = (new Vector<T>(T.NegativeInfinity), T.NegativeInfinity);
            for (; i <= width - Width; i += Width)
            {
                largest = Vector.Max(largest, Simd.Load(x + i));
            }

            for (; i < width; i++)
            {
                most = T.Max(most, x[i]);
            }

            for (var lane = 0; lane < Width; lane++)
            {
                most = T.Max(most, largest[lane]);
            }

            var (shift, sums, rest) = (new Vector<T>(most), Vector<T>.Zero, T.Zero);
            for (i = 0; i <= width - Width; i += Width)
            {
                var e = Simd.Exp(Simd.Load(x + i) - shift);
                Simd.Store(x + i, e);
                sums += e;
            }

            for (; i < width; i++)
            {
                x[i] = T.Exp(x[i] - most);
                rest += x[i];
            }

            var factor = T.One / (Vector.Sum(sums) + rest);
            var f = new Vector<T>(factor);
            for (i = 0; i <= width - Width; i += Width)
            {
                Simd.Store(x + i, Simd.Load(x + i) * f);
            }

            for (; i < width; i++)
            {
                x[i] *= factor;
            }
        }
    });

    /// <summary>The gradient of <see cref="Softmax"/>: p · (d - sum(p · d)) for each row, in place of d.</summary>
    public static void SoftmaxBackward(T* p, T* d, long rows, int width) => Workers.For(rows, Workers.Grain(width * 2L), (begin, end) =>
    {
        for (var row = begin; row < end; row++)
        {
            var x = p + (row * width);
            var g = d + (row * width);
            var i = 0;
            var (dots, rest) = (Vector<T>.Zero, T.Zero);
            for (; i <= width - Width; i += Width)
            {
                dots += Simd.Load(x + i) * Simd.Load(g + i);
            }

            for (; i < width; i++)
            {
                rest += x[i] * g[i];
            }

            var dot = Vector.Sum(dots) + rest;
            var s = new Vector<T>(dot);
            for (i = 0; i <= width - Width; i += Width)
            {
                Simd.Store(g + i, Simd.Load(x + i) * (Simd.Load(g + i) - s));
            }

            for (; i < width; i++)
            {
                g[i] = x[i] * (g[i] - dot);
            }
        }
    });
}
