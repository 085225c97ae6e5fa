using System.Numerics;

namespace HrmGen.Kernels;

/// <content>RMS norms over channels and over positions, and their gradients.</content>
internal sealed unsafe partial class CpuKernels<T, TWide>
{
    /// <inheritdoc/>
    public override void RmsNorm(T* h, T* part, T* y, void* scale, long rows, int width, double eps) => Workers.For(rows, Workers.Grain(width), (begin, end) =>
    {
        for (var row = begin; row < end; row++)
        {
            var x = h + (row * width);
            var o = y + (row * width);
            var p = part == null ? null : part + (row * width);
            var (squares, rest, i) = (Vector<TWide>.Zero, TWide.Zero, 0);
            for (; i <= width - (2 * Width); i += 2 * Width)
            {
                var (v0, v1) = LoadTwo(x + i, p, i);
                squares += v0 * v0;
                squares += v1 * v1;
            }

            for (; i <= width - Width; i += Width)
            {
                var v = p == null ? Load(x + i) : Load(x + i) + Load(p + i);
                squares += v * v;
            }

            for (; i < width; i++)
            {
                var v = p == null ? Get(x + i) : Get(x + i) + Get(p + i);
                rest += v * v;
            }

            var factor = TWide.One / TWide.Sqrt(((Vector.Sum(squares) + rest) / TWide.CreateChecked(width)) + TWide.CreateChecked(eps));
            ((TWide*)scale)[row] = factor;
            var f = new Vector<TWide>(factor);
            for (i = 0; i <= width - (2 * Width); i += 2 * Width)
            {
                var (v0, v1) = LoadTwo(x + i, p, i);
                StoreTwo(o + i, v0 * f, v1 * f);
            }

            for (; i <= width - Width; i += Width)
            {
                Store(o + i, (p == null ? Load(x + i) : Load(x + i) + Load(p + i)) * f);
            }

            for (; i < width; i++)
            {
                Set(o + i, (p == null ? Get(x + i) : Get(x + i) + Get(p + i)) * factor);
            }
        }
    });

    /// <inheritdoc/>
    public override void RmsNormBackward(T* d, T* y, void* scale, T* into, bool add, long rows, int width) => Workers.For(rows, Workers.Grain(width), (begin, end) =>
    {
        for (var row = begin; row < end; row++)
        {
            var g = d + (row * width);
            var o = y + (row * width);
            var r = into + (row * width);
            var (dots, rest, i) = (Vector<TWide>.Zero, TWide.Zero, 0);
            for (; i <= width - (2 * Width); i += 2 * Width)
            {
                var (g0, g1) = LoadTwo(g + i);
                var (o0, o1) = LoadTwo(o + i);
                dots += g0 * o0;
                dots += g1 * o1;
            }

            for (; i <= width - Width; i += Width)
            {
                dots += Load(g + i) * Load(o + i);
            }

            for (; i < width; i++)
            {
                rest += Get(g + i) * Get(o + i);
            }

            var (mean, factor) = ((Vector.Sum(dots) + rest) / TWide.CreateChecked(width), ((TWide*)scale)[row]);
            var (m, f) = (new Vector<TWide>(mean), new Vector<TWide>(factor));
            for (i = 0; i <= width - (2 * Width); i += 2 * Width)
            {
                var (g0, g1) = LoadTwo(g + i);
                var (o0, o1) = LoadTwo(o + i);
                var (v0, v1) = (f * (g0 - (o0 * m)), f * (g1 - (o1 * m)));
                if (add)
                {
                    var (r0, r1) = LoadTwo(r + i);
                    (v0, v1) = (r0 + v0, r1 + v1);
                }

                StoreTwo(r + i, v0, v1);
            }

            for (; i <= width - Width; i += Width)
            {
                var v = f * (Load(g + i) - (Load(o + i) * m));
                Store(r + i, add ? Load(r + i) + v : v);
            }

            for (; i < width; i++)
            {
                var v = factor * (Get(g + i) - (Get(o + i) * mean));
                Set(r + i, add ? Get(r + i) + v : v);
            }
        }
    });

    /// <inheritdoc/>
    public override void RmsNormOverPositions(T* h, T* part, T* y, void* scale, long batch, int positions, int width, double eps) =>
        Workers.For(batch, Workers.Grain((long)positions * width), (begin, end) =>
        {
            for (var example = begin; example < end; example++)
            {
                var from = example * positions * width;
                var factors = (TWide*)scale + (example * width);
                new Span<TWide>(factors, width).Clear();
                for (var position = 0; position < positions; position++)
                {
                    var at = from + ((long)position * width);
                    var x = h + at;
                    var p = part == null ? null : part + at;
                    var i = 0;
                    for (; i <= width - Width; i += Width)
                    {
                        var v = p == null ? Load(x + i) : Load(x + i) + Load(p + i);
                        Simd.Store(factors + i, Simd.Load(factors + i) + (v * v));
                    }

                    for (; i < width; i++)
                    {
                        var v = p == null ? Get(x + i) : Get(x + i) + Get(p + i);
                        factors[i] += v * v;
                    }
                }

                for (var i = 0; i < width; i++)
                {
                    factors[i] = TWide.One / TWide.Sqrt((factors[i] / TWide.CreateChecked(positions)) + TWide.CreateChecked(eps));
                }

                for (var position = 0; position < positions; position++)
                {
                    var at = from + ((long)position * width);
                    var x = h + at;
                    var o = y + at;
                    var p = part == null ? null : part + at;
                    var i = 0;
                    for (; i <= width - Width; i += Width)
                    {
                        Store(o + i, (p == null ? Load(x + i) : Load(x + i) + Load(p + i)) * Simd.Load(factors + i));
                    }

                    for (; i < width; i++)
                    {
                        Set(o + i, (p == null ? Get(x + i) : Get(x + i) + Get(p + i)) * factors[i]);
                    }
                }
            }
        });

    /// <inheritdoc/>
    public override void RmsNormOverPositionsBackward(T* d, T* y, void* scale, T* into, bool add, void* means, long batch, int positions, int width) =>
        Workers.For(batch, Workers.Grain((long)positions * width), (begin, end) =>
        {
            for (var example = begin; example < end; example++)
            {
                var from = example * positions * width;
                var factors = (TWide*)scale + (example * width);
                var mean = (TWide*)means + (example * width);
                new Span<TWide>(mean, width).Clear();
                for (var position = 0; position < positions; position++)
                {
                    var g = d + from + ((long)position * width);
                    var o = y + from + ((long)position * width);
                    var i = 0;
                    for (; i <= width - Width; i += Width)
                    {
                        Simd.Store(mean + i, Simd.Load(mean + i) + (Load(g + i) * Load(o + i)));
                    }

                    for (; i < width; i++)
                    {
                        mean[i] += Get(g + i) * Get(o + i);
                    }
                }

                for (var i = 0; i < width; i++)
                {
                    mean[i] /= TWide.CreateChecked(positions);
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
                        var v = Simd.Load(factors + i) * (Load(g + i) - (Load(o + i) * Simd.Load(mean + i)));
                        Store(r + i, add ? Load(r + i) + v : v);
                    }

                    for (; i < width; i++)
                    {
                        var v = factors[i] * (Get(g + i) - (Get(o + i) * mean[i]));
                        Set(r + i, add ? Get(r + i) + v : v);
                    }
                }
            }
        });
}
