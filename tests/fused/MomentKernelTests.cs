using System.Numerics;
using HrmGen.Kernels;

namespace HrmGen.Tests.Fused;

/// <summary>The angle of the optimizers' kernel, and that a number's place in memory changes none of its bits.</summary>
public sealed class MomentKernelTests
{
    private readonly Random random = new(9);

    [Fact]
    public void The_angle_of_float32_is_right_to_the_last_bits()
    {
        float Draw(double powers) => (float)((random.Next(2) == 0 ? -1 : 1) * Math.Pow(2, (random.NextDouble() - 0.5) * powers));
        var worst = 0.0;
        for (var i = 0; i < 300_000; i++)
        {
            // Of one size, of neighbouring sizes, and of every size that float32 has.
            var powers = i % 3 == 0 ? 1 : i % 3 == 1 ? 20 : 270;
            worst = Math.Max(worst, Units(Draw(powers), Draw(powers)));
        }

        Assert.InRange(worst, 0.5, 2);
    }

    [Fact]
    public void The_angle_of_special_numbers_is_that_of_the_library()
    {
        float[] special = [0, -0f, 1, -1, float.Epsilon, -float.Epsilon, 1e-38f, float.MaxValue, -float.MaxValue, 3, float.PositiveInfinity, float.NegativeInfinity, float.NaN];
        foreach (var y in special)
        {
            foreach (var x in special)
            {
                var (actual, expected) = (Angle(y, x), (float)Math.Atan2(y, x));
                Assert.True(Units(y, x) <= 2 || (float.IsNaN(expected) && float.IsNaN(actual)), $"atan2({y}, {x}) is {actual} instead of {expected}");
                Assert.Equal(float.IsNaN(expected) || float.IsNegative(expected), float.IsNaN(actual) || float.IsNegative(actual));
                Assert.Equal(Math.Atan2(y, x), Angles.Atan2(new Vector<double>(y), new Vector<double>(x))[0]);
            }
        }
    }

    [Fact]
    public unsafe void A_number_is_updated_alike_wherever_it_lies()
    {
        const int Count = 67;
        float[] Draw(double scale) => [.. Enumerable.Range(0, Count).Select(_ => (float)(scale * random.NextDouble()))];
        float[][] start = [Draw(1), Draw(2), Draw(0.1), Draw(0.01)];
        float[][] Run(bool atan2, bool oneByOne)
        {
            float[][] own = [.. start.Select(s => (float[])s.Clone())];
            fixed (float* p = own[0], g = own[1], m = own[2], v = own[3])
            {
                MomentSpan Span(int first, int count) => new((nint)(Pin(own[0]) + first), (nint)(Pin(own[1]) + first), (nint)(Pin(own[2]) + first), (nint)(Pin(own[3]) + first), count, 0.99, 0.1, 1.5);
                MomentSpan[] spans = oneByOne ? [.. Enumerable.Range(0, Count).Select(i => Span(i, 1))] : [Span(0, 1), Span(1, 0), Span(1, Count - 1)];
                if (atan2)
                {
                    MomentKernels<float>.Step(spans, 0.9, 0.95, default(AdamATan2Rule<float>));
                }
                else
                {
                    MomentKernels<float>.Step(spans, 0.9, 0.95, new AdamWRule<float>(1e-8f));
                }

                MomentKernels<float>.Average([.. spans.Select(s => (s.Mean, s.Parameter, s.Count))], 0.001);
            }

            return own;
        }

        foreach (var atan2 in new[] { false, true })
        {
            var (one, all) = (Run(atan2, true), Run(atan2, false));
            Assert.Equal(one, all);
            Assert.Equal(start[1], all[1]);
            for (var i = 0; i < Count; i++)
            {
                var mean = start[2][i] + (0.1 * (start[1][i] - start[2][i]));
                var root = 1.5 * Math.Sqrt((0.95 * start[3][i]) + (0.05 * start[1][i] * start[1][i]));
                var expected = (0.99 * start[0][i]) - (0.1 * (atan2 ? Math.Atan2(mean, root) : mean / (root + 1e-8)));
                Assert.Equal(expected, all[0][i], 5e-7);
                Assert.Equal(mean + (0.001 * (expected - mean)), all[2][i], 5e-7);
            }
        }
    }

    // Pinned by the caller.
    private static unsafe float* Pin(float[] numbers)
    {
        fixed (float* first = numbers)
        {
            return first;
        }
    }

    private static float Angle(float y, float x) => Angles.Atan2(new Vector<float>(y), new Vector<float>(x))[0];

    // How far the angle is from the exact one, in units of the last place of float32.
    private static double Units(float y, float x)
    {
        var (actual, expected) = (Angle(y, x), Math.Atan2(y, x));
        var unit = Math.Max(float.Epsilon, MathF.BitIncrement((float)Math.Abs(expected)) - (double)(float)Math.Abs(expected));
        return actual == (float)expected ? 0 : Math.Abs(actual - expected) / unit;
    }
}
