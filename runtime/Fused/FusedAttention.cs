using HrmGen.Kernels;
using HrmGen.Layers;

namespace HrmGen.Fused;

/// <summary><see cref="Attention"/> on kernels, forward and backward.</summary>
/// <typeparam name="T"><see cref="float"/>, <see cref="double"/> or <see cref="BFloat16"/>.</typeparam>
/// <remarks>
/// MKL's products take each head by its stride where the projection puts it, [B, positions, 3, heads, head_dim], so that nothing is split,
/// transposed or merged; for bfloat16 the rows of a head are gathered as they are rotated. Kept for the backward: the rotated queries, keys and values, the probabilities, and what they attend to.
/// </remarks>
public sealed unsafe class FusedAttention<T>
    where T : unmanaged
{
    // Where the rows of a head lie together, bfloat16 products take half the time; those of MKL do not mind.
    private static readonly bool Gathers = typeof(T) == typeof(BFloat16);

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
    private readonly int spread;

    /// <summary>Puts an attention on kernels.</summary>
    /// <param name="plan">The model's plan.</param>
    /// <param name="weights">The attention.</param>
    /// <param name="rotary">The rotary tables, or null without rotation.</param>
    public FusedAttention(FusedPlan<T> plan, Attention weights, RotaryEmbedding? rotary = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(weights);
        plan.Attends();
        (this.rotary, heads, size) = (rotary, weights.Heads, weights.HeadDim);
        (qkv_proj, o_proj) = (plan.Weight(weights.qkv_proj), plan.Weight(weights.o_proj));
        var (length, width) = ((long)plan.Positions, (long)heads * size);
        projected = plan.Slot("attention.qkv", length * 3 * width);
        probabilities = plan.Slot("attention.p", heads * length * length);
        attended = plan.Slot("attention.out", length * width);
        dProjected = plan.Slot("attention.qkv.d", length * 3 * width, backward: true);
        dProbabilities = plan.Slot("attention.p.d", heads * length * length, backward: true);
        dAttended = plan.Slot("attention.out.d", length * width, backward: true);
        spread = Gathers ? plan.Slot("attention.spread", length * 3 * width) : -1;
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
        var between = Gathers ? work[spread, 0] : null;
        var rows = checked((int)work.Count);
        Products<T>.Product(rows, 3 * Width, channels, new(h.Data, channels), work.Weight(qkv_proj).Turned, new(Gathers ? between : qkv, 3 * Width));
        Turn(work, between, qkv);
        var all = Heads(work, qkv, p, Gathers ? between : o);
        Products<T>.Batch(all.Batch, length, length, size, all.Q, all.K.Turned, all.P, alpha: 1 / Math.Sqrt(size));
        Kernels<T>.Cpu.Softmax(p, work.Batch * heads * length, length);
        Products<T>.Batch(all.Batch, length, size, length, all.P, all.V, all.O);
        if (Gathers)
        {
            Kernels<T>.Cpu.Spread(between, o, null, null, work.Batch, length, 1, heads, size);
        }

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
        var between = Gathers ? work[spread, 0] : null;
        var rows = checked((int)work.Count);
        work.Learn(o_proj, new(d.Data, channels), new(o, Width), rows);
        Products<T>.Product(rows, Width, channels, new(d.Data, channels), work.Weight(o_proj), new(Gathers ? between : dO, Width));
        if (Gathers)
        {
            Kernels<T>.Cpu.Gather(between, dO, null, null, work.Batch, length, 1, heads, size);
        }

        var scale = 1 / Math.Sqrt(size);
        var (forward, gradient) = (Heads(work, qkv, p, o), Heads(work, dQkv, dP, dO));
        Products<T>.Batch(forward.Batch, length, size, length, forward.P.Turned, gradient.O, gradient.V);
        Products<T>.Batch(forward.Batch, length, length, size, gradient.O, forward.V.Turned, gradient.P);
        Kernels<T>.Cpu.SoftmaxBackward(p, dP, work.Batch * heads * length, length);
        Products<T>.Batch(forward.Batch, length, size, length, gradient.P, forward.K, gradient.Q, alpha: scale);
        Products<T>.Batch(forward.Batch, length, size, length, gradient.P.Turned, forward.Q, gradient.K, alpha: scale);
        var dSpread = TurnBack(work, dQkv, between);
        work.Learn(qkv_proj, new(dSpread, 3 * Width), new(h.Data, channels), rows);
        Products<T>.Product(rows, channels, 3 * Width, new(dSpread, 3 * Width), work.Weight(qkv_proj), new(into.Data, channels), add);
    }

    // The tables, or nothing.
    private (nint Cos, nint Sin) Tables()
    {
        var wide = Kernels<T>.Cpu.Wide;
        return rotary is null ? default : ((nint)TorchCpu.Data(rotary.cos_cached, wide), (nint)TorchCpu.Data(rotary.sin_cached, wide));
    }

    private void Turn(FusedWorkspace<T> work, T* between, T* qkv)
    {
        var (cos, sin) = Tables();
        if (Gathers)
        {
            Kernels<T>.Cpu.Gather(between, qkv, (void*)cos, (void*)sin, work.Batch, work.Plan.Positions, 3, heads, size);
        }
        else if (rotary is not null)
        {
            Kernels<T>.Cpu.Rotate(qkv, (void*)cos, (void*)sin, work.Count, work.Plan.Positions, heads, size, back: false);
        }
    }

    // As the projection gave it.
    private T* TurnBack(FusedWorkspace<T> work, T* dQkv, T* between)
    {
        var (cos, sin) = Tables();
        if (Gathers)
        {
            Kernels<T>.Cpu.Spread(dQkv, between, (void*)cos, (void*)sin, work.Batch, work.Plan.Positions, 3, heads, size);
            return between;
        }

        if (rotary is not null)
        {
            Kernels<T>.Cpu.Rotate(dQkv, (void*)cos, (void*)sin, work.Count, work.Plan.Positions, heads, size, back: true);
        }

        return dQkv;
    }

    // Where each head of each example lies: apart in the rows of positions, or gathered.
    private HeadPlaces Heads(FusedWorkspace<T> work, T* qkv, T* p, T* o)
    {
        var length = (long)work.Plan.Positions;
        var headStep = Gathers ? length * size : size;
        Matrices<T> Projected(int part) => Gathers
            ? new(new(qkv + (part * work.Count * Width), size), length * Width, headStep)
            : new(new(qkv + (part * Width), 3 * Width), length * 3 * Width, headStep);
        return new(
            new(checked((int)work.Batch), heads), Projected(0), Projected(1), Projected(2),
            new(new(p, (int)length), heads * length * length, length * length), new(new(o, Gathers ? size : Width), length * Width, headStep));
    }

    private readonly record struct HeadPlaces(MatrixBatch Batch, Matrices<T> Q, Matrices<T> K, Matrices<T> V, Matrices<T> P, Matrices<T> O);
}
