using HrmGen.Kernels;
using HrmGen.Layers;

namespace HrmGen.Fused;

/// <summary><see cref="SwiGLU"/> over channels, or over positions, on kernels, forward and backward.</summary>
/// <typeparam name="T"><see cref="float"/>, <see cref="double"/> or <see cref="BFloat16"/>.</typeparam>
/// <remarks>Over positions the weights stand on the left: the products read [positions, channels] as it lies, and nothing is transposed.</remarks>
public sealed unsafe class FusedSwiGLU<T>
    where T : unmanaged
{
    private readonly bool overPositions;
    private readonly int width;
    private readonly int gate_up_proj;
    private readonly int down_proj;
    private readonly int gateUp;
    private readonly int act;

    /// <summary>Puts a SwiGLU on kernels.</summary>
    /// <param name="plan">The model's plan.</param>
    /// <param name="weights">The SwiGLU.</param>
    /// <param name="overPositions">Whether it works along positions (TRM-MLP's mixer).</param>
    public FusedSwiGLU(FusedPlan<T> plan, SwiGLU weights, bool overPositions = false)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(weights);
        this.overPositions = overPositions;
        width = (int)weights.down_proj.weight.size(1);
        (gate_up_proj, down_proj) = (plan.Weight(weights.gate_up_proj), plan.Weight(weights.down_proj));
        if (overPositions)
        {
            plan.Mixes();
        }

        var (name, features) = overPositions ? ("mixer", (long)width * plan.HiddenSize) : ("mlp", (long)width * plan.Positions);
        (gateUp, act) = (plan.Slot(name + ".gate_up", 2 * features), plan.Slot(name + ".act", features));
    }

    /// <summary>part = SwiGLU(h).</summary>
    /// <param name="tile">The examples.</param>
    /// <param name="h">The input.</param>
    /// <param name="part">Takes the output.</param>
    /// <param name="at">The layer's place among the recorded ones.</param>
    public void Forward(FusedTile<T> tile, Rows<T> h, Rows<T> part, int at)
    {
        ArgumentNullException.ThrowIfNull(tile);
        var (work, channels) = (tile.Work, tile.Work.Plan.HiddenSize);
        var gu = work[gateUp, at];
        var a = work[act, 0];
        if (overPositions)
        {
            OverPositions(work, work.Weight(gate_up_proj), 2 * width, work.Plan.Positions, h.Data, gu);
            Kernels<T>.Cpu.SwiGLU(gu, a, work.Mixtures, (long)width * work.Columns);
            OverPositions(work, work.Weight(down_proj), work.Plan.Positions, width, a, part.Data);
            return;
        }

        var rows = checked((int)work.Count);
        Products<T>.Product(rows, 2 * width, channels, new(h.Data, channels), work.Weight(gate_up_proj).Turned, new(gu, 2 * width));
        Kernels<T>.Cpu.SwiGLU(gu, a, rows, width);
        Products<T>.Product(rows, channels, width, new(a, width), work.Weight(down_proj).Turned, new(part.Data, channels));
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
        var (work, channels, positions) = (tile.Work, tile.Work.Plan.HiddenSize, tile.Work.Plan.Positions);
        var gu = work[gateUp, at];
        var a = work[act, 0];
        if (overPositions)
        {
            OverPositions(work, work.Weight(down_proj).Turned, width, positions, d.Data, a);
            var columns = work.Columns;
            Kernels<T>.Cpu.SwiGLUBackward(gu, a, work.Mixtures, (long)width * columns);
            for (var mixture = 0L; mixture < work.Mixtures; mixture++)
            {
                var (from, features) = (mixture * positions * columns, mixture * width * columns);
                work.LearnTurned(down_proj, new(d.Data + from, columns), new(a + features, columns), columns);
                work.LearnTurned(gate_up_proj, new(gu + (2 * features), columns), new(h.Data + from, columns), columns);
            }

            OverPositions(work, work.Weight(gate_up_proj).Turned, positions, 2 * width, gu, into.Data, add);
            return;
        }

        var rows = checked((int)work.Count);
        Products<T>.Product(rows, width, channels, new(d.Data, channels), work.Weight(down_proj), new(a, width));
        Kernels<T>.Cpu.SwiGLUBackward(gu, a, rows, width);
        work.Learn(down_proj, new(d.Data, channels), new(a, width), rows);
        work.Learn(gate_up_proj, new(gu, 2 * width), new(h.Data, channels), rows);
        Products<T>.Product(rows, channels, 2 * width, new(gu, 2 * width), work.Weight(gate_up_proj), new(into.Data, channels), add);
    }

    // weight · [inner, columns] for each mixture.
    private static void OverPositions(FusedWorkspace<T> work, Matrix<T> weight, int outer, int inner, T* from, T* into, bool add = false)
    {
        var columns = work.Columns;
        Products<T>.Batch(
            new(work.Mixtures), outer, columns, inner, new(weight), new(new(from, columns), (long)inner * columns), new(new(into, columns), (long)outer * columns), add);
    }
}
