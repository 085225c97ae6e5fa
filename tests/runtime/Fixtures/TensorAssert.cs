using TorchSharp;
using static TorchSharp.torch;

namespace HrmGen.Tests.Fixtures;

/// <summary>Assertions on tensors that say which element differs, and by how much.</summary>
internal static class TensorAssert
{
    public static void Close(Tensor expected, Tensor actual, double atol, double rtol, string name)
    {
        using var tolerance = tensor(atol, ScalarType.Float64);
        Close(expected, actual, tolerance, rtol, name);
    }

    /// <summary>|actual - expected| ≤ atol + rtol·|expected| for every element, compared in float64; NaN never passes.</summary>
    public static void Close(Tensor expected, Tensor actual, Tensor atol, double rtol, string name)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Assert.True(expected.dtype == actual.dtype, $"{name}: dtype {actual.dtype}, expected {expected.dtype}");
        Assert.True(
            expected.shape.AsSpan().SequenceEqual(actual.shape),
            $"{name}: shape [{string.Join(", ", actual.shape)}], expected [{string.Join(", ", expected.shape)}]");
        var want = expected.to(ScalarType.Float64).flatten();
        var got = actual.to(ScalarType.Float64).flatten();
        var allowed = atol.to(ScalarType.Float64).expand(expected.shape).flatten() + want.abs() * rtol;
        // Written as "not within" so that NaN counts as a failure; equal infinities have the difference NaN but are equal.
        var failed = (got - want).abs().le(allowed).logical_or(got.eq(want)).logical_not();
        var failures = failed.sum().item<long>();
        if (failures > 0)
        {
            var at = failed.to(ScalarType.Int32).argmax().item<long>();
            Assert.Fail(
                $"{name}: {failures} of {failed.numel()} elements differ; the first at flat index {at}: "
                + $"{got[at].item<double>():R}, expected {want[at].item<double>():R} ± {allowed[at].item<double>():R}");
        }
    }

    /// <summary>The largest |a - b|.</summary>
    public static double MaxDifference(Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        return (a.detach().to(ScalarType.Float64) - b.detach().to(ScalarType.Float64)).abs().max().item<double>();
    }

    public static void AllFinite(Tensor actual, string name)
    {
        using var scope = NewDisposeScope();
        Assert.True(actual.isfinite().all().item<bool>(), $"{name} has a value that is not finite: {actual.to(ScalarType.Float64).str()}");
    }

    /// <summary>
    /// Compares the gradient of <paramref name="function"/>, a scalar of float64 inputs, with central differences of every element.
    /// </summary>
    public static void MatchesFiniteDifferences(Func<Tensor> function, params Tensor[] inputs)
    {
        using var scope = NewDisposeScope();
        const double step = 1e-6;
        foreach (var input in inputs)
        {
            input.grad = null;
        }
        function().backward();
        foreach (var input in inputs)
        {
            using var _ = no_grad();
            var numeric = zeros_like(input);
            var (values, differences) = (input.view(-1), numeric.view(-1));
            for (long i = 0; i < values.numel(); i++)
            {
                var value = values[i].item<double>();
                double At(double x)
                {
                    using var inner = NewDisposeScope();
                    values[i] = tensor(x, ScalarType.Float64);
                    return function().item<double>();
                }
                differences[i] = tensor((At(value + step) - At(value - step)) / (2 * step), ScalarType.Float64);
                values[i] = tensor(value, ScalarType.Float64);
            }
            Close(numeric, input.grad!, 1e-7, 1e-6, "gradient");
        }
    }

    /// <summary>Asserts that <paramref name="call"/> leaves nothing but its results in the caller's dispose scope.</summary>
    public static void LeavesOnlyResults(int results, Action call)
    {
        using var scope = NewDisposeScope();
        call();
        Assert.Equal(results, scope.DisposablesCount);
    }
}
