using System.Numerics;
using System.Runtime.InteropServices;

namespace HrmGen.Kernels;

/// <content>What attention does between its products: rotation and softmax, and the gradient of softmax.</content>
internal sealed unsafe partial class CpuKernels<T, TWide>
{
    /// <inheritdoc/>
    public override void Rotate(T* qkv, void* cos, void* sin, long rows, int positions, int heads, int size, bool back) =>
        Workers.For(rows, Workers.Grain(3L * heads * size), (begin, end) =>
        {
            for (var row = begin; row < end; row++)
            {
                var angles = row % positions * size;
                for (var head = 0; head < 2 * heads; head++)
                {
                    var x = qkv + (((row * 3 * heads) + head) * size);
                    Turn(x, x, (TWide*)cos + angles, (TWide*)sin + angles, size / 2, back);
                }
            }
        });

    /// <inheritdoc/>
    public override void Gather(T* rows, T* heads, void* cos, void* sin, long batch, int positions, int parts, int count, int size) =>
        EachHead(batch, positions, parts, count, size, (spread, gathered, part, angles) => Move(rows + spread, heads + gathered, cos, sin, part, angles, size, back: false));

    /// <inheritdoc/>
    public override void Spread(T* heads, T* rows, void* cos, void* sin, long batch, int positions, int parts, int count, int size) =>
        EachHead(batch, positions, parts, count, size, (spread, gathered, part, angles) => Move(heads + gathered, rows + spread, cos, sin, part, angles, size, back: true));

    // Where a head of a position lies in [batch, positions, parts, count, size] and in [parts, batch, count, positions, size].
    private static void EachHead(long batch, int positions, int parts, int count, int size, Action<long, long, int, long> each) =>
        Workers.For(batch * positions, Workers.Grain((long)parts * count * size), (begin, end) =>
        {
            for (var row = begin; row < end; row++)
            {
                var (example, position) = (row / positions, row % positions);
                for (var part = 0; part < parts; part++)
                {
                    for (var head = 0; head < count; head++)
                    {
                        each(((((row * parts) + part) * count) + head) * size, ((((((part * batch) + example) * count) + head) * positions) + position) * size, part, position * size);
                    }
                }
            }
        });

    // Values are not turned, and nothing is where there are no tables.
    private static void Move(T* from, T* to, void* cos, void* sin, int part, long angles, int size, bool back)
    {
        if (cos == null || part == 2)
        {
            Buffer.MemoryCopy(from, to, (long)size * sizeof(T), (long)size * sizeof(T));
        }
        else
        {
            Turn(from, to, (TWide*)cos + angles, (TWide*)sin + angles, size / 2, back);
        }
    }

    private static void Turn(T* from, T* to, TWide* cos, TWide* sin, int half, bool back)
    {
        var i = 0;
        for (; i <= half - Width; i += Width)
        {
            var (a, b, x) = (Load(from + i), Load(from + half + i), Simd.Load(cos + i));
            var y = back ? -Simd.Load(sin + i) : Simd.Load(sin + i);
            Store(to + i, (a * x) - (b * y));
            Store(to + half + i, (b * x) + (a * y));
        }

        for (; i < half; i++)
        {
            var (a, b, y) = (Get(from + i), Get(from + half + i), back ? -sin[i] : sin[i]);
            Set(to + i, (a * cos[i]) - (b * y));
            Set(to + half + i, (b * cos[i]) + (a * y));
        }
    }

    /// <inheritdoc/>
    public override void Softmax(T* scores, long rows, int width) => Workers.For(rows, Workers.Grain(width * 4L), (begin, end) =>
    {
        // A row of whole vectors: what is behind the last number weighs nothing.
        var whole = (width + Width - 1) / Width * Width;
        var e = (TWide*)NativeMemory.Alloc((nuint)whole, (nuint)sizeof(TWide));
        new Span<TWide>(e, whole)[width..].Fill(TWide.NegativeInfinity);
        for (var row = begin; row < end; row++)
        {
            var x = scores + (row * width);
            var (i, largest) = (0, new Vector<TWide>(TWide.NegativeInfinity));
            for (; i <= width - (2 * Width); i += 2 * Width)
            {
                var (score0, score1) = LoadTwo(x + i);
                Simd.Store(e + i, score0);
                Simd.Store(e + i + Width, score1);
                largest = Vector.Max(Vector.Max(largest, score0), score1);
            }

            for (; i <= width - Width; i += Width)
            {
                var score = Load(x + i);
                Simd.Store(e + i, score);
                largest = Vector.Max(largest, score);
            }

            for (var rest = i; rest < width; rest++)
            {
                e[rest] = Get(x + rest);
            }

            if (i < whole)
            {
                largest = Vector.Max(largest, Simd.Load(e + i));
            }

            var (shift, sums) = (new Vector<TWide>(Simd.Largest(largest)), Vector<TWide>.Zero);
            for (i = 0; i < whole; i += Width)
            {
                var power = Exp(Simd.Load(e + i) - shift);
                Simd.Store(e + i, power);
                sums += power;
            }

            var factor = TWide.One / Vector.Sum(sums);
            var f = new Vector<TWide>(factor);
            for (i = 0; i <= width - (2 * Width); i += 2 * Width)
            {
                StoreTwo(x + i, Simd.Load(e + i) * f, Simd.Load(e + i + Width) * f);
            }

            for (; i <= width - Width; i += Width)
            {
                Store(x + i, Simd.Load(e + i) * f);
            }

            for (; i < width; i++)
            {
                Set(x + i, e[i] * factor);
            }

            new Span<TWide>(e, whole)[width..].Fill(TWide.NegativeInfinity);
        }

        NativeMemory.Free(e);
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
            for (; i <= width - (2 * Width); i += 2 * Width)
            {
                var (x0, x1) = LoadTwo(x + i);
                var (g0, g1) = LoadTwo(g + i);
                dots += x0 * g0;
                dots += x1 * g1;
            }

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
            for (i = 0; i <= width - (2 * Width); i += 2 * Width)
            {
                var (x0, x1) = LoadTwo(x + i);
                var (g0, g1) = LoadTwo(g + i);
                StoreTwo(g + i, x0 * (g0 - s), x1 * (g1 - s));
            }

            for (; i <= width - Width; i += Width)
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
