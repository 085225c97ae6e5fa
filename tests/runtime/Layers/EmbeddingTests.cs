using HrmGen.Layers;
using HrmGen.Tests.Fixtures;
using static TorchSharp.torch;

namespace HrmGen.Tests.Layers;

public class EmbeddingTests
{
    [Fact]
    public void Lookup_casts_rows_and_sums_gradients_in_the_parameters_precision()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(11);
        using var embedding = new CastedEmbedding(4, 3, 1, cast_to: ScalarType.BFloat16, ScalarType.Float32);
        // 1000 times the id 2: a sum in bfloat16 would stop at 256.
        var ids = full([10, 100], 2, ScalarType.Int32);
        var rows = embedding.forward(ids);
        TensorAssert.Close(embedding.embedding_weight[2].to(ScalarType.BFloat16).expand(10, 100, 3), rows, 0, 0, "rows");
        rows.sum().backward();
        var expected = zeros(4, 3);
        expected[2] = tensor(1000f);
        TensorAssert.Close(expected, embedding.embedding_weight.grad!, 0, 0, "gradient");
        TensorAssert.LeavesOnlyResults(1, () => embedding.forward(ids));
    }

    [Fact]
    public void Training_lookup_gives_a_leaf_of_the_batch_rows()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(12);
        using var embedding = new SparseEmbedding(5, 2, 1, ScalarType.Float32, ScalarType.Float32);
        var ids = tensor(new[] { 3, 1, 3 });
        embedding.train();
        var rows = embedding.forward(ids);
        TensorAssert.Close(embedding.weights.index_select(0, ids), rows, 0, 0, "rows");
        Assert.True(embedding.local_weights!.is_leaf && embedding.local_weights.requires_grad);
        Assert.Empty(embedding.parameters());
        Assert.Equal(["weights"], embedding.state_dict().Keys);
        Assert.False(embedding.weights.requires_grad);

        (rows * tensor(new[] { 1f, 10, 100 }).unsqueeze(-1)).sum().backward();
        // One gradient for each row of the batch: duplicates stay apart here and are summed by the optimizer.
        TensorAssert.Close(tensor(new[] { 1f, 1, 10, 10, 100, 100 }).view(3, 2), embedding.local_weights.grad!, 0, 0, "gradient");

        ids.zero_();
        Assert.Equal([3, 1, 3], embedding.local_ids!.data<int>().ToArray());
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Local_rows_outlive_scopes_and_results_until_the_next_training_batch(ScalarType cast_to)
    {
        using var outer = NewDisposeScope();
        using var embedding = new SparseEmbedding(5, 2, 1, cast_to, ScalarType.Float32);
        using (NewDisposeScope())
        {
            using var rows = embedding.forward(tensor(new[] { 4L, 0 }));
            Assert.Equal(cast_to, rows.dtype);
            rows.sum().backward();
        }
        var first = embedding.local_weights!;
        TensorAssert.Close(ones(2, 2), first.grad!, 0, 0, "gradient");

        embedding.eval();
        _ = embedding.forward(tensor(new[] { 1L }));
        embedding.train();
        using (no_grad())
        {
            Assert.False(embedding.forward(tensor(new[] { 1L })).requires_grad);
        }
        Assert.Same(first, embedding.local_weights);

        _ = embedding.forward(tensor(new[] { 1L }));
        Assert.NotSame(first, embedding.local_weights);
        Assert.True(first.IsInvalid);
        Assert.Null(embedding.local_weights!.grad);
        var ids = tensor(new[] { 1L });
        TensorAssert.LeavesOnlyResults(1, () => embedding.forward(ids));
    }
}
