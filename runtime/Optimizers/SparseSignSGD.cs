using HrmGen.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace HrmGen.Optimizers;

/// <summary>
/// Sign descent on the rows that a batch used: w ← (1 - lr·wd)·w - lr·sign(g), where g sums the gradients of all occurrences of the
/// row's id. Rows outside the batch are neither moved nor decayed, and there is no state.
/// </summary>
/// <param name="embedding">The table to update.</param>
/// <param name="weight_decay">Decoupled weight decay, multiplied by the learning rate.</param>
/// <remarks>Source: <c>CastedSparseEmbeddingSignSGD_Distributed</c> in <c>models/sparse_embedding.py</c> of HRM and TRM.</remarks>
/// <exception cref="ArgumentOutOfRangeException"><paramref name="weight_decay"/> is negative.</exception>
public sealed class SparseSignSGD(SparseEmbedding embedding, double weight_decay)
{
    private readonly double _weightDecay = weight_decay >= 0
        ? weight_decay
        : throw new ArgumentOutOfRangeException(nameof(weight_decay), weight_decay, "The weight decay must be at least 0.");

    /// <summary>Updates the rows of the latest training batch; does nothing when they have no gradient.</summary>
    /// <param name="lr">The learning rate of this step.</param>
    public void Step(double lr)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        if (embedding.local_weights?.grad is not { } grad || embedding.local_ids is not { } ids)
        {
            return;
        }
        using Scalar decay = 1 - lr * _weightDecay, one = 1, alpha = -lr;
        var (rows, inverse, _) = ids.to(ScalarType.Int64).unique(return_inverse: true);
        var summed = zeros(rows.size(0), grad.size(1), grad.dtype, grad.device).index_add_(0, inverse!, grad, one);
        var updated = embedding.weights.index_select(0, rows).mul_(decay).add_(summed.sign_(), alpha);
        embedding.weights.index_copy_(0, rows, updated);
    }
}
