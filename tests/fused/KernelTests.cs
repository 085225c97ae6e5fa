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
    public void In_float32(int rows, int width) => All<float>(rows, width, 2e-6);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void In_float64(int rows, int width) => All<double>(rows, width, 1e-13);

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

    private unsafe void All<T>(int rows, int width, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var count = rows * width;
        T[] Draw(int n) => [.. Enumerable.Range(0, n).Select(_ => T.CreateChecked((random.NextDouble() * 4) - 2))];
        double D(T x) => double.CreateChecked(x);
        void Same(string what, T[] actual, Func<int, double> expected)
        {
            for (var i = 0; i < actual.Length; i++)
            {
                var e = expected(i);
                Assert.True(Math.Abs(D(actual[i]) - e) <= tolerance * Math.Max(1, Math.Abs(e)) * Math.Sqrt(width), $"{what}[{i}] of {rows} x {width} is {actual[i]} instead of {e}");
            }
        }

        T[] a = Draw(count), b = Draw(count), c = Draw(count), y = new T[count], scale = new T[rows];
        fixed (T* pa = a, pb = b, pc = c, py = y, ps = scale)
        {
            ElementKernels<T>.Sum(py, [(nint)pa, (nint)pb, (nint)pc], count);
            Same("sum", y, i => D(a[i]) + D(b[i]) + D(c[i]));
            ElementKernels<T>.Scale(py, pa, T.CreateChecked(-1.5), count);
            Same("scale", y, i => -1.5 * D(a[i]));

            double Rms(int row) => Math.Sqrt(Enumerable.Range(row * width, width).Average(i => Math.Pow(D(a[i]) + D(b[i]), 2)) + 1e-5);
            NormKernels<T>.RmsNorm(pa, pb, py, ps, rows, width, 1e-5);
            Same("norm", y, i => (D(a[i]) + D(b[i])) / Rms(i / width));
            Same("factor", scale, row => 1 / Rms(row));
            var before = (T[])c.Clone();
            NormKernels<T>.RmsNormBackward(pc, py, ps, pc, false, rows, width);
            Same("norm back", c, i => D(scale[i / width]) * (D(before[i]) - (D(y[i]) * Enumerable.Range(i / width * width, width).Average(j => D(before[j]) * D(y[j])))));

            var scores = (T[])a.Clone();
            fixed (T* p = scores)
            {
                AttentionKernels<T>.Softmax(p, rows, width);
                Same("softmax", scores, i => Math.Exp(D(a[i])) / Enumerable.Range(i / width * width, width).Sum(j => Math.Exp(D(a[j]))));
                var d = (T[])b.Clone();
                fixed (T* pd = d)
                {
                    AttentionKernels<T>.SoftmaxBackward(p, pd, rows, width);
                    Same("softmax back", d, i => D(scores[i]) * (D(b[i]) - Enumerable.Range(i / width * width, width).Sum(j => D(scores[j]) * D(b[j]))));
                }
            }
        }

        Gate(rows, width, Draw, D, Same);
        Columns(rows, width, Draw, D, Same);
        Rotation(rows, width, Draw, D, Same);
        Product(rows, width, Draw, D, Same);
    }

    private static unsafe void Gate<T>(int rows, int width, Func<int, T[]> draw, Func<T, double> d, Action<string, T[], Func<int, double>> same)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
        T[] gateUp = draw(2 * rows * width), act = new T[rows * width], given = draw(rows * width);
        double G(int i) => d(gateUp[(i / width * 2 * width) + (i % width)]);
        double U(int i) => d(gateUp[(((i / width * 2) + 1) * width) + (i % width)]);
        fixed (T* g = gateUp, a = act)
        {
            ElementKernels<T>.SwiGLU(g, a, rows, width);
            same("swiglu", act, i => G(i) * Sigmoid(G(i)) * U(i));
        }

        T[] back = (T[])gateUp.Clone(), into = (T[])given.Clone();
        fixed (T* g = back, a = into)
        {
            ElementKernels<T>.SwiGLUBackward(g, a, rows, width);
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
    private static unsafe void Columns<T>(int rows, int width, Func<int, T[]> draw, Func<T, double> d, Action<string, T[], Func<int, double>> same)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] x = draw(rows * width), y = new T[rows * width], scale = new T[width], means = new T[width], g = draw(rows * width), given = (T[])g.Clone();
        fixed (T* px = x, py = y, ps = scale, pm = means, pg = g)
        {
            NormKernels<T>.RmsNormOverPositions(px, null, py, ps, 1, rows, width, 1e-5);
            double Rms(int column) => Math.Sqrt(Enumerable.Range(0, rows).Average(r => Math.Pow(d(x[(r * width) + column]), 2)) + 1e-5);
            same("norm over positions", y, i => d(x[i]) / Rms(i % width));
            NormKernels<T>.RmsNormOverPositionsBackward(pg, py, ps, pg, false, pm, 1, rows, width);
            same("its gradient", g, i => d(scale[i % width]) * (d(given[i]) - (d(y[i]) * Enumerable.Range(0, rows).Average(r => d(given[(r * width) + (i % width)]) * d(y[(r * width) + (i % width)])))));
        }
    }

    // Two examples of half the rows each, with one head whose size is the width.
    private static unsafe void Rotation<T>(int rows, int width, Func<int, T[]> draw, Func<T, double> d, Action<string, T[], Func<int, double>> same)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (positions, size) = ((rows + 1) / 2, width * 2);
        T[] qkv = draw(rows * 3 * size), cos = draw(positions * size), sin = draw(positions * size), was = (T[])qkv.Clone();
        fixed (T* p = qkv, c = cos, s = sin)
        {
            AttentionKernels<T>.Rotate(p, c, s, rows, positions, 1, size, back: false);
            same("rotation", qkv, at =>
            {
                var (row, part, i) = (at / (3 * size), at / size % 3, at % size);
                var angle = (row % positions * size) + (i % width);
                return part == 2 ? d(was[at])
                    : i < width ? (d(was[at]) * d(cos[angle])) - (d(was[at + width]) * d(sin[angle]))
                    : (d(was[at]) * d(cos[angle])) + (d(was[at - width]) * d(sin[angle]));
            });
        }
    }

    private static unsafe void Product<T>(int rows, int width, Func<int, T[]> draw, Func<T, double> d, Action<string, T[], Func<int, double>> same)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const int Columns = 5;
        T[] a = draw(rows * width), b = draw(Columns * width), c = draw(rows * Columns), was = (T[])c.Clone();
        fixed (T* pa = a, pb = b, pc = c)
        {
            Products<T>.Product(rows, Columns, width, new(pa, width), new Matrix<T>(pb, width).Turned, new(pc, Columns), add: true, alpha: 0.5);
        }

        same("product", c, i => d(was[i]) + (0.5 * Enumerable.Range(0, width).Sum(k => d(a[(i / Columns * width) + k]) * d(b[(i % Columns * width) + k]))));
    }
}
