using System.Globalization;
using System.Numerics;
using HrmGen.Kernels;

namespace HrmGen.Tests.Fused;

/// <summary>Each kernel against loops over single numbers in float64, at widths with and without a rest behind the last whole vector.</summary>
public sealed class KernelTests
{
    // What a parent process expects of a run under switched-off instructions.
    private const string Lanes = "HRMGEN_EXPECT_LANES";

    private readonly Random random = new(7);

    public static TheoryData<int, int> Shapes => new() { { 1, 1 }, { 3, 2 }, { 5, 7 }, { 2, 16 }, { 7, 33 }, { 64, 97 }, { 300, 130 } };

    [Fact]
    public void The_vectors_are_as_wide_as_the_parent_expects()
    {
        if (Environment.GetEnvironmentVariable(Lanes) is { } lanes)
        {
            Assert.Equal(int.Parse(lanes, CultureInfo.InvariantCulture), Vector<float>.Count);
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void In_float32(int rows, int width) => All<float, float>(rows, width, e => 2e-6 * Math.Max(1, Math.Abs(e)) * Math.Sqrt(width), float.CreateChecked, double.CreateChecked);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void In_float64(int rows, int width) => All<double, double>(rows, width, e => 1e-13 * Math.Max(1, Math.Abs(e)) * Math.Sqrt(width), x => x, x => x);

    // One rounding to eight bits, and the four digits of its exponential.
    [Theory]
    [MemberData(nameof(Shapes))]
    public void In_bfloat16(int rows, int width) => All<BFloat16, float>(rows, width, e => (Math.Abs(e) / 256) + 2e-4, x => BFloat16.FromSingle((float)x), x => x.ToSingle());

    [Fact]
    public void Bfloat16_rounds_as_torch_does()
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        float[] x = [0, -0f, 1, 1.00390625f, 1.01171875f, -3.14159274f, 3.3895314e38f, float.MaxValue, float.PositiveInfinity, 1e-40f, .. Enumerable.Range(0, 10_000).Select(_ => (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-30, 30))))];
        var expected = TorchSharp.torch.tensor(x).to(TorchSharp.torch.bfloat16).to(TorchSharp.torch.float32).data<float>().ToArray();
        Assert.Equal(expected, x.Select(v => BFloat16.FromSingle(v).ToSingle()));
        Assert.True(float.IsNaN(BFloat16.FromSingle(float.NaN).ToSingle()));
    }

    [Fact]
    public unsafe void The_exponential_of_float32_is_right_to_the_last_bits_and_keeps_what_is_no_number()
    {
        var x = new float[Vector<float>.Count];
        for (var i = 0; i < 100_000; i++)
        {
            for (var lane = 0; lane < x.Length; lane++)
            {
                x[lane] = (float)((random.NextDouble() * 175) - 87);
            }

            var e = Simd.Exp(new Vector<float>(x));
            for (var lane = 0; lane < x.Length; lane++)
            {
                Assert.InRange(e[lane] / Math.Exp(x[lane]), 1 - 2.5e-7, 1 + 2.5e-7);
            }
        }

        Assert.Equal(0, Simd.Exp(new Vector<float>(-1000f))[0], 1e-37f);
        Assert.True(float.IsFinite(Simd.Exp(new Vector<float>(1000f))[0]));
        Assert.True(float.IsNaN(Simd.Exp(new Vector<float>(float.NaN))[0]));
        Assert.Equal(1, Simd.Exp(Vector<float>.Zero)[0]);
    }

    [Fact]
    public void The_rough_exponential_has_the_digits_of_bfloat16_and_one_more()
    {
        for (var x = -87.3f; x < 88.3f; x += 0.013f)
        {
            Assert.InRange(Simd.RoughExp(new Vector<float>(x))[0] / Math.Exp(x), 1 - 1e-4, 1 + 1e-4);
        }

        Assert.Equal(0, Simd.RoughExp(new Vector<float>(float.NegativeInfinity))[0], 1e-37f);
        Assert.True(float.IsFinite(Simd.RoughExp(new Vector<float>(1000f))[0]));
        Assert.True(float.IsNaN(Simd.RoughExp(new Vector<float>(float.NaN))[0]));
    }

    [Fact]
    public void The_largest_lane_is_found_wherever_it_is()
    {
        for (var lane = 0; lane < Vector<float>.Count; lane++)
        {
            Assert.Equal(3f, Simd.Largest(Vector<float>.Zero.WithElement(lane, 3f)));
            Assert.True(float.IsNaN(Simd.Largest(Vector<float>.Zero.WithElement(lane, float.NaN))));
        }

        for (var lane = 0; lane < Vector<double>.Count; lane++)
        {
            Assert.Equal(-1.0, Simd.Largest(new Vector<double>(-2.0).WithElement(lane, -1.0)));
        }
    }

    private unsafe void All<T, TWide>(int rows, int width, Func<double, double> tolerance, Func<double, T> of, Func<T, double> toDouble)
        where T : unmanaged
        where TWide : unmanaged, IBinaryFloatingPointIeee754<TWide>
    {
        var (count, kernels) = (rows * width, Kernels<T>.Cpu);
        T[] Draw(int n) => [.. Enumerable.Range(0, n).Select(_ => of((random.NextDouble() * 4) - 2))];
        double D(T x) => toDouble(x);
        double W(TWide x) => double.CreateChecked(x);
        void Same(string what, T[] actual, Func<int, double> expected)
        {
            for (var i = 0; i < actual.Length; i++)
            {
                var e = expected(i);
                Assert.True(Math.Abs(D(actual[i]) - e) <= tolerance(e), $"{what}[{i}] of {rows} x {width} is {actual[i]} instead of {e}");
            }
        }

        T[] a = Draw(count), b = Draw(count), c = Draw(count), y = new T[count];
        var scale = new TWide[rows];
        fixed (T* pa = a, pb = b, pc = c, py = y)
        fixed (TWide* ps = scale)
        {
            Kernels<T>.Cpu.Sum(py, [(nint)pa, (nint)pb, (nint)pc], count);
            Same("sum", y, i => D(a[i]) + D(b[i]) + D(c[i]));
            kernels.Scale(py, pa, -1.5, count);
            Same("scale", y, i => -1.5 * D(a[i]));

            double Rms(int row) => Math.Sqrt(Enumerable.Range(row * width, width).Average(i => Math.Pow(D(a[i]) + D(b[i]), 2)) + 1e-5);
            Kernels<T>.Cpu.RmsNorm(pa, pb, py, ps, rows, width, 1e-5);
            Same("norm", y, i => (D(a[i]) + D(b[i])) / Rms(i / width));
            for (var row = 0; row < rows; row++)
            {
                Assert.Equal(1, W(scale[row]) * Rms(row), 1e-5);
            }

            var before = (T[])c.Clone();
            Kernels<T>.Cpu.RmsNormBackward(pc, py, ps, pc, false, rows, width);
            Same("norm back", c, i => W(scale[i / width]) * (D(before[i]) - (D(y[i]) * Enumerable.Range(i / width * width, width).Average(j => D(before[j]) * D(y[j])))));

            var scores = (T[])a.Clone();
            fixed (T* p = scores)
            {
                Kernels<T>.Cpu.Softmax(p, rows, width);
                Same("softmax", scores, i => Math.Exp(D(a[i])) / Enumerable.Range(i / width * width, width).Sum(j => Math.Exp(D(a[j]))));
                var d = (T[])b.Clone();
                fixed (T* pd = d)
                {
                    Kernels<T>.Cpu.SoftmaxBackward(p, pd, rows, width);
                    Same("softmax back", d, i => D(scores[i]) * (D(b[i]) - Enumerable.Range(i / width * width, width).Sum(j => D(scores[j]) * D(b[j]))));
                }
            }
        }

        Gate(rows, width, Draw, D, Same);
        Columns<T, TWide>(rows, width, Draw, D, Same);
        Rotation<T, TWide>(rows, width, Draw, D, Same);
        Product(rows, width, Draw, D, Same);
        Sums<T, TWide>(rows, width, Draw, D);
    }

    private static unsafe void Gate<T>(int rows, int width, Func<int, T[]> draw, Func<T, double> d, Action<string, T[], Func<int, double>> same)
        where T : unmanaged
    {
        double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
        T[] gateUp = draw(2 * rows * width), act = new T[rows * width], given = draw(rows * width);
        double G(int i) => d(gateUp[(i / width * 2 * width) + (i % width)]);
        double U(int i) => d(gateUp[(((i / width * 2) + 1) * width) + (i % width)]);
        fixed (T* g = gateUp, a = act)
        {
            Kernels<T>.Cpu.SwiGLU(g, a, rows, width);
            same("swiglu", act, i => G(i) * Sigmoid(G(i)) * U(i));
        }

        T[] back = (T[])gateUp.Clone(), into = (T[])given.Clone();
        fixed (T* g = back, a = into)
        {
            Kernels<T>.Cpu.SwiGLUBackward(g, a, rows, width);
            same("act again", into, i => G(i) * Sigmoid(G(i)) * U(i));
            same("swiglu back", back, at =>
            {
                var (row, column) = (at / (2 * width), at % (2 * width));
                var i = (row * width) + (column % width);
                var s = Sigmoid(G(i));
                return column >= width ? d(given[i]) * G(i) * s : d(given[i]) * U(i) * (s + (G(i) * s * (1 - s)));
            });
        }
    }

    // The norm over positions, with the rows as positions of one example.
    private static unsafe void Columns<T, TWide>(int rows, int width, Func<int, T[]> draw, Func<T, double> d, Action<string, T[], Func<int, double>> same)
        where T : unmanaged
        where TWide : unmanaged, IBinaryFloatingPointIeee754<TWide>
    {
        T[] x = draw(rows * width), y = new T[rows * width], g = draw(rows * width), given = (T[])g.Clone();
        TWide[] scale = new TWide[width], means = new TWide[width];
        fixed (T* px = x, py = y, pg = g)
        fixed (TWide* ps = scale, pm = means)
        {
            Kernels<T>.Cpu.RmsNormOverPositions(px, null, py, ps, 1, rows, width, 1e-5);
            double Rms(int column) => Math.Sqrt(Enumerable.Range(0, rows).Average(r => Math.Pow(d(x[(r * width) + column]), 2)) + 1e-5);
            same("norm over positions", y, i => d(x[i]) / Rms(i % width));
            Kernels<T>.Cpu.RmsNormOverPositionsBackward(pg, py, ps, pg, false, pm, 1, rows, width);
            same("its gradient", g, i => double.CreateChecked(scale[i % width]) * (d(given[i]) - (d(y[i]) * Enumerable.Range(0, rows).Average(r => d(given[(r * width) + (i % width)]) * d(y[(r * width) + (i % width)])))));
        }
    }

    // Two examples of half the rows each, with one head whose size is the width.
    private static unsafe void Rotation<T, TWide>(int rows, int width, Func<int, T[]> draw, Func<T, double> d, Action<string, T[], Func<int, double>> same)
        where T : unmanaged
        where TWide : unmanaged, IBinaryFloatingPointIeee754<TWide>
    {
        var (positions, size) = ((rows + 1) / 2, width * 2);
        T[] qkv = draw(rows * 3 * size), was = (T[])qkv.Clone();
        TWide[] Wide(int n) => [.. draw(n).Select(x => TWide.CreateChecked(d(x)))];
        double W(TWide x) => double.CreateChecked(x);
        TWide[] cos = Wide(positions * size), sin = Wide(positions * size);
        fixed (T* p = qkv)
        fixed (TWide* c = cos, s = sin)
        {
            Kernels<T>.Cpu.Rotate(p, c, s, rows, positions, 1, size, back: false);
            same("rotation", qkv, at =>
            {
                var (row, part, i) = (at / (3 * size), at / size % 3, at % size);
                var angle = (row % positions * size) + (i % width);
                return part == 2 ? d(was[at])
                    : i < width ? (d(was[at]) * W(cos[angle])) - (d(was[at + width]) * W(sin[angle]))
                    : (d(was[at]) * W(cos[angle])) + (d(was[at - width]) * W(sin[angle]));
            });
        }

        if (rows % 2 == 0)
        {
            // The same numbers, part by part. Spread turns them back, which is to turn by the negative angles.
            var (gathered, spread, turned) = (new T[was.Length], new T[was.Length], new T[was.Length]);
            fixed (T* w = was, g = gathered, back = spread, t = turned)
            fixed (TWide* c = cos, s = sin)
            {
                Kernels<T>.Cpu.Gather(w, g, c, s, 2, positions, 3, 1, size);
                same("gathered", gathered, at => d(qkv[Place(at)]));
                Kernels<T>.Cpu.Spread(g, back, c, s, 2, positions, 3, 1, size);
                new Span<T>(qkv).CopyTo(turned);
                Kernels<T>.Cpu.Rotate(t, c, s, rows, positions, 1, size, back: true);
                same("spread", spread, at => d(turned[at]));
            }

            // From [part, example, position] to [example, position, part], of rows of a head.
            int Place(int at)
            {
                var (part, row, i) = (at / size / rows, at / size % rows, at % size);
                return (((row * 3) + part) * size) + i;
            }
        }
    }

    private static unsafe void Product<T>(int rows, int width, Func<int, T[]> draw, Func<T, double> d, Action<string, T[], Func<int, double>> same)
        where T : unmanaged
    {
        const int Columns = 5;
        T[] a = draw(rows * width), b = draw(Columns * width), c = draw(rows * Columns), was = (T[])c.Clone();
        fixed (T* pa = a, pb = b, pc = c)
        {
            Products<T>.Product(rows, Columns, width, new(pa, width), new Matrix<T>(pb, width).Turned, new(pc, Columns), add: true, alpha: 0.5);
        }

        same("product", c, i => d(was[i]) + (0.5 * Enumerable.Range(0, width).Sum(k => d(a[(i / Columns * width) + k]) * d(b[(i % Columns * width) + k]))));
    }

    // Sums of gradients are wide.
    private static unsafe void Sums<T, TWide>(int rows, int width, Func<int, T[]> draw, Func<T, double> d)
        where T : unmanaged
        where TWide : unmanaged, IBinaryFloatingPointIeee754<TWide>
    {
        T[] first = draw(rows * width), second = draw(rows * width);
        var sum = new TWide[rows * width];
        fixed (T* a = first, b = second)
        fixed (TWide* s = sum)
        {
            Kernels<T>.Cpu.Accumulate(s, a, sum.Length, add: false);
            Kernels<T>.Cpu.Accumulate(s, b, sum.Length, add: true);
            Kernels<T>.Cpu.SumWide(s, [(nint)s, (nint)s], sum.Length);
        }

        Assert.All(Enumerable.Range(0, sum.Length), i => Assert.Equal(2 * (d(first[i]) + d(second[i])), double.CreateChecked(sum[i]), 1e-5));
    }
}
