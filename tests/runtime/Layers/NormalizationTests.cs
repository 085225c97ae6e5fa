using HrmGen.Layers;
using HrmGen.Tests.Fixtures;
using static TorchSharp.torch;

namespace HrmGen.Tests.Layers;

public class NormalizationTests
{
    [Fact]
    public void Rms_norm_equals_the_official_one()
    {
        using var scope = NewDisposeScope();
        using var fixture = new OperatorFixture("rms_norm");
        var i = 0;
        foreach (var epsilon in fixture.Config.GetProperty("eps").EnumerateArray())
        {
            var eps = epsilon.GetDouble();
            fixture.AssertClose($"y{i}", Normalization.rms_norm(fixture.Input("x"), eps, ScalarType.Float32), atol: 3e-6);
            fixture.AssertClose($"bf16.y{i}", Normalization.rms_norm(fixture.Input("bf16.x"), eps, ScalarType.Float32), rtol: 8e-3);

            var x = fixture.Input("x").narrow(0, 0, 6).clone().requires_grad_();
            (Normalization.rms_norm(x, eps, ScalarType.Float32) * fixture.Input($"w{i}")).sum().backward();
            fixture.AssertClose($"grad_x{i}", x.grad!, atol: fixture.Input($"grad_x{i}").abs().amax([-1], keepdim: true) * 2e-6);
            i++;
        }
        fixture.AssertAllUsed();
    }

    [Fact]
    public void Gradient_matches_finite_differences()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        var x = randn(3, 5, ScalarType.Float64).requires_grad_();
        var w = randn(3, 5, ScalarType.Float64);
        TensorAssert.MatchesFiniteDifferences(() => (Normalization.rms_norm(x, 1e-3, ScalarType.Float64) * w).sum(), x);
    }

    [Theory]
    [InlineData(ScalarType.Float64, ScalarType.Float64)]
    [InlineData(ScalarType.Float64, ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16, ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16, ScalarType.BFloat16)]
    public void Result_has_the_dtype_of_its_input(ScalarType dtype, ScalarType internal_dtype)
    {
        using var scope = NewDisposeScope();
        var x = ones(2, 4, dtype) * 3;
        var y = Normalization.rms_norm(x, 0, internal_dtype);
        TensorAssert.Close(ones(2, 4, dtype), y, 1e-2, 0, "y");
        TensorAssert.LeavesOnlyResults(1, () => Normalization.rms_norm(x, 0, internal_dtype));
    }
}
