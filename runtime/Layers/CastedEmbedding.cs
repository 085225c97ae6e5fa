using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HrmGen.Layers;

/// <summary>A table of vectors, cast to the format of the forward pass (official models/layers.py, <c>CastedEmbedding</c>).</summary>
public sealed class CastedEmbedding : ExplicitModule<Tensor, Tensor>
{
    private readonly ScalarType castTo;

    /// <summary>Creates the table, truncated normal of standard deviation <paramref name="init_std"/>.</summary>
    public CastedEmbedding(long num_embeddings, long embedding_dim, double init_std, ScalarType cast_to, ScalarType dtype, Device? device = null)
        : base(nameof(CastedEmbedding))
    {
        castTo = cast_to;
        embedding_weight = new Parameter(Initialization.trunc_normal_(empty(num_embeddings, embedding_dim, dtype: dtype, device: device), init_std));
        register_parameter(nameof(embedding_weight), embedding_weight);
    }

    /// <summary><c>[num_embeddings, embedding_dim]</c>.</summary>
    public Parameter embedding_weight { get; }

    /// <summary>Looks rows up.</summary>
    /// <param name="ids">int32 or int64, any shape.</param>
    /// <returns>That shape with <c>embedding_dim</c> behind it.</returns>
    public override Tensor forward(Tensor ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        using var scope = NewDisposeScope();

        // Rows first, cast second: the same numbers for a part of the work.
        var rows = embedding_weight.index_select(0, ids.reshape(-1));
        var cast = rows.dtype == castTo ? rows : rows.to(castTo);
        return cast.view([.. ids.shape, embedding_weight.size(1)]).MoveToOuterDisposeScope();
    }

    /// <summary>The whole table, for learned positions: <c>[num_embeddings, embedding_dim]</c>.</summary>
    public Tensor All() => embedding_weight.dtype == castTo ? embedding_weight.alias() : embedding_weight.to(castTo);
}
