using HrmGen.Data;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace HrmGen.Benchmarks.Speed;

/// <summary>A whole training step of a model by hand: refill, forward, losses, halting, backward, AdamW, moving average, metrics. Frozen too.</summary>
internal sealed class NaiveTraining : IDisposable
{
    private const int N_sup = 16;

    private readonly NaiveShape shape;
    private readonly IBaselineModel model;
    private readonly optim.Optimizer optimizer;
    private readonly List<(Tensor Parameter, Tensor Average)> average;
    private readonly bool looksAhead;
    private (Tensor z_H, Tensor z_L)? latents;
    private Tensor? steps;
    private Tensor? halted;
    private PuzzleBatch? data;

    public NaiveTraining(NaiveShape shape, bool looksAhead, bool eager = false)
    {
        nn.Module module = eager ? new EagerModel(shape) : new NaiveModel(shape);
        (this.shape, this.looksAhead, model) = (shape, looksAhead, (IBaselineModel)module);
        optimizer = optim.AdamW(module.parameters(), lr: 1e-4, beta1: 0.9, beta2: 0.95, weight_decay: 0.1);
        average = [.. module.parameters().Select(p => ((Tensor)p, p.detach().clone()))];
    }

    /// <summary>One step.</summary>
    /// <returns>The loss of the batch.</returns>
    public double Step(PuzzleBatch batch)
    {
        using var scope = NewDisposeScope();
        if (latents is not { } carried || data is null || steps is null || halted is null)
        {
            carried = model.Start();
            (data, steps, halted) = (new(batch.inputs.alias().DetachFromDisposeScope(), batch.labels.alias().DetachFromDisposeScope(), batch.puzzle_identifiers.alias().DetachFromDisposeScope()), zeros(shape.Batch, dtype: int32), ones(shape.Batch, dtype: @bool));
        }

        carried = model.Reset(carried, halted);
        var inputs = where(halted.unsqueeze(-1), batch.inputs, data.inputs);
        var labels = where(halted.unsqueeze(-1), batch.labels, data.labels);
        var counted = where(halted, zeros_like(steps), steps) + 1;

        var (z_H, z_L, logits, q) = model.Step(carried, inputs, batch.puzzle_identifiers);
        var right = logits.argmax(-1) == labels;
        var solved = right.all(-1);
        var lm = (Stablemax(logits, labels) / shape.Cells).sum();
        var halt = F.binary_cross_entropy_with_logits(q[TensorIndex.Colon, 0], solved.to(float32), reduction: nn.Reduction.Sum);
        var loss = lm + (0.5 * halt);
        var stop = (counted >= N_sup) | (q[TensorIndex.Colon, 0] > (looksAhead ? q[TensorIndex.Colon, 1] : 0));
        var fewest = where(rand(shape.Batch) < 0.1, randint(2, N_sup + 1, [shape.Batch], dtype: int32), zeros(shape.Batch, dtype: int32));
        stop &= counted >= fewest;
        if (looksAhead)
        {
            Tensor target;
            using (no_grad())
            {
                var next = model.Step((z_H.detach(), z_L.detach()), inputs, batch.puzzle_identifiers).Q;
                target = where(counted >= N_sup, next[TensorIndex.Colon, 0], maximum(next[TensorIndex.Colon, 0], next[TensorIndex.Colon, 1])).sigmoid();
            }

            loss = loss + (0.5 * F.binary_cross_entropy_with_logits(q[TensorIndex.Colon, 1], target, reduction: nn.Reduction.Sum));
        }

        optimizer.zero_grad();
        (loss / shape.Batch).backward();
        optimizer.step();
        using (no_grad())
        {
            foreach (var (parameter, mean) in average)
            {
                mean.mul_(0.999).add_(parameter, alpha: 0.001);
            }
        }

        _ = right.to(float32).mean().item<float>() + solved.to(float32).mean().item<float>();
        var result = loss.to(float64).item<double>();
        Keep(z_H, z_L, new(inputs, labels, batch.puzzle_identifiers), counted, stop);
        return result;
    }

    public void Dispose()
    {
        optimizer.Dispose();
        model.Dispose();
    }

    private static Tensor Stablemax(Tensor logits, Tensor labels)
    {
        var x = logits.to(float64);
        var s = where(x < 0, 1 / (1 - x + 1e-30), x + 1);
        var p = log(s / s.sum(-1, keepdim: true));
        return -p.gather(-1, labels.to(int64).unsqueeze(-1)).squeeze(-1).sum(-1);
    }

    private void Keep(Tensor z_H, Tensor z_L, PuzzleBatch next, Tensor counted, Tensor stop)
    {
        var old = (latents, data, steps, halted);
        latents = (z_H.detach().DetachFromDisposeScope(), z_L.detach().DetachFromDisposeScope());
        data = new(next.inputs.alias().DetachFromDisposeScope(), next.labels.alias().DetachFromDisposeScope(), next.puzzle_identifiers.alias().DetachFromDisposeScope());
        (steps, halted) = (counted.DetachFromDisposeScope(), stop.DetachFromDisposeScope());
        if (old.latents is { } before)
        {
            before.z_H.Dispose();
            before.z_L.Dispose();
            old.data!.Dispose();
            old.steps!.Dispose();
            old.halted!.Dispose();
        }
    }
}
