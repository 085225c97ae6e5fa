using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HrmGen.Layers;

/// <summary>A learned table of vectors that are looked up and cast to the dtype of the forward pass.</summary>
/// <remarks>
/// Source: <c>CastedEmbedding</c> in <c>models/layers.py</c> of HRM and TRM. There the whole table is cast and then looked up; here
/// the rows are looked up and then cast. The values are the same, but the gradient of a token that occurs often is then summed in
/// the parameter's precision: a bfloat16 sum stops growing after a few hundred terms.
/// </remarks>
public sealed class CastedEmbedding : ExplicitModule<Tensor, Tensor>
{
    private readonly ScalarType _castTo;

    /// <summary>The table, [num_embeddings, embedding_dim].</summary>
    public Parameter embedding_weight { get; private set; }

    /// <summary>Draws a truncated-normal table.</summary>
    /// <param name="num_embeddings">Number of rows.</param>
    /// <param name="embedding_dim">Length of a row.</param>
    /// <param name="init_std">Standard deviation of the initial values; 0 gives zeros.</param>
    /// <param name="cast_to">Dtype of the result of <see cref="forward"/>.</param>
    /// <param name="dtype">Floating-point dtype of the table.</param>
    /// <param name="device">Where the table lives; the CPU by default.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or <paramref name="init_std"/> is negative.</exception>
    public CastedEmbedding(
        long num_embeddings, long embedding_dim, double init_std, ScalarType cast_to, ScalarType dtype, Device? device = null)
        : base(nameof(CastedEmbedding))
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(num_embeddings);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(embedding_dim);
        _castTo = cast_to;
        embedding_weight = Initialization.parameter(
            Initialization.trunc_normal_(empty(num_embeddings, embedding_dim, dtype, device), init_std));
        register_parameter(nameof(embedding_weight), embedding_weight);
    }

    /// <summary>Looks up the rows of <paramref name="ids"/>.</summary>
    /// <param name="ids">Any shape, int32 or int64, each in 0 .. num_embeddings - 1.</param>
    /// <returns>[ids.shape..., embedding_dim] in the dtype given as <c>cast_to</c>.</returns>
    public override Tensor forward(Tensor ids)
    {
        using var scope = NewDisposeScope();
        var rows = embedding_weight.index_select(0, ids.flatten()).view([.. ids.shape, embedding_weight.size(1)]);
        return (embedding_weight.dtype == _castTo ? rows : rows.to(_castTo)).MoveToOuterDisposeScope();
    }

    /// <summary>The whole table, for learned positions.</summary>
    /// <returns>[num_embeddings, embedding_dim] in the dtype given as <c>cast_to</c>.</returns>
    public Tensor All() => embedding_weight.dtype == _castTo ? embedding_weight.alias() : embedding_weight.to(_castTo);

    /// <summary>
    /// Moves the tensors without the base method's reflection, which ahead-of-time compilation would trim.
    /// </summary>
    protected override void _toEpilog(ScalarType? dtype, Device? device, bool non_blocking)
    {
        if (ReplaceParameter(dtype, device, embedding_weight, out var moved))
        {
            embedding_weight.Dispose();
            embedding_weight = moved!;
            ConditionallyRegisterParameter(nameof(embedding_weight), embedding_weight);
        }
        (_deviceType, _deviceIndex) = device is null ? (_deviceType, _deviceIndex) : (device.type, device.index);
    }
}
