using HrmGen.Kernels;
using HrmGen.Layers;

namespace HrmGen.Fused;

/// <summary><see cref="Attention"/> on kernels, forward and backward.</summary>
/// <typeparam name="T"><see cref="float"/>, <see cref="double"/> or <see cref="BFloat16"/>.</typeparam>
/// <remarks>
/// Heads stay where the projection puts them, [B, positions, 3, heads, head_dim]: the products take each head by its stride, so that
/// nothing is split, transposed or merged. Kept for the backward: the rotated queries, keys and values, the probabilities, and what they attend to.
/// </remarks>
public sealed unsafe class FusedAttention<T>
    where T : unmanaged
{
    private readonly RotaryEmbedding? rotary;
    private readonly int heads;
    private readonly int size;
    private readonly int qkv_proj;
    private readonly int o_proj;
    private readonly int projected;
    private readonly int probabilities;
    private readonly int attended;
    private readonly int dProjected;
    private readonly int dProbabilities;
    private readonly int dAttended;

    /// <summary>Puts an attention on kernels.</summary>
    /// <param name="plan">The model's plan.</param>
    /// <param name="weights">The attention.</param>
    /// <param name="rotary">The rotary tables, or null without rotation.</param>
    public FusedAttention(FusedPlan<T> plan, Attention weights, RotaryEmbedding? rotary = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(weights);
        (this.rotary, heads, size) = (rotary, weights.Heads, weights.HeadDim);
        (qkv_proj, o_proj) = (plan.Weight(weights.qkv_proj), plan.Weight(weights.o_proj));
        var (length, width) = ((long)plan.Positions, (long)heads * size);
        projected = plan.Slot("attention.qkv", length * 3 * width);
        probabilities = plan.Slot("attention.p", heads * length * length);
        attended = plan.Slot("attention.out", length * width);
        dProjected = plan.Slot("attention.qkv.d", length * 3 * width, backward: true);
        dProbabilities = plan.Slot("attention.p.d", heads * length * length, backward: true);
        dAttended = plan.Slot("attention.out.d", length * width, backward: true);
    }

    private int Width => heads * size;

    /// <summary>part = Attention(h).</summary>
    /// <param name="tile">The examples.</param>
    /// <param name="h">The input.</param>
    /// <param name="part">Takes the output.</param>
    /// <param name="at">The layer's place among the recorded ones.</param>
    public void Forward(FusedTile<T> tile, Rows<T> h, Rows<T> part, int at)
    {
        ArgumentNullException.ThrowIfNull(tile);
        var (work, channels, length) = (tile.Work, tile.Work.Plan.HiddenSize, tile.Work.Plan.Positions);
        var qkv = work[projected, at];
        var p = work[probabilities, at];
        var o = work[attended, at];
        var rows = checked((int)work.Count);
        Products<T>.Product(rows, 3 * Width, channels, new(h.Data, channels), work.Weight(qkv_proj).Turned, new(qkv, 3 * Width));
        Rotate(qkv, work, back: false);
        var all = Heads(work, qkv, p, o);
        Products<T>.Batch(all.Batch, length, length, size, all.Q, all.K.Turned, all.P, alpha: 1 / Math.Sqrt(size));
        Kernels<T>.Cpu.Softmax(p, work.Batch * heads * length, length);
        Products<T>.Batch(all.Batch, length, size, length, all.P, all.V, all.O);
        Products<T>.Product(rows, channels, Width, new(o, Width), work.Weight(o_proj).Turned, new(part.Data, channels));
    }

    /// <summary>Adds the gradient of the input to <paramref name="into"/>, and those of the weights to theirs.</summary>
    /// <param name="tile">The examples.</param>
    /// <param name="d">The gradient of the output.</param>
    /// <param name="h">The input.</param>
    /// <param name="into">Takes the gradient of the input; may be <paramref name="d"/>, which is then read before.</param>
    /// <param name="add">Whether to add to what is there.</param>
    /// <param name="at">The layer's place among the recorded ones.</param>
    public void Backward(FusedTile<T> tile, Rows<T> d, Rows<T> h, Rows<T> into, bool add, int at)
    {
        ArgumentNullException.ThrowIfNull(tile);
        var (work, channels, length) = (tile.Work, tile.Work.Plan.HiddenSize, tile.Work.Plan.Positions);
        var qkv = work[projected, at];
        var p = work[probabilities, at];
        var o = work[attended, at];
        var dQkv = work[dProjected, 0];
        var dP = work[dProbabilities, 0];
        var dO = work[dAttended, 0];
        var rows = checked((int)work.Count);
        work.Learn(o_proj, new(d.Data, channels), new(o, Width), rows);
        Products<T>.Product(rows, Width, channels, new(d.Data, channels), work.Weight(o_proj), new(dO, Width));
        var scale = 1 / Math.Sqrt(size);
        var (forward, gradient) = (Heads(work, qkv, p, o), Heads(work, dQkv, dP, dO));
        Products<T>.Batch(forward.Batch, length, size, length, forward.P.Turned, gradient.O, gradient.V);
        Products<T>.Batch(forward.Batch, length, length, size, gradient.O, forward.V.Turned, gradient.P);
        Kernels<T>.Cpu.SoftmaxBackward(p, dP, work.Batch * heads * length, length);
        Products<T>.Batch(forward.Batch, length, size, length, gradient.P, forward.K, gradient.Q, alpha: scale);
        Products<T>.Batch(forward.Batch, length, size, length, gradient.P.Turned, forward.Q, gradient.K, alpha: scale);
        Rotate(dQkv, work, back: true);
        work.Learn(qkv_proj, new(dQkv, 3 * Width), new(h.Data, channels), rows);
        Products<T>.Product(rows, channels, 3 * Width, new(dQkv, 3 * Width), work.Weight(qkv_proj), new(into.Data, channels), add);
    }

    private void Rotate(T* qkv, FusedWorkspace<T> work, bool back)
    {
        if (rotary is not null)
        {
            var wide = Kernels<T>.Cpu.Wide;
            Kernels<T>.Cpu.Rotate(qkv, TorchCpu.Data(rotary.cos_cached, wide), TorchCpu.Data(rotary.sin_cached, wide), work.Count, work.Plan.Positions, heads, size, back);
        }
    }

    // Where each head of each example lies.
    private HeadPlaces Heads(FusedWorkspace<T> work, T* qkv, T* p, T* o)
    {
        var length = (long)work.Plan.Positions;
        Matrices<T> Projected(int part) => new(new(qkv + (part * Width), 3 * Width), length * 3 * Width, size);
        return new(
            new(checked((int)work.Batch), heads), Projected(0), Projected(1), Projected(2),
            new(new(p, (int)length), heads * length * length, length * length), new(new(o, Width), length * Width, size));
    }

    private readonly record struct HeadPlaces(MatrixBatch Batch, Matrices<T> Q, Matrices<T> K, Matrices<T> V, Matrices<T> P, Matrices<T> O);
}
