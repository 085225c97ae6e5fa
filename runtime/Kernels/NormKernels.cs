using System.Numerics;

namespace HrmGen.Kernels;

/// <summary>RMS norms over channels and over positions, and their gradients.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <remarks>
/// Any width: whole vectors first, then the rest number by number. Sums run over the lanes side by side, so that the order of additions,
/// and with it the last bits, depends on the machine's vector width, and on nothing else: not on threads.
/// </remarks>
internal static unsafe class NormKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static readonly int Width = Vector<T>.Count;

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
}
