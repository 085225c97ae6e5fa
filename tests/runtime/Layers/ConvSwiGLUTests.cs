using HrmGen.Layers;
using HrmGen.Tests.Fixtures;
using static TorchSharp.torch;

namespace HrmGen.Tests.Layers;

public class ConvSwiGLUTests
{
    /// <summary>URM's own formula: libtorch's conv1d, padded at both ends and cut to the length (its layers.py, kernel 2).</summary>
    [Fact]
    public void The_convolution_is_the_published_one()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(3);
        using var mlp = new ConvSwiGLU(6, 8, 2, ScalarType.Float64);
        var x = randn(2, 5, 6, ScalarType.Float64);

        var both = nn.functional.linear(x, mlp.gate_up_proj.weight);
        var gated = both.narrow(-1, 0, 8).silu() * both.narrow(-1, 8, 8);
        var padded = nn.functional.conv1d(gated.transpose(1, 2), mlp.dwconv.weight, mlp.dwconv.bias, padding: 1, groups: 8);
        var expected = nn.functional.linear(padded.narrow(2, 0, 5).transpose(1, 2).silu(), mlp.down_proj.weight);

        TensorAssert.Close(expected, mlp.forward(x), 1e-12, 0, "ConvSwiGLU");
        Assert.Equal(
            ["down_proj.weight", "dwconv.bias", "dwconv.weight", "gate_up_proj.weight"], mlp.state_dict().Keys.Order(StringComparer.Ordinal));
        Assert.Equal([8L, 1, 2], mlp.dwconv.weight.shape);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)] // longer than the sequence
    public void A_position_sees_itself_and_those_before_it(int kernel)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(4);
        using var conv = new DepthwiseConv(3, kernel, ScalarType.Float64);
        var x = randn(2, 5, 3, ScalarType.Float64);
        var y = conv.forward(x);
        for (var t = 0; t < 5; t++)
        {
            for (var c = 0; c < 3; c++)
            {
                var sum = conv.bias[c].item<double>();
                for (var back = 0; back < kernel && back <= t; back++)
                {
                    sum += x[1, t - back, c].item<double>() * conv.weight[c, 0, kernel - 1 - back].item<double>();
                }

                Assert.Equal(sum, y[1, t, c].item<double>(), 1e-12);
            }
        }
    }

    [Fact]
    public void Gradients_match_finite_differences()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(5);
        using var mlp = new ConvSwiGLU(3, 4, 2, ScalarType.Float64);
        var x = randn(2, 3, 3, ScalarType.Float64).requires_grad_();
        var w = randn(2, 3, 3, ScalarType.Float64);
        TensorAssert.MatchesFiniteDifferences(
            () => (mlp.forward(x) * w).sum(), x, mlp.gate_up_proj.weight, mlp.dwconv.weight, mlp.dwconv.bias, mlp.down_proj.weight);
    }

    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Output_has_the_input_s_format_and_nothing_is_left_behind(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        using var mlp = new ConvSwiGLU(3, 4, 2, ScalarType.Float32);
        var x = zeros(1, 2, 3, dtype);
        Assert.Equal(dtype, mlp.forward(x).dtype);
        TensorAssert.LeavesOnlyResults(1, () => mlp.forward(x));
    }

    [Fact]
    public void Kernels_start_uniform_within_their_bound()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(6);
        using var conv = new DepthwiseConv(4000, 4, ScalarType.Float64);
        foreach (var values in new Tensor[] { conv.weight, conv.bias })
        {
            Assert.InRange(values.abs().max().item<double>(), 0.49, 0.5);
            Assert.Equal(0.5 / Math.Sqrt(3), values.std().item<double>(), 0.01);
        }
    }
}
