using HrmGen.Kernels;

namespace HrmGen.Fused;

/// <summary>A layer on kernels, forward and backward: what the compiler emits beside the layer of the reference.</summary>
/// <typeparam name="T"><see cref="float"/>, <see cref="double"/> or <see cref="BFloat16"/>.</typeparam>
public abstract class FusedLayer<T>
    where T : unmanaged
{
    /// <summary>The layer.</summary>
    /// <param name="tile">The examples.</param>
    /// <param name="h">Its input.</param>
    /// <param name="y">Takes its output; may be <paramref name="h"/>.</param>
    /// <param name="at">Its place among the recorded layers.</param>
    public abstract void Forward(FusedTile<T> tile, Rows<T> h, Rows<T> y, int at);

    /// <summary>Its gradient.</summary>
    /// <param name="tile">The examples.</param>
    /// <param name="d">The gradient of the output, which becomes that of the input.</param>
    /// <param name="h">The input.</param>
    /// <param name="y">The output.</param>
    /// <param name="at">Its place among the recorded layers.</param>
    public abstract void Backward(FusedTile<T> tile, Rows<T> d, Rows<T> h, Rows<T> y, int at);
}
