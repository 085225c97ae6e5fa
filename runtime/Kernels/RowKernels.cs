using System.Numerics;

namespace HrmGen.Kernels;

/// <summary>What happens between the products: sums, norms, gates, rotations and softmax, each in one pass over memory.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <remarks>
/// Any width: whole vectors first, then the rest number by number. Sums run over the lanes side by side, so that the order of additions,
/// and with it the last bits, depends on the machine's vector width, and on nothing else: not on threads.
/// </remarks>
internal static unsafe class RowKernels<T>
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

    /// <summary>y = (h + part) / sqrt(mean((h + part)²) + eps) for each row.</summary>
    /// <param name="h">The residual stream.</param>
    /// <param name="part">What is added to it, or null.</param>
    /// <param name="y">The result; may be <paramref name="h"/>.</param>
    /// <param name="scale">Takes the factor of each row; null where no backward follows.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="width">Numbers of a row.</param>
    /// <param name="eps">Added to the mean square.</param>
    public static void RmsNorm(T* h, T* part, T* y, T* scale, long rows, int width, double eps) => Workers.For(rows, Workers.Grain(width), (begin, end) =>
    {
        for (var row = begin; row < end; row++)
        {
            var x = h + (row * width);
            var o = y + (row * width);
            var p = part == null ? null : part + (row * width);
            var (squares, rest, i) = (Vector<T>.Zero, T.Zero, 0);
            for (; i <= width - Width; i += Width)
            {
                var v = p == null ? Simd.Load(x + i) : Simd.Load(x + i) + Simd.Load(p + i);
                Simd.Store(o + i, v);
                squares += v * v;
            }

            for (; i < width; i++)
            {
                var v = p == null ? x[i] : x[i] + p[i];
                o[i] = v;
                rest += v * v;
            }

            var factor = T.One / T.Sqrt(((Vector.Sum(squares) + rest) / T.CreateChecked(width)) + T.CreateChecked(eps));
            if (scale != null)
            {
                scale[row] = factor;
            }

            var f = new Vector<T>(factor);
            for (i = 0; i <= width - Width; i += Width)
            {
                Simd.Store(o + i, Simd.Load(o + i) * f);
            }

            for (; i < width; i++)
            {
                o[i] *= factor;
            }
        }
    });

    /// <summary>The gradient of a norm's input from that of its output: scale · (d - y · mean(d · y)).</summary>
    /// <param name="d">The gradient of the output.</param>
    /// <param name="y">The output.</param>
    /// <param name="scale">The factor of each row.</param>
    /// <param name="into">Takes the gradient of the input; may be <paramref name="d"/>.</param>
    /// <param name="add">Whether to add to what is there.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="width">Numbers of a row.</param>
    public static void RmsNormBackward(T* d, T* y, T* scale, T* into, bool add, long rows, int width) => Workers.For(rows, Workers.Grain(width), (begin, end) =>
    {
        for (var row = begin; row < end; row++)
        {
            var g = d + (row * width);
            var o = y + (row * width);
            var r = into + (row * width);
            var (dots, rest, i) = (Vector<T>.Zero, T.Zero, 0);
            for (; i <= width - Width; i += Width)
            {
                dots += Simd.Load(g + i) * Simd.Load(o + i);
            }

            for (; i < width; i++)
            {
                rest += g[i] * o[i];
            }

            var (mean, factor) = ((Vector.Sum(dots) + rest) / T.CreateChecked(width), scale[row]);
            var (m, f) = (new Vector<T>(mean), new Vector<T>(factor));
            for (i = 0; i <= width - Width; i += Width)
            {
                var v = f * (Simd.Load(g + i) - (Simd.Load(o + i) * m));
                Simd.Store(r + i, add ? Simd.Load(r + i) + v : v);
            }

            for (; i < width; i++)
            {
                var v = factor * (g[i] - (o[i] * mean));
                r[i] = add ? r[i] + v : v;
            }
        }
    });

    /// <summary><see cref="RmsNorm"/> down the columns of each example: over positions, for every channel by itself.</summary>
    /// <param name="h">[batch, positions, width].</param>
    /// <param name="part">The same shape, or null.</param>
    /// <param name="y">The result; may be <paramref name="h"/>.</param>
    /// <param name="scale">[batch, width]: takes the factors.</param>
    /// <param name="batch">Examples.</param>
    /// <param name="positions">Positions.</param>
    /// <param name="width">Channels.</param>
    /// <param name="eps">Added to the mean square.</param>
    public static void RmsNormOverPositions(T* h, T* part, T* y, T* scale, long batch, int positions, int width, double eps) =>
        Workers.For(batch, Workers.Grain((long)positions * width), (begin, end) =>
        {
            for (var example = begin; example < end; example++)
            {
                var from = example * positions * width;
                var factors = scale + (example * width);
                new Span<T>(factors, width).Clear();
                for (var position = 0; position < positions; position++)
                {
                    var at = from + ((long)position * width);
                    var x = h + at;
                    var o = y + at;
                    var p = part == null ? null : part + at;
                    var i = 0;
                    for (; i <= width - Width; i += Width)
                    {
                        var v = p == null ? Simd.Load(x + i) : Simd.Load(x + i) + Simd.Load(p + i);
                        Simd.Store(o + i, v);
                        Simd.Store(factors + i, Simd.Load(factors + i) + (v * v));
                    }

                    for (; i < width; i++)
                    {
                        var v = p == null ? x[i] : x[i] + p[i];
                        o[i] = v;
                        factors[i] += v * v;
                    }
                }

                for (var i = 0; i < width; i++)
                {
                    factors[i] = T.One / T.Sqrt((factors[i] / T.CreateChecked(positions)) + T.CreateChecked(eps));
                }

                for (var position = 0; position < positions; position++)
                {
                    var o = y + from + ((long)position * width);
                    var i = 0;
                    for (; i <= width - Width; i += Width)
                    {
                        Simd.Store(o + i, Simd.Load(o + i) * Simd.Load(factors + i));
                    }

                    for (; i < width; i++)
                    {
                        o[i] *= factors[i];
                    }
                }
            }
        });

    /// <summary><see cref="RmsNormBackward"/> down the columns of each example.</summary>
    /// <param name="d">[batch, positions, width]: the gradient of the output.</param>
    /// <param name="y">The output.</param>
    /// <param name="scale">[batch, width].</param>
    /// <param name="into">Takes the gradient of the input; may be <paramref name="d"/>.</param>
    /// <param name="add">Whether to add to what is there.</param>
    /// <param name="means">[batch, width]: working memory.</param>
    /// <param name="batch">Examples.</param>
    /// <param name="positions">Positions.</param>
    /// <param name="width">Channels.</param>
    public static void RmsNormOverPositionsBackward(T* d, T* y, T* scale, T* into, bool add, T* means, long batch, int positions, int width) =>
        Workers.For(batch, Workers.Grain((long)positions * width), (begin, end) =>
        {
            for (var example = begin; example < end; example++)
            {
                var from = example * positions * width;
                var factors = scale + (example * width);
                var mean = means + (example * width);
                new Span<T>(mean, width).Clear();
                for (var position = 0; position < positions; position++)
                {
                    var g = d + from + ((long)position * width);
                    var o = y + from + ((long)position * width);
                    var i = 0;
                    for (; i <= width - Width; i += Width)
                    {
                        Simd.Store(mean + i, Simd.Load(mean + i) + (Simd.Load(g + i) * Simd.Load(o + i)));
                    }

                    for (; i < width; i++)
                    {
                        mean[i] += g[i] * o[i];
                    }
                }

                for (var i = 0; i < width; i++)
                {
                    mean[i] /= T.CreateChecked(positions);
                }

                for (var position = 0; position < positions; position++)
                {
                    var at = from + ((long)position * width);
                    var g = d + at;
                    var o = y + at;
                    var r = into + at;
                    var i = 0;
                    for (; i <= width - Width; i += Width)
                    {
                        var v = Simd.Load(factors + i) * (Simd.Load(g + i) - (Simd.Load(o + i) * Simd.Load(mean + i)));
                        Simd.Store(r + i, add ? Simd.Load(r + i) + v : v);
                    }

                    for (; i < width; i++)
                    {
                        var v = factors[i] * (g[i] - (o[i] * mean[i]));
                        r[i] = add ? r[i] + v : v;
                    }
                }
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
