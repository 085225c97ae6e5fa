using System.Numerics;

namespace HrmGen.Kernels;

/// <content>What attention does between its products: rotation and softmax, and the gradient of softmax.</content>
internal sealed unsafe partial class CpuKernels<T, TWide>
{
    /// <inheritdoc/>
    public override void Rotate(T* qkv, void* cos, void* sin, long rows, int positions, int heads, int size, bool back) =>
        Workers.For(rows, Workers.Grain(3L * heads * size), (begin, end) =>
        {
            var half = size / 2;
            for (var row = begin; row < end; row++)
            {
                var c = (TWide*)cos + (row % positions * size);
                var s = (TWide*)sin + (row % positions * size);
                for (var head = 0; head < 2 * heads; head++)
                {
                    var first = qkv + (((row * 3 * heads) + head) * size);
                    var second = first + half;
                    var i = 0;
                    for (; i <= half - Width; i += Width)
                    {
                        var (a, b, x) = (Load(first + i), Load(second + i), Simd.Load(c + i));
                        var y = back ? -Simd.Load(s + i) : Simd.Load(s + i);
                        Store(first + i, (a * x) - (b * y));
                        Store(second + i, (b * x) + (a * y));
                    }

                    for (; i < half; i++)
                    {
                        var (a, b, y) = (Get(first + i), Get(second + i), back ? -s[i] : s[i]);
                        Set(first + i, (a * c[i]) - (b * y));
                        Set(second + i, (b * c[i]) + (a * y));
                    }
                }
            }
        });

    /// <inheritdoc/>
    public override void Softmax(T* scores, long rows, int width) => Workers.For(rows, Workers.Grain(width * 4L), (begin, end) =>
    {
        using var wide = new WideRow(width);
        for (var row = begin; row < end; row++)
        {
            var x = scores + (row * width);
            var e = wide.At(x);
            var i = 0;
            var (largest, most) = (new Vector<TWide>(TWide.NegativeInfinity), TWide.NegativeInfinity);
            for (; i <= width - Width; i += Width)
            {
                largest = Vector.Max(largest, Load(x + i));
            }

            for (; i < width; i++)
            {
                most = TWide.Max(most, Get(x + i));
            }

            for (var lane = 0; lane < Width; lane++)
            {
                most = TWide.Max(most, largest[lane]);
            }

            var (shift, sums, rest) = (new Vector<TWide>(most), Vector<TWide>.Zero, TWide.Zero);
            for (i = 0; i <= width - Width; i += Width)
            {
                var power = Simd.Exp(Load(x + i) - shift);
                Simd.Store(e + i, power);
                sums += power;
            }

            for (; i < width; i++)
            {
                e[i] = TWide.Exp(Get(x + i) - most);
                rest += e[i];
            }

            var factor = TWide.One / (Vector.Sum(sums) + rest);
            var f = new Vector<TWide>(factor);
            for (i = 0; i <= width - Width; i += Width)
            {
                Store(x + i, Simd.Load(e + i) * f);
            }

            for (; i < width; i++)
            {
                Set(x + i, e[i] * factor);
            }
        }
    });

    /// <inheritdoc/>
    public override void SoftmaxBackward(T* p, T* d, long rows, int width) => Workers.For(rows, Workers.Grain(width * 2L), (begin, end) =>
    {
        for (var row = begin; row < end; row++)
        {
            var x = p + (row * width);
            var g = d + (row * width);
            var i = 0;
            var (dots, rest) = (Vector<TWide>.Zero, TWide.Zero);
            for (; i <= width - Width; i += Width)
            {
                dots += Load(x + i) * Load(g + i);
            }

            for (; i < width; i++)
            {
                rest += Get(x + i) * Get(g + i);
            }

            var dot = Vector.Sum(dots) + rest;
            var s = new Vector<TWide>(dot);
            for (i = 0; i <= width - Width; i += Width)
            {
                Store(g + i, Load(x + i) * (Load(g + i) - s));
            }

            for (; i < width; i++)
            {
                Set(g + i, Get(x + i) * (Get(g + i) - dot));
            }
        }
    });
}
