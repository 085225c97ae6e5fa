using HrmGen.Layers;
using HrmGen.Tests.Fixtures;
using static TorchSharp.torch;

namespace HrmGen.Tests.Layers;

public class InitializationTests
{
    [Fact]
    public void Constants_and_values_equal_the_official_ones()
    {
        using var scope = NewDisposeScope();
        using var fixture = new OperatorFixture("trunc_normal");
        var c = 0;
        foreach (var config in fixture.Config.GetProperty("constants").EnumerateArray())
        {
            double Value(string name) => config.GetProperty(name).GetDouble();
            var law = TruncatedNormal.Of(Value("std"), Value("lower"), Value("upper"));
            foreach (var (name, actual) in new[]
            {
                ("a", law.a), ("b", law.b), ("z", law.z), ("pdf_u", law.pdf_u), ("pdf_l", law.pdf_l), ("comp_std", law.comp_std),
            })
            {
                Assert.True(Math.Abs(actual - Value(name)) <= 1e-12 * Math.Abs(Value(name)), $"case {c}, {name}: {actual:R}");
            }
            fixture.AssertClose($"c{c}.out", law.FromUniform_(fixture.Input($"c{c}.uniform").clone()), atol: 5e-6);
            c++;
        }
        fixture.AssertAllUsed();
    }

    [Fact]
    public void Draws_have_the_requested_deviation_and_bounds()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(8);
        var law = TruncatedNormal.Of(0.5, -2, 2);
        var x = Initialization.trunc_normal_(empty(200_000), std: 0.5);
        Assert.InRange(x.mean().item<float>(), -0.005, 0.005);
        Assert.InRange(x.std().item<float>(), 0.495, 0.505);
        Assert.InRange(x.abs().max().item<float>(), 1.95 * law.comp_std, 2 * law.comp_std + 1e-6);

        random.manual_seed(8);
        var again = Initialization.trunc_normal_(empty(200_000), std: 0.5);
        TensorAssert.Close(x, again, 0, 0, "the same seed");
    }

    [Fact]
    public void Layers_start_with_the_documented_deviations()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(9);
        using var linear = new CastedLinear(256, 400, bias: true, ScalarType.Float32);
        Assert.InRange(linear.weight.std().item<float>(), 0.99 / 16, 1.01 / 16);
        Assert.Equal(0f, linear.bias!.abs().max().item<float>());
        using var embedding = new CastedEmbedding(300, 300, init_std: 0.25, ScalarType.Float32, ScalarType.Float32);
        Assert.InRange(embedding.embedding_weight.std().item<float>(), 0.2475, 0.2525);
        using var sparse = new SparseEmbedding(3, 5, init_std: 0, ScalarType.Float32, ScalarType.Float32);
        Assert.Equal(0f, sparse.weights.abs().max().item<float>());
    }

    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.BFloat16)]
    public void Other_precisions_are_filled_too(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(10);
        var x = Initialization.trunc_normal_(empty(10_000, dtype));
        TensorAssert.AllFinite(x, "x");
        Assert.InRange(x.to(ScalarType.Float64).std().item<double>(), 0.97, 1.03);
    }

    [Fact]
    public void Impossible_laws_are_refused()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentOutOfRangeException>(() => Initialization.trunc_normal_(zeros(1), -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Initialization.trunc_normal_(zeros(1), double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => Initialization.trunc_normal_(zeros(1), 1, 2, 2));
    }
}
