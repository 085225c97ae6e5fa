using static TorchSharp.torch;

namespace HrmGen.Layers;

/// <summary>
/// The puzzle embedding: a table too large for a dense gradient. A training step sees only the rows of its batch, as a leaf tensor
/// whose gradient <see cref="Optimizers.SparseSignSGD"/> writes back.
/// </summary>
/// <remarks>Source: <c>CastedSparseEmbedding</c> in <c>models/sparse_embedding.py</c> of HRM and TRM.</remarks>
public sealed class SparseEmbedding : ExplicitModule<Tensor, Tensor>
{
    private readonly ScalarType _castTo;

    /// <summary>The table, [num_embeddings, embedding_dim]: a persistent buffer, never a parameter.</summary>
    public Tensor weights { get; private set; }

    /// <summary>
    /// The rows of the latest training batch, [B, embedding_dim]: a leaf that requires a gradient, whose <c>grad</c> stays readable
    /// until the next training forward. Null before the first one. Owned by this module.
    /// </summary>
    public Tensor? local_weights { get; private set; }

    /// <summary>The ids that <see cref="local_weights"/> belong to, [B]. Owned by this module.</summary>
    public Tensor? local_ids { get; private set; }

    /// <summary>Draws a truncated-normal table.</summary>
    /// <param name="num_embeddings">Number of rows.</param>
    /// <param name="embedding_dim">Length of a row.</param>
    /// <param name="init_std">Standard deviation of the initial values; 0 (the usual choice) gives zeros.</param>
    /// <param name="cast_to">Dtype of the result of <see cref="forward"/>.</param>
    /// <param name="dtype">Floating-point dtype of the table.</param>
    /// <param name="device">Where the table lives; the CPU by default.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or <paramref name="init_std"/> is negative.</exception>
    public SparseEmbedding(
        long num_embeddings, long embedding_dim, double init_std, ScalarType cast_to, ScalarType dtype, Device? device = null)
        : base(nameof(SparseEmbedding))
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(num_embeddings);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(embedding_dim);
        _castTo = cast_to;
        weights = Initialization.trunc_normal_(empty(num_embeddings, embedding_dim, dtype, device), init_std).DetachFromDisposeScope();
        register_buffer(nameof(weights), weights);
    }

    /// <summary>
    /// Looks up the rows of <paramref name="ids"/>. In training mode, where gradients are recorded, the rows become
    /// <see cref="local_weights"/> (the previous ones are disposed); otherwise it is a plain lookup that leaves them as they are.
    /// </summary>
    /// <param name="ids">[B], int32 or int64, each in 0 .. num_embeddings - 1; an id may occur more than once.</param>
    /// <returns>[B, embedding_dim] in the dtype given as <c>cast_to</c>.</returns>
    public override Tensor forward(Tensor ids)
    {
        using var scope = NewDisposeScope();
        var rows = weights.index_select(0, ids);
        if (!training || !is_grad_enabled())
        {
            return rows.to(_castTo).MoveToOuterDisposeScope();
        }

        // A copy of the ids: the caller's tensor may be gone, or hold the next batch, when the optimizer asks for them.
        var batchIds = ids.clone();
        DisposeLocal();
        local_weights = rows.requires_grad_().DetachFromDisposeScope();
        local_ids = batchIds.DetachFromDisposeScope();
        // The caller may dispose the result, so it must never be the leaf itself.
        var result = local_weights.dtype == _castTo ? local_weights.alias() : local_weights.to(_castTo);
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Moves the tensors without the base method's reflection, which ahead-of-time compilation would trim.
    /// </summary>
    protected override void _toEpilog(ScalarType? dtype, Device? device, bool non_blocking)
    {
        if (ReplaceBuffer(dtype, device, weights, out var moved))
        {
            weights = moved!;
            ConditionallyRegisterBuffer(nameof(weights), weights);
            DisposeLocal();
        }
        (_deviceType, _deviceIndex) = device is null ? (_deviceType, _deviceIndex) : (device.type, device.index);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            DisposeLocal();
        }
        base.Dispose(disposing);
    }

    private void DisposeLocal()
    {
        local_weights?.Dispose();
        local_ids?.Dispose();
        local_weights = local_ids = null;
    }
}
