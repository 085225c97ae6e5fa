using HrmGen.Kernels;
using static TorchSharp.torch;

namespace HrmGen.Fused;

/// <summary>The numbers of a latent, or of what has its shape, during one fused pass: [B, positions, hidden_size], one after the other.</summary>
/// <typeparam name="T"><see cref="float"/>, <see cref="double"/> or <see cref="BFloat16"/>.</typeparam>
/// <remarks>A handle on memory of the pass: it says nothing once the pass has ended.</remarks>
public readonly unsafe struct Rows<T> : IEquatable<Rows<T>>
    where T : unmanaged
{
    internal Rows(T* data, long count)
    {
        Data = data;
        Count = count;
    }

    internal T* Data { get; }

    internal long Count { get; }

    /// <summary>Becomes the sum of some terms, added up from left to right; may be one of them.</summary>
    /// <param name="terms">One or more.</param>
    public void Sum(params ReadOnlySpan<Rows<T>> terms)
    {
        var places = new nint[terms.Length];
        for (var i = 0; i < places.Length; i++)
        {
            places[i] = (nint)terms[i].Data;
        }

        Kernels<T>.Cpu.Sum(Data, places, Count);
    }

    /// <summary>Becomes a copy.</summary>
    /// <param name="from">What to copy; itself is nothing to do.</param>
    public void Copy(Rows<T> from)
    {
        if (from.Data != Data)
        {
            Buffer.MemoryCopy(from.Data, Data, Count * sizeof(T), Count * sizeof(T));
        }
    }

    /// <summary>Becomes [inner, outer, width] of [outer, inner, width].</summary>
    /// <param name="from">Other memory.</param>
    /// <param name="outer">First size of <paramref name="from"/>.</param>
    /// <param name="inner">Second size.</param>
    /// <param name="width">Numbers that stay together.</param>
    internal void Swap(Rows<T> from, long outer, long inner, int width)
    {
        var bytes = (long)width * sizeof(T);
        for (var i = 0L; i < outer; i++)
        {
            for (var j = 0L; j < inner; j++)
            {
                Buffer.MemoryCopy(from.Data + (((i * inner) + j) * width), Data + (((j * outer) + i) * width), bytes, bytes);
            }
        }
    }

    internal Tensor ToTensor(params long[] shape)
    {
        var tensor = empty(shape, dtype: TorchCpu.TypeOf<T>());
        CopyTo(TorchCpu.Data<T>(tensor));
        return tensor;
    }

    internal void CopyTo(T* to) => Buffer.MemoryCopy(Data, to, Count * sizeof(T), Count * sizeof(T));

    /// <summary>Becomes a multiple.</summary>
    /// <param name="factor">The factor, rounded to what kernels compute in.</param>
    /// <param name="from">What to multiply; may be itself.</param>
    public void Scale(double factor, Rows<T> from) => Kernels<T>.Cpu.Scale(Data, from.Data, factor, Count);

    /// <summary>Becomes zero.</summary>
    public void Zero()
    {
        for (var i = 0L; i < Count; i += int.MaxValue)
        {
            new Span<T>(Data + i, (int)Math.Min(int.MaxValue, Count - i)).Clear();
        }
    }

    /// <inheritdoc/>
    public bool Equals(Rows<T> other) => Data == other.Data;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Rows<T> other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => ((nint)Data).GetHashCode();

    /// <summary>Whether two handles are on the same memory.</summary>
    public static bool operator ==(Rows<T> left, Rows<T> right) => left.Equals(right);

    /// <summary>Whether two handles are on different memory.</summary>
    public static bool operator !=(Rows<T> left, Rows<T> right) => !left.Equals(right);
}
