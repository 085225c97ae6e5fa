using System.Numerics;
using System.Runtime.CompilerServices;

namespace HrmGen.Kernels;

/// <summary>What <see cref="Vector{T}"/> lacks for a format that is a type parameter. The just-in-time compiler leaves one branch of each.</summary>
internal static unsafe class Simd
{
    /// <summary>e to the power of each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Exp<T>(Vector<T> x) => typeof(T) == typeof(float)
        ? (Vector<T>)(object)Vector.Exp((Vector<float>)(object)x)
        : (Vector<T>)(object)Vector.Exp((Vector<double>)(object)x);

    /// <summary>The logistic function of each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Sigmoid<T>(Vector<T> x) => Vector<T>.One / (Vector<T>.One + Exp(-x));

    /// <summary>The lanes at a pointer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Load<T>(T* from)
        where T : unmanaged => Unsafe.ReadUnaligned<Vector<T>>(from);

    /// <summary>Puts lanes at a pointer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(T* to, Vector<T> x)
        where T : unmanaged => Unsafe.WriteUnaligned(to, x);
}
