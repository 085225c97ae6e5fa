using HrmGen.Layers;
using HrmGen.Tests.Fixtures;
using TorchSharp;
using static TorchSharp.torch;

namespace HrmGen.Tests.Layers;

public class FeedForwardTests
{
    // The fixture's table of intermediate sizes is the compiler's to meet: the layer takes the size as an argument.
    [Fact]
    public void SwiGLU_and_attention_equal_the_official_ones()
    {
        using var scope = NewDisposeScope();
        using var fixture = new OperatorFixture("swiglu");
        const double atol = 5e-5;
        var m = 0;
        foreach (var config in fixture.Config.GetProperty("cases").EnumerateArray())
        {
            using var mlp = new SwiGLU(config.GetProperty("hidden_size").GetInt64(), config.GetProperty("inter").GetInt64(), ScalarType.Float32);
            Set(mlp.gate_up_proj, fixture.Input($"m{m}.gate_up_proj.weight"));
            Set(mlp.down_proj, fixture.Input($"m{m}.down_proj.weight"));
            var x = fixture.Input($"m{m}.x").clone().requires_grad_();
            var y = mlp.forward(x);
            fixture.AssertClose($"m{m}.y", y, atol);
            (y * fixture.Input($"m{m}.w")).sum().backward();
            fixture.AssertClose($"m{m}.grad_x", x.grad!, atol);
            fixture.AssertClose($"m{m}.grad_gate_up", mlp.gate_up_proj.weight.grad!, atol);
            fixture.AssertClose($"m{m}.grad_down", mlp.down_proj.weight.grad!, atol);
            m++;
        }

        using var attention = new Attention(hidden_size: 24, head_dim: 8, num_heads: 3, ScalarType.Float32);
        using var rotary = new RotaryEmbedding(8, 7, 10000, ScalarType.Float32);
        Set(attention.qkv_proj, fixture.Input("attn.qkv_proj.weight"));
        Set(attention.o_proj, fixture.Input("attn.o_proj.weight"));
        var input = fixture.Input("attn.x").clone().requires_grad_();
        var output = attention.forward(input, rotary);
        fixture.AssertClose("attn.y", output, atol);
        (output * fixture.Input("attn.w")).sum().backward();
        fixture.AssertClose("attn.grad_x", input.grad!, atol);
        fixture.AssertClose("attn.grad_qkv", attention.qkv_proj.weight.grad!, atol);
        fixture.AssertClose("attn.grad_o", attention.o_proj.weight.grad!, atol);
        fixture.AssertAllUsed();
    }

    [Fact]
    public void SwiGLU_gradient_matches_finite_differences()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(2);
        using var mlp = new SwiGLU(3, 4, ScalarType.Float64);
        var x = randn(2, 2, 3, ScalarType.Float64).requires_grad_();
        var w = randn(2, 2, 3, ScalarType.Float64);
        TensorAssert.MatchesFiniteDifferences(
            () => (mlp.forward(x) * w).sum(), x, mlp.gate_up_proj.weight, mlp.down_proj.weight);
    }

    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Weights_are_cast_to_the_activations_and_gradients_back(ScalarType activations)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(4);
        using var linear = new CastedLinear(3, 2, bias: true, ScalarType.Float32);
        using (no_grad())
        {
            linear.bias!.copy_(tensor(new float[] { 0.25f, -1 }));
        }
        var x = randn(4, 3).to(activations);
        var y = linear.forward(x);
        var expected = x.to(ScalarType.Float32).matmul(linear.weight.to(activations).to(ScalarType.Float32).t()) + linear.bias;
        TensorAssert.Close(expected.to(activations), y, 1e-6, activations == ScalarType.BFloat16 ? 1e-2 : 1e-6, "y");
        y.sum().backward();
        Assert.Equal(ScalarType.Float32, linear.weight.grad!.dtype);
        Assert.Equal(4f, linear.bias.grad![0].item<float>());
        TensorAssert.LeavesOnlyResults(1, () => linear.forward(x));
    }

    [Fact]
    public void Modules_expose_the_official_state_dict_names()
    {
        using var mlp = new SwiGLU(4, 8, ScalarType.Float32);
        using var attention = new Attention(4, 2, 3, ScalarType.Float32);
        using var linear = new CastedLinear(4, 8, bias: true, ScalarType.Float32);
        Assert.Equal(["gate_up_proj.weight", "down_proj.weight"], mlp.state_dict().Keys);
        Assert.Equal(["qkv_proj.weight", "o_proj.weight"], attention.state_dict().Keys);
        Assert.Equal(["weight", "bias"], linear.state_dict().Keys);
        Assert.Equal([18L, 4], attention.qkv_proj.weight.shape);
        Assert.Equal([4L, 6], attention.o_proj.weight.shape);
    }

    [Fact]
    public void Modules_outlive_the_scope_they_are_created_in_and_survive_conversion()
    {
        SwiGLU mlp;
        using (NewDisposeScope())
        {
            mlp = new SwiGLU(4, 8, ScalarType.Float32);
        }
        using (mlp)
        using (NewDisposeScope())
        {
            mlp.to(ScalarType.Float64);
            Assert.Equal(ScalarType.Float64, mlp.gate_up_proj.weight.dtype);
            Assert.True(mlp.gate_up_proj.weight.is_leaf && mlp.gate_up_proj.weight.requires_grad);
            Assert.Same(mlp.gate_up_proj.weight, mlp.parameters().First());
            var x = zeros(2, 4, ScalarType.Float64);
            TensorAssert.LeavesOnlyResults(1, () => mlp.forward(x));
        }
    }

    [Fact]
    public void Sizes_must_be_positive()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new CastedLinear(0, 1, false, ScalarType.Float32));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SwiGLU(1, 0, ScalarType.Float32));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Attention(1, -1, 1, ScalarType.Float32));
        Assert.Throws<ArgumentOutOfRangeException>(() => new CastedEmbedding(0, 1, 1, ScalarType.Float32, ScalarType.Float32));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SparseEmbedding(1, 0, 1, ScalarType.Float32, ScalarType.Float32));
    }

    private static void Set(CastedLinear layer, Tensor value)
    {
        using var _ = no_grad();
        layer.weight.copy_(value);
    }
}
