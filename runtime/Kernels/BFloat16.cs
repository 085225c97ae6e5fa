using System.Runtime.CompilerServices;

namespace HrmGen.Kernels;

/// <summary>A bfloat16 number: the upper half of a float32, of which it has the range and eight bits of precision.</summary>
/// <param name="Bits">Sign, eight bits of exponent, seven of fraction.</param>
public readonly record struct BFloat16(ushort Bits)
{
    /// <summary>The nearest number, the even one of two; what is no number stays none.</summary>
    /// <param name="x">The number.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static BFloat16 FromSingle(float x)
    {
        var bits = BitConverter.SingleToUInt32Bits(x);
        return new((ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16));
    }

    /// <summary>The same number in float32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float ToSingle() => BitConverter.UInt32BitsToSingle((uint)Bits << 16);

    /// <inheritdoc/>
    public override string ToString() => ToSingle().ToString(System.Globalization.CultureInfo.InvariantCulture);
}
