using static TorchSharp.torch;

namespace HrmGen.Layers;

/// <summary>
/// The puzzle embedding: a table that is no parameter, of which only the rows of a batch get a gradient
/// (official models/sparse_embedding.py, <c>CastedSparseEmbedding</c>). <see cref="Optimizers.SparseSignSGD"/> trains it.
/// </summary>
public sealed class SparseEmbedding : ExplicitModule<Tensor, Tensor>
{
    private readonly ScalarType castTo;

    /// <summary>Creates the table, truncated normal of standard deviation <paramref name="init_std"/>; the official one is 0.</summary>
    public SparseEmbedding(long num_embeddings, long embedding_dim, double init_std, ScalarType cast_to, ScalarType dtype, Device? device = null)
        : base(nameof(SparseEmbedding))
    {
        castTo = cast_to;
        weights = Initialization.trunc_normal_(empty(num_embeddings, embedding_dim, dtype: dtype, device: device), init_std);
        register_buffer(nameof(weights), weights);
    }

    /// <summary>The table, <c>[num_embeddings, embedding_dim]</c>.</summary>
    public Tensor weights { get; }

    /// <summary>The rows of the last training batch, <c>[B, embedding_dim]</c>: a leaf that holds their gradient. Null before the first.</summary>
    public Tensor? local_weights { get; private set; }

    /// <summary>The identifiers of those rows, <c>[B]</c>.</summary>
    public Tensor? local_ids { get; private set; }

    /// <summary>Looks rows up; in training with gradients on, through a fresh leaf that the optimizer reads.</summary>
    /// <param name="ids"><c>[B]</c>, int32 or int64.</param>
    /// <returns><c>[B, embedding_dim]</c> in the format of the forward pass.</returns>
    /// <remarks>The leaf is owned by this module and lives until the next training batch.</remarks>
    public override Tensor forward(Tensor ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        if (!training || !is_grad_enabled())
        {
            using var rows = weights.index_select(0, ids);
            return rows.to(castTo).alias();
        }

        local_weights?.Dispose();
        local_ids?.Dispose();
        using (no_grad())
        {
            local_weights = weights.index_select(0, ids).DetachFromDisposeScope();
            local_ids = ids.clone().DetachFromDisposeScope();
        }

        _ = local_weights.requires_grad_();
        return local_weights.to(castTo).alias();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            local_weights?.Dispose();
            local_ids?.Dispose();
        }

        base.Dispose(disposing);
    }
}
