using static TorchSharp.torch;

namespace HrmGen.Kernels;

/// <summary>What the fused lowering needs computed between matrix products.</summary>
/// <typeparam name="T">Numbers in memory: <see cref="float"/>, <see cref="double"/> or <see cref="BFloat16"/>.</typeparam>
/// <remarks>
/// Inside a kernel numbers are wide: float32 for bfloat16, as they are otherwise. So are factors of norms, rotary tables and sums of
/// gradients; they are handed over as <c>void*</c>. A result may take the place of an operand where that is said.
/// </remarks>
internal abstract unsafe class Kernels<T>
    where T : unmanaged
{
    /// <summary>Kernels of the CPU.</summary>
    public static Kernels<T> Cpu { get; } =
        typeof(T) == typeof(double) ? (Kernels<T>)(object)new CpuKernels<double, double>()
        : typeof(T) == typeof(float) ? (Kernels<T>)(object)new CpuKernels<float, float>()
        : typeof(T) == typeof(BFloat16) ? (Kernels<T>)(object)new CpuKernels<BFloat16, float>()
        : throw new NotSupportedException($"There are no kernels for {typeof(T).Name}");

    /// <summary>The format of tensors of wide numbers.</summary>
    public abstract ScalarType Wide { get; }

    /// <summary>Numbers of <typeparamref name="T"/> in whose place a wide one fits.</summary>
    public abstract int Places { get; }

    /// <summary>into = terms[0] + terms[1] + ..., from left to right; <paramref name="into"/> may be one of them.</summary>
    public abstract void Sum(T* into, nint[] terms, long count);

    /// <summary><see cref="Sum"/> of wide numbers.</summary>
    public abstract void SumWide(void* into, nint[] terms, long count);

    /// <summary>sum = terms, or sum += terms, with wide sums.</summary>
    public abstract void Accumulate(void* sum, T* terms, long count, bool add);

    /// <summary>into = factor · from.</summary>
    public abstract void Scale(T* into, T* from, double factor, long count);

    /// <summary>act = silu(gate) · up for each row of [gate | up].</summary>
    /// <param name="gateUp">[rows, 2 · width].</param>
    /// <param name="act">[rows, width].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="width">Numbers of a half.</param>
    public abstract void SwiGLU(T* gateUp, T* act, long rows, long width);

    /// <summary>
    /// The gradient of <see cref="SwiGLU"/>, in place: [gate | up] becomes its gradient, and the gradient of act becomes act, which is
    /// cheaper to compute again than to keep.
    /// </summary>
    /// <param name="gateUp">[rows, 2 · width].</param>
    /// <param name="act">[rows, width]: the gradient of act, and then act.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="width">Numbers of a half.</param>
    public abstract void SwiGLUBackward(T* gateUp, T* act, long rows, long width);

    /// <summary>y = (h + part) / sqrt(mean((h + part)²) + eps) for each row.</summary>
    /// <param name="h">The residual stream.</param>
    /// <param name="part">What is added to it, or null.</param>
    /// <param name="y">The result; may be <paramref name="h"/>.</param>
    /// <param name="scale">Wide: takes the factor of each row.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="width">Numbers of a row.</param>
    /// <param name="eps">Added to the mean square.</param>
    public abstract void RmsNorm(T* h, T* part, T* y, void* scale, long rows, int width, double eps);

    /// <summary>The gradient of a norm's input from that of its output: scale · (d - y · mean(d · y)).</summary>
    /// <param name="d">The gradient of the output.</param>
    /// <param name="y">The output.</param>
    /// <param name="scale">The factor of each row.</param>
    /// <param name="into">Takes the gradient of the input; may be <paramref name="d"/>.</param>
    /// <param name="add">Whether to add to what is there.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="width">Numbers of a row.</param>
    public abstract void RmsNormBackward(T* d, T* y, void* scale, T* into, bool add, long rows, int width);

    /// <summary><see cref="RmsNorm"/> down the columns of each example: over positions, for every channel by itself.</summary>
    /// <param name="h">[batch, positions, width].</param>
    /// <param name="part">The same shape, or null.</param>
    /// <param name="y">The result; may be <paramref name="h"/>.</param>
    /// <param name="scale">Wide [batch, width]: takes the factors.</param>
    /// <param name="batch">Examples.</param>
    /// <param name="positions">Positions.</param>
    /// <param name="width">Channels.</param>
    /// <param name="eps">Added to the mean square.</param>
    public abstract void RmsNormOverPositions(T* h, T* part, T* y, void* scale, long batch, int positions, int width, double eps);

    /// <summary><see cref="RmsNormBackward"/> down the columns of each example.</summary>
    /// <param name="d">[batch, positions, width]: the gradient of the output.</param>
    /// <param name="y">The output.</param>
    /// <param name="scale">Wide [batch, width].</param>
    /// <param name="into">Takes the gradient of the input; may be <paramref name="d"/>.</param>
    /// <param name="add">Whether to add to what is there.</param>
    /// <param name="means">Wide [batch, width]: working memory.</param>
    /// <param name="batch">Examples.</param>
    /// <param name="positions">Positions.</param>
    /// <param name="width">Channels.</param>
    public abstract void RmsNormOverPositionsBackward(T* d, T* y, void* scale, T* into, bool add, void* means, long batch, int positions, int width);

    /// <summary>Turns the pairs (i, i + size/2) of every query and key by the angles of their position; values stay.</summary>
    /// <param name="qkv">[rows, 3, heads, size], in place.</param>
    /// <param name="cos">Wide [positions, size], of which the first half of a row counts.</param>
    /// <param name="sin">Likewise.</param>
    /// <param name="rows">Rows: position after position, example after example.</param>
    /// <param name="positions">Positions of an example.</param>
    /// <param name="heads">Heads.</param>
    /// <param name="size">Numbers of a head.</param>
    /// <param name="back">Turns back, which is the gradient of turning.</param>
    public abstract void Rotate(T* qkv, void* cos, void* sin, long rows, int positions, int heads, int size, bool back);

    /// <summary>
    /// Brings the rows of each head together, and turns those of queries and keys: [batch, positions, parts, count, size] becomes
    /// [parts, batch, count, positions, size].
    /// </summary>
    /// <param name="rows">What to gather.</param>
    /// <param name="heads">Takes it.</param>
    /// <param name="cos">As in <see cref="Rotate"/>; null where nothing is turned.</param>
    /// <param name="sin">Likewise.</param>
    /// <param name="batch">Examples.</param>
    /// <param name="positions">Positions of an example.</param>
    /// <param name="parts">3 for queries, keys and values; 1 for what heads give.</param>
    /// <param name="count">Heads.</param>
    /// <param name="size">Numbers of a head.</param>
    public abstract void Gather(T* rows, T* heads, void* cos, void* sin, long batch, int positions, int parts, int count, int size);

    /// <summary>The way back from <see cref="Gather"/>, which is also its gradient.</summary>
    /// <param name="heads">What to spread.</param>
    /// <param name="rows">Takes it.</param>
    /// <param name="cos">Turned back where it is not null.</param>
    /// <param name="sin">Likewise.</param>
    /// <param name="batch">Examples.</param>
    /// <param name="positions">Positions of an example.</param>
    /// <param name="parts">Parts.</param>
    /// <param name="count">Heads.</param>
    /// <param name="size">Numbers of a head.</param>
    public abstract void Spread(T* heads, T* rows, void* cos, void* sin, long batch, int positions, int parts, int count, int size);

    /// <summary>Softmax of each row, in place.</summary>
    public abstract void Softmax(T* scores, long rows, int width);

    /// <summary>The gradient of <see cref="Softmax"/>: p · (d - sum(p · d)) for each row, in place of d.</summary>
    public abstract void SoftmaxBackward(T* p, T* d, long rows, int width);
}
