using System.Numerics;
using System.Runtime.CompilerServices;

namespace HrmGen.Kernels;

/// <summary>The angle of a point, which <see cref="Vector{T}"/> lacks.</summary>
internal static class Angles
{
    /// <summary>
    /// <see cref="Math.Atan2(double, double)"/> of each lane, in float32 within two units in the last place; signs of zeros, infinities and NaN as there.
    /// </summary>
    /// <param name="y">The ordinates.</param>
    /// <param name="x">The abscissas.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Atan2<T>(Vector<T> y, Vector<T> x) => typeof(T) == typeof(float)
        ? (Vector<T>)(object)Atan2((Vector<float>)(object)y, (Vector<float>)(object)x)
        : (Vector<T>)(object)ByLane((Vector<double>)(object)y, (Vector<double>)(object)x);

    // The angle of the smaller of both over the larger one, at most 45 degrees, then mirrored at the diagonal and at the axes.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Atan2(Vector<float> y, Vector<float> x)
    {
        var (ax, ay) = (Vector.Abs(x), Vector.Abs(y));
        var isSteep = Vector.GreaterThan(ay, ax);
        var (large, small) = (Vector.ConditionalSelect(isSteep, ay, ax), Vector.ConditionalSelect(isSteep, ax, ay));

        // 0/0 is 0, and equal ones are the diagonal, infinite ones too.
        var ratio = Vector.ConditionalSelect(Vector.Equals(small, Vector<float>.Zero) & Vector.Equals(x, x) & Vector.Equals(y, y), Vector<float>.Zero, small / large);
        ratio = Vector.ConditionalSelect(Vector.Equals(large, small) & Vector.GreaterThan(small, Vector<float>.Zero), Vector<float>.One, ratio);

        // What the ratio lost when it was rounded, over the derivative's 1 + ratio². Not where that is no number: of infinities, and of 0/0.
        var lost = Vector.FusedMultiplyAdd(-ratio, large, small) / (large * Vector.FusedMultiplyAdd(ratio, ratio, Vector<float>.One));
        lost = Vector.ConditionalSelect(Vector.LessThan(Vector.Abs(lost), ratio), lost, Vector<float>.Zero);
        var angle = Atan(ratio, lost);

        // Pi as two numbers: what float32 holds of it, and the rest.
        angle = Vector.ConditionalSelect(isSteep, new Vector<float>(1.57079637f) - angle + new Vector<float>(-4.37113883e-8f), angle);
        angle = Vector.ConditionalSelect(IsNegative(x), new Vector<float>(3.14159274f) - angle + new Vector<float>(-8.74227766e-8f), angle);
        return Vector.ConditionalSelect(IsNegative(y), -angle, angle);
    }

    // t + t³ · q(t²) on [0, 1]: the minimax polynomial of the relative error (Remez), which is 3e-9.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Atan(Vector<float> t, Vector<float> lost)
    {
        var z = t * t;
        var q = Vector.FusedMultiplyAdd(new Vector<float>(-1.7936230e-3f), z, new Vector<float>(1.0914612e-2f));
        q = Vector.FusedMultiplyAdd(q, z, new Vector<float>(-3.1177856e-2f));
        q = Vector.FusedMultiplyAdd(q, z, new Vector<float>(5.7957605e-2f));
        q = Vector.FusedMultiplyAdd(q, z, new Vector<float>(-8.4034510e-2f));
        q = Vector.FusedMultiplyAdd(q, z, new Vector<float>(1.0952186e-1f));
        q = Vector.FusedMultiplyAdd(q, z, new Vector<float>(-1.4264242e-1f));
        q = Vector.FusedMultiplyAdd(q, z, new Vector<float>(1.9998549e-1f));
        q = Vector.FusedMultiplyAdd(q, z, new Vector<float>(-3.3333299e-1f));
        return t + Vector.FusedMultiplyAdd(q * z, t, lost);
    }

    // By the sign bit: minus zero is on the other side of the axis.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> IsNegative(Vector<float> x) => Vector.AsVectorSingle(Vector.LessThan(Vector.AsVectorInt32(x), Vector<int>.Zero));

    private static Vector<double> ByLane(Vector<double> y, Vector<double> x)
    {
        Span<double> angles = stackalloc double[Vector<double>.Count];
        for (var lane = 0; lane < angles.Length; lane++)
        {
            angles[lane] = Math.Atan2(y[lane], x[lane]);
        }

        return new Vector<double>(angles);
    }
}
