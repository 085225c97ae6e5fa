using HrmGen.Layers;
using HrmGen.Optimizers;
using HrmGen.Tests.Fixtures;
using static TorchSharp.torch;

namespace HrmGen.Tests.Optimizers;

public class SparseSignSGDTests
{
    [Fact]
    public void Steps_equal_the_official_ones()
    {
        using var scope = NewDisposeScope();
        using var fixture = new OperatorFixture("sparse_signsgd");
        using var embedding = new SparseEmbedding(6, 8, 0, ScalarType.Float32, ScalarType.Float32);
        embedding.weights.copy_(fixture.Input("weights0"));
        var t = 0;
        foreach (var step in fixture.Config.GetProperty("steps").EnumerateArray())
        {
            _ = embedding.forward(fixture.Input($"step{t}.ids"));
            embedding.local_weights!.grad = fixture.Input($"step{t}.grad").clone();
            new SparseSignSGD(embedding, step.GetProperty("weight_decay").GetDouble()).Step(step.GetProperty("lr").GetDouble());
            fixture.AssertClose($"step{t}.weights", embedding.weights, atol: 1e-7);
            t++;
        }
        fixture.AssertAllUsed();
    }

    [Fact]
    public void Duplicates_are_summed_before_the_sign_and_other_rows_stay()
    {
        using var scope = NewDisposeScope();
        using var embedding = new SparseEmbedding(4, 1, 0, ScalarType.BFloat16, ScalarType.Float64);
        embedding.weights.fill_(1);
        var rows = embedding.forward(tensor(new[] { 2L, 0, 2, 3 }));
        // Row 2: 3 - 5 < 0, where the sum of signs would be 0; row 3 has the gradient 0 and only decays.
        (rows * tensor(new[] { 3f, 1, -5, 0 }).unsqueeze(-1)).sum().backward();
        var optimizer = new SparseSignSGD(embedding, weight_decay: 0.5);
        TensorAssert.LeavesOnlyResults(0, () => optimizer.Step(0.1));
        TensorAssert.Close(tensor(new[] { 0.85, 1, 1.05, 0.95 }).view(4, 1), embedding.weights, 1e-12, 0, "weights");
    }

    [Fact]
    public void Nothing_happens_without_a_gradient()
    {
        using var scope = NewDisposeScope();
        using var embedding = new SparseEmbedding(2, 3, 1, ScalarType.Float32, ScalarType.Float32);
        var before = embedding.weights.clone();
        var optimizer = new SparseSignSGD(embedding, 1);
        optimizer.Step(0.1);
        _ = embedding.forward(tensor(new[] { 1 }));
        optimizer.Step(0.1);
        TensorAssert.Close(before, embedding.weights, 0, 0, "weights");
        Assert.Throws<ArgumentOutOfRangeException>(() => new SparseSignSGD(embedding, -1));
    }
}
