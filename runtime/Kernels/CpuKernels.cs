using System.Numerics;
using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace HrmGen.Kernels;

/// <summary>Kernels in vectors as wide as the machine's, on libtorch's threads.</summary>
/// <typeparam name="T">Numbers in memory.</typeparam>
/// <typeparam name="TWide">What they are computed in: <see cref="float"/> for <see cref="BFloat16"/>, otherwise <typeparamref name="T"/>.</typeparam>
/// <remarks>
/// Any width: whole vectors first, then the rest number by number. Sums run over the lanes side by side, so that the order of additions,
/// and with it the last bits, depends on the machine's vector width, and on nothing else: not on threads.
/// </remarks>
internal sealed unsafe partial class CpuKernels<T, TWide> : Kernels<T>
    where T : unmanaged
    where TWide : unmanaged, IBinaryFloatingPointIeee754<TWide>
{
    // Not a field: code that is compiled before the class is initialized would read it in every loop.
    private static int Width => Vector<TWide>.Count;

    /// <inheritdoc/>
    public override ScalarType Wide => TorchCpu.TypeOf<TWide>();

    /// <inheritdoc/>
    public override int Places => sizeof(TWide) / sizeof(T);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<TWide> Load(T* from) => typeof(T) == typeof(BFloat16) ? (Vector<TWide>)(object)Simd.Widen((ushort*)from) : Simd.Load((TWide*)from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(T* to, Vector<TWide> x)
    {
        if (typeof(T) == typeof(BFloat16))
        {
            Simd.Narrow((ushort*)to, (Vector<float>)(object)x);
        }
        else
        {
            Simd.Store((TWide*)to, x);
        }
    }

    // Two vectors that lie one behind the other, in an order of their own, which StoreTwo shares.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector<TWide> A, Vector<TWide> B) LoadTwo(T* from)
    {
        if (typeof(T) == typeof(BFloat16))
        {
            var (even, odd) = Simd.WidenTwo((ushort*)from);
            return ((Vector<TWide>)(object)even, (Vector<TWide>)(object)odd);
        }

        return (Simd.Load((TWide*)from), Simd.Load((TWide*)from + Width));
    }

    // With what is added to them, unless that is null.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector<TWide> A, Vector<TWide> B) LoadTwo(T* from, T* added, int at)
    {
        var (a, b) = LoadTwo(from);
        if (added == null)
        {
            return (a, b);
        }

        var (more, other) = LoadTwo(added + at);
        return (a + more, b + other);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreTwo(T* to, Vector<TWide> a, Vector<TWide> b)
    {
        if (typeof(T) == typeof(BFloat16))
        {
            Simd.NarrowTwo((ushort*)to, (Vector<float>)(object)a, (Vector<float>)(object)b);
        }
        else
        {
            Simd.Store((TWide*)to, a);
            Simd.Store((TWide*)to + Width, b);
        }
    }

    // As exact as what is stored.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<TWide> Exp(Vector<TWide> x) => typeof(T) == typeof(BFloat16) ? (Vector<TWide>)(object)Simd.RoughExp((Vector<float>)(object)x) : Simd.Exp(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TWide Get(T* from) => typeof(T) == typeof(BFloat16) ? (TWide)(object)((BFloat16*)from)->ToSingle() : *(TWide*)from;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Set(T* to, TWide x)
    {
        if (typeof(T) == typeof(BFloat16))
        {
            *(BFloat16*)to = BFloat16.FromSingle((float)(object)x);
        }
        else
        {
            *(TWide*)to = x;
        }
    }
}
