using HrmGen.Layers;
using static TorchSharp.torch;

namespace HrmGen.Optimizers;

/// <summary>
/// Sign-SGD on the rows of the puzzle embedding that a batch used (official models/sparse_embedding.py,
/// <c>CastedSparseEmbeddingSignSGD_Distributed</c>): rows of absent puzzles stay as they are, without decay.
/// </summary>
/// <param name="embedding">The embedding.</param>
/// <param name="weight_decay">Decoupled decay.</param>
public sealed class SparseSignSGD(SparseEmbedding embedding, double weight_decay)
{
    /// <summary>One step on the rows of the last training batch; gradients of a puzzle that stands twice are added up first.</summary>
    /// <param name="lr">The learning rate of this step.</param>
    public void Step(double lr)
    {
        if (embedding.local_weights?.grad is not { } grad || embedding.local_ids is not { } ids)
        {
            return;
        }

        using var gradient = no_grad();
        using var scope = NewDisposeScope();
        var (unique, inverse, _) = ids.to(int64).unique(sorted: true, return_inverse: true);
        var sums = zeros([unique.size(0), grad.size(1)], dtype: grad.dtype, device: grad.device).index_add_(0, inverse!, grad, 1);
        var rows = embedding.weights.index_select(0, unique);
        _ = rows.mul_(1 - (lr * weight_decay));
        _ = rows.add_(sums.sign_(), -lr);
        _ = embedding.weights.index_copy_(0, unique, rows);
    }
}
