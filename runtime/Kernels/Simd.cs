using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace HrmGen.Kernels;

/// <summary>What <see cref="Vector{T}"/> lacks for a format that is a type parameter. The just-in-time compiler leaves one branch of each.</summary>
internal static unsafe class Simd
{
    /// <summary>e to the power of each lane, to about the last bit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Exp<T>(Vector<T> x) => typeof(T) == typeof(float)
        ? (Vector<T>)(object)Exp((Vector<float>)(object)x)
        : (Vector<T>)(object)Vector.Exp((Vector<double>)(object)x);

    // 2^n · e^r with |r| at most ln(2)/2, by the polynomial of Cephes' expf; the library's own goes by way of float64 and takes three
    // times as long. Beyond what float32 holds, the nearest number that it does hold.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Exp(Vector<float> x)
    {
        x = Clamp(x);
        var shifted = Vector.FusedMultiplyAdd(x, new Vector<float>(1.44269504f), new Vector<float>(Rounder));
        var n = shifted - new Vector<float>(Rounder);
        var r = Vector.FusedMultiplyAdd(n, new Vector<float>(2.12194440e-4f), Vector.FusedMultiplyAdd(n, new Vector<float>(-0.693359375f), x));
        var p = Vector.FusedMultiplyAdd(new Vector<float>(1.9875691500e-4f), r, new Vector<float>(1.3981999507e-3f));
        p = Vector.FusedMultiplyAdd(p, r, new Vector<float>(8.3334519073e-3f));
        p = Vector.FusedMultiplyAdd(p, r, new Vector<float>(4.1665795894e-2f));
        p = Vector.FusedMultiplyAdd(p, r, new Vector<float>(1.6666665459e-1f));
        p = Vector.FusedMultiplyAdd(p, r, new Vector<float>(5.0000001201e-1f));
        p = Vector.FusedMultiplyAdd(p, r * r, r) + Vector<float>.One;
        return TimesPowerOfTwo(p, shifted);
    }

    /// <summary>e to the power of each lane to four digits, one more than bfloat16 holds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> RoughExp(Vector<float> x)
    {
        x = Clamp(x) * 1.44269504f;
        var shifted = x + new Vector<float>(Rounder);
        var f = x - (shifted - new Vector<float>(Rounder));

        // 2^f for |f| at most 1/2: the cubic whose largest relative error is smallest, 7.5e-5.
        var p = Vector.FusedMultiplyAdd(f, new Vector<float>(0.0551716854f), new Vector<float>(0.242611237f));
        p = Vector.FusedMultiplyAdd(p, f, new Vector<float>(0.693260993f));
        p = Vector.FusedMultiplyAdd(p, f, new Vector<float>(0.999928067f));
        return TimesPowerOfTwo(p, shifted);
    }

    // Added to a number below 2^22 it leaves the nearest integer in the last bits.
    private const float Rounder = 12582912f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Clamp(Vector<float> x) => Vector.MinNative(new Vector<float>(88.37626f), Vector.MaxNative(new Vector<float>(-87.33654f), x));

    // The integer goes into the exponent of p, which lies around 1. What is no number stays none: nothing is added to it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> TimesPowerOfTwo(Vector<float> p, Vector<float> shifted) =>
        Vector.AsVectorSingle(Vector.AsVectorInt32(p) + Vector.ShiftLeft(Vector.AsVectorInt32(shifted), 23));

    /// <summary>The largest lane; no number where one of them is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Largest<T>(Vector<T> x)
    {
        if (Vector<byte>.Count == Vector256<byte>.Count)
        {
            // Half against half, down to two lanes of float64, or four of float32 and then two.
            var half = Vector128.Max(x.AsVector256().GetLower(), x.AsVector256().GetUpper());
            half = Vector128.Max(half, Vector128.Shuffle(half.AsUInt64(), Vector128.Create(1ul, 0)).As<ulong, T>());
            return (typeof(T) == typeof(float) ? Vector128.Max(half, Vector128.Shuffle(half.AsUInt32(), Vector128.Create(1u, 0, 3, 2)).As<uint, T>()) : half).ToScalar();
        }

        var largest = x;
        for (var lane = 1; lane < Vector<T>.Count; lane++)
        {
            largest = Vector.Max(largest, new Vector<T>(x[lane]));
        }

        return largest[0];
    }

    /// <summary>The lanes at a pointer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Load<T>(T* from)
        where T : unmanaged => Unsafe.ReadUnaligned<Vector<T>>(from);

    /// <summary>Puts lanes at a pointer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(T* to, Vector<T> x)
        where T : unmanaged => Unsafe.WriteUnaligned(to, x);

    /// <summary>As many bfloat16 numbers as a vector has lanes, in float32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Widen(ushort* from)
    {
        if (Vector<float>.Count == Vector256<float>.Count)
        {
            var narrow = Vector128.Load(from);
            var bits = Avx2.IsSupported ? Avx2.ConvertToVector256Int32(narrow).AsUInt32() : Vector256.Create(Vector128.WidenLower(narrow), Vector128.WidenUpper(narrow));
            return Vector256.ShiftLeft(bits, 16).AsSingle().AsVector();
        }

        var single = Vector<float>.Zero;
        for (var lane = 0; lane < Vector<float>.Count; lane++)
        {
            single = single.WithElement(lane, new BFloat16(from[lane]).ToSingle());
        }

        return single;
    }

    /// <summary>Twice as many: those at even places, and those at odd ones. A shift and a mask part them, where halves take four steps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector<float> Even, Vector<float> Odd) WidenTwo(ushort* from)
    {
        if (Vector<float>.Count == Vector256<float>.Count && BitConverter.IsLittleEndian)
        {
            var bits = Vector256.Load((uint*)from);
            return (Vector256.ShiftLeft(bits, 16).AsSingle().AsVector(), (bits & Vector256.Create(0xFFFF0000)).AsSingle().AsVector());
        }

        return (Widen(from), Widen(from + Vector<float>.Count));
    }

    /// <summary>The way back from <see cref="WidenTwo"/>, rounded as by <see cref="Narrow"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void NarrowTwo(ushort* to, Vector<float> even, Vector<float> odd)
    {
        if (Vector<float>.Count == Vector256<float>.Count && BitConverter.IsLittleEndian)
        {
            var (low, high) = (Rounded(even.AsVector256().AsUInt32()), Rounded(odd.AsVector256().AsUInt32()));
            (Vector256.ShiftRightLogical(low, 16) | (high & Vector256.Create(0xFFFF0000))).Store((uint*)to);
            return;
        }

        Narrow(to, even);
        Narrow(to + Vector<float>.Count, odd);
    }

    // What is cut off behind the upper half is rounded into it, from the middle to the even number.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Rounded(Vector256<uint> bits) => bits + Vector256.Create(0x7FFFu) + (Vector256.ShiftRightLogical(bits, 16) & Vector256<uint>.One);

    /// <summary>Puts the bfloat16 numbers nearest to the lanes, of two the even one, at a pointer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Narrow(ushort* to, Vector<float> x)
    {
        if (Vector<float>.Count == Vector256<float>.Count)
        {
            var upper = Vector256.ShiftRightLogical(Rounded(x.AsVector256().AsUInt32()), 16);
            var packed = Sse41.IsSupported ? Sse41.PackUnsignedSaturate(upper.GetLower().AsInt32(), upper.GetUpper().AsInt32()) : Vector128.Narrow(upper.GetLower(), upper.GetUpper());
            packed.Store(to);
            return;
        }

        for (var lane = 0; lane < Vector<float>.Count; lane++)
        {
            to[lane] = BFloat16.FromSingle(x[lane]).Bits;
        }
    }
}
