using HrmGen.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace HrmGen.Fused;

/// <summary>
/// A forward pass on kernels. Examples never meet in it, so they are computed in groups, each on one thread from the first update to the
/// last: what a layer works in then stays in that core's cache, and threads wait for each other once a pass.
/// </summary>
/// <typeparam name="T"><see cref="float"/>, <see cref="double"/> or <see cref="BFloat16"/>.</typeparam>
public sealed class FusedPass<T> : IDisposable
    where T : unmanaged
{
    private readonly FusedPlan<T> plan;
    private readonly Tensor x;
    private readonly bool whole;
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly List<(Tensor Given, Tensor Value, bool Detached)> latents = [];

    /// <summary>Begins a pass.</summary>
    /// <param name="plan">The model's plan.</param>
    /// <param name="x">The embedded input, [B, positions, hidden_size] <typeparamref name="T"/>.</param>
    /// <param name="whole">True where all examples have to go together: for noise, and for loops that end by the residual of the batch.</param>
    /// <exception cref="ArgumentException"><paramref name="x"/> has another shape or format.</exception>
    public FusedPass(FusedPlan<T> plan, Tensor x, bool whole = false)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(x);
        (this.plan, this.x, this.whole) = (plan, x, whole);
        RequireShape(x);
    }

    /// <summary>Hands in a latent, which the pass copies and changes.</summary>
    /// <param name="value">[B, positions, hidden_size].</param>
    /// <param name="detached">True where the pass replaces it before the recorded updates: no gradient reaches <paramref name="value"/>.</param>
    public void Latent(Tensor value, bool detached)
    {
        ArgumentNullException.ThrowIfNull(value);
        RequireShape(value);
        using var _ = no_grad();
        var copy = empty(value.shape, dtype: value.dtype);
        copy.copy_(value);
        latents.Add((value, copy, detached));
    }

    /// <summary>The same for the elements of an indexed latent.</summary>
    /// <param name="values">The elements.</param>
    /// <param name="detached">As in the other overload, for each of them.</param>
    public void Latent(IEnumerable<Tensor> values, bool[] detached)
    {
        ArgumentNullException.ThrowIfNull(values);
        foreach (var (value, isDetached) in values.Zip(detached))
        {
            Latent(value, isDetached);
        }
    }

    /// <summary>Computes the pass.</summary>
    /// <param name="forward">The emitted forward, called for each group of examples.</param>
    /// <param name="backward">The emitted backward, likewise.</param>
    /// <returns>The latents in the order in which they were handed in, out of the pass's scope; they carry the gradient.</returns>
    public Tensor[] Run(Action<FusedTile<T>> forward, Action<FusedTile<T>> backward)
    {
        ArgumentNullException.ThrowIfNull(forward);
        Tensor[] values = [.. latents.Select(l => l.Value)];
        var records = is_grad_enabled();
        var groups = whole ? FusedGroups.Whole(x.size(0)) : FusedGroups.Of(plan, x.size(0));

        // Where one group is shared by threads, kernels share it out by examples.
        var positionsFirst = plan.PutsPositionsFirst && !whole && !plan.IsWatched && (groups.Count > 1 || Workers.Threads == 1);
        var kept = records ? new FusedWorkspace<T>[groups.Count] : null;
        using (no_grad())
        {
            plan.CastWeights();
            var (input, rows) = (FusedPlan<T>.RowsOf(x.contiguous()), values.Select(FusedPlan<T>.RowsOf).ToArray());
            groups.ForEachThread((_, own) =>
            {
                FusedWorkspace<T>? work = null;
                foreach (var (group, first, count) in own)
                {
                    if (work is null || work.Batch != count)
                    {
                        plan.Return(work);
                        work = plan.Rent(count);
                    }

                    work.Begin(first == 0, positionsFirst);
                    FusedTile<T> tile = new(work, plan.Examples(input, first, count), [.. rows.Select(r => plan.Examples(r, first, count))], records, values);
                    forward(tile);
                    tile.ReturnLatents();
                    if (kept is not null)
                    {
                        (kept[group], work) = (work, null);
                    }
                }

                plan.Return(work);
            });
        }

        if (kept is not null)
        {
            values = new FusedTape<T>(plan, groups, kept, x, [.. latents.Select(l => l.Detached ? null : l.Given)], values, backward).Outputs();
        }

        foreach (var value in values)
        {
            value.MoveToOuterDisposeScope();
        }

        return values;
    }

    /// <summary>Frees what the pass made for itself.</summary>
    public void Dispose() => scope.Dispose();

    private void RequireShape(Tensor tensor)
    {
        if (tensor.dim() != 3 || tensor.size(0) != x.size(0) || tensor.size(1) != plan.Positions || tensor.size(2) != plan.HiddenSize)
        {
            throw new ArgumentException($"x and the latents of this model are [{x.size(0)}, {plan.Positions}, {plan.HiddenSize}], and one is [{string.Join(", ", tensor.shape)}]");
        }
    }
}
