using Xunit.Sdk;
using static TorchSharp.torch;

namespace HrmGen.Tests.Fixtures;

public class OperatorFixtureTests
{
    [Fact]
    public void A_forgotten_or_different_tensor_is_a_failure()
    {
        using var scope = NewDisposeScope();
        using var fixture = new OperatorFixture("rms_norm");
        var x = fixture.Input("x");
        Assert.Contains("bf16.y0", Assert.ThrowsAny<XunitException>(fixture.AssertAllUsed).Message);

        TensorAssert.Close(x, x.clone(), 0, 0, "x");
        Assert.ThrowsAny<XunitException>(() => TensorAssert.Close(x, x + 1e-3, 1e-4, 0, "value"));
        Assert.ThrowsAny<XunitException>(() => TensorAssert.Close(x, x * double.NaN, 1e9, 0, "NaN"));
        Assert.ThrowsAny<XunitException>(() => TensorAssert.Close(x, x.to(ScalarType.Float64), 0, 0, "dtype"));
        Assert.ThrowsAny<XunitException>(() => TensorAssert.Close(x, x.flatten(), 0, 0, "shape"));
    }
}
