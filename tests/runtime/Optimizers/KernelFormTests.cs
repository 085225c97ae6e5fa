using HrmGen.Optimizers;
using HrmGen.Tests.Fixtures;
using TorchSharp.Modules;
using static TorchSharp.torch;
using AdamW = HrmGen.Optimizers.AdamW;

namespace HrmGen.Tests.Optimizers;

/// <summary>The kernels of the optimizers and of the moving average beside torch's operators.</summary>
public sealed class KernelFormTests : IDisposable
{
    // A whole vector and less, a rest, more than a thread's share, and a scalar.
    private static readonly long[][] s_shapes = [[1], [3], [7, 5], [64], [1000], [], [211, 307]];

    private readonly int threads = get_num_threads();

    public static TheoryData<bool, double, double> Forms => new()
    {
        { false, 0.9, 1 }, { true, 0.9, 1 }, { false, 0.9, 1e-6 }, { true, 0.9, 1e-6 }, { false, 0.3, 1 }, { true, 0, 1 },
    };

    public void Dispose() => set_num_threads(threads);

    [Theory]
    [MemberData(nameof(Forms))]
    public void Each_step_in_float64_equals_that_of_torch(bool atan2, double beta1, double size)
    {
        using var scope = NewDisposeScope();
        using var kernel = new Side(atan2, ScalarType.Float64, beta1, kernels: true);
        using var torch = new Side(atan2, ScalarType.Float64, beta1, kernels: false);
        for (var step = 1; step <= 20; step++)
        {
            using var inner = NewDisposeScope();
            torch.CopyFrom(kernel);
            kernel.Step(step, size);
            torch.Step(step, size);
            foreach (var ((name, expected), (_, actual)) in torch.Tensors.Zip(kernel.Tensors))
            {
                var scale = name.StartsWith("exp_avg_sq", StringComparison.Ordinal) ? size * size : name.StartsWith("exp_avg", StringComparison.Ordinal) ? size : 1;
                TensorAssert.Close(expected, actual, 1e-15 * scale, 1e-15, $"{name} after step {step}");
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_hundred_steps_in_float32_stay_within_a_few_units_of_torch(bool atan2)
    {
        using var scope = NewDisposeScope();
        using var kernel = new Side(atan2, ScalarType.Float32, 0.9, kernels: true);
        using var torch = new Side(atan2, ScalarType.Float32, 0.9, kernels: false);
        for (var step = 1; step <= 100; step++)
        {
            kernel.Step(step, 1);
            torch.Step(step, 1);
        }

        const double Unit = 1.2e-7;
        foreach (var ((name, expected), (_, actual)) in torch.Tensors.Zip(kernel.Tensors))
        {
            TensorAssert.Close(expected, actual, name.StartsWith("exp_avg", StringComparison.Ordinal) ? 4 * Unit : 8 * Unit, 4 * Unit, name);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Threads_change_no_bit(bool atan2)
    {
        using var scope = NewDisposeScope();
        byte[] Run(int count)
        {
            set_num_threads(count);
            using var side = new Side(atan2, ScalarType.Float32, 0.9, kernels: true);
            for (var step = 1; step <= 3; step++)
            {
                side.Step(step, 1);
            }

            return [.. side.Tensors.Where(t => t.tensor.dtype == ScalarType.Float32).SelectMany(t => t.tensor.detach().flatten().data<float>().ToArray()).SelectMany(BitConverter.GetBytes)];
        }

        var one = Run(1);
        Assert.Equal(one, Run(2));
        Assert.Equal(one, Run(3));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Both_forms_share_a_step_where_kernels_cannot_take_all(bool atan2)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(21);
        Parameter[] start = [new(randn(5)), new(randn(4, 6).t()), new(randn(3, ScalarType.Float64)), new(randn(9).to(ScalarType.BFloat16)), new(randn(2))];
        Assert.False(start[1].is_contiguous());
        Tensor[] gradients = [randn(5), randn(4, 6).t(), randn(3, ScalarType.Float64), randn(9).to(ScalarType.BFloat16)];
        Parameter[] Run(bool kernels)
        {
            Parameter[] own = [.. start.Select(p => new Parameter(p.detach().clone()))];
            (string, Parameter)[] named = [.. own.Select((p, i) => ($"p{i}", p))];
            using MomentOptimizer optimizer = atan2 ? new AdamATan2(named, 0.9, 0.95, 0.1) : new AdamW(named, 0.9, 0.95, 0.1);
            Assert.True(optimizer.UsesKernels);
            optimizer.UsesKernels = kernels;
            optimizer.Rates = [(1, null), (0.5, 0), (2, null), (1, 0.2), (1, null)];
            for (var step = 0; step < 3; step++)
            {
                for (var i = 0; i < gradients.Length; i++)
                {
                    own[i].grad = gradients[i].clone();
                }

                TensorAssert.LeavesOnlyResults(0, () => optimizer.Step(0.01));
            }

            Assert.Equal([3, 3, 3, 3, 0], optimizer.State.Where(s => s.name.StartsWith("step.", StringComparison.Ordinal)).Select(s => s.tensor.item<long>()));
            return own;
        }

        foreach (var (expected, actual) in Run(false).Zip(Run(true)))
        {
            TensorAssert.Close(expected, actual, 4e-7, 0, expected.dtype.ToString());
        }
    }

    [Fact]
    public void A_parameter_of_two_names_is_updated_twice()
    {
        using var scope = NewDisposeScope();
        Parameter Run(bool kernels)
        {
            var p = new Parameter(arange(1, 100, ScalarType.Float64)) { grad = ones(99, ScalarType.Float64) };
            using var optimizer = new AdamW([("a", p), ("b", p)], 0.9, 0.95, 0.5) { UsesKernels = kernels };
            optimizer.Step(0.1);
            return p;
        }

        TensorAssert.Close(Run(false), Run(true), 1e-14, 0, "p");
    }

    [Theory]
    [InlineData(ScalarType.Float64, 0.999, 1e-15)]
    [InlineData(ScalarType.Float64, 0.3, 1e-15)]
    [InlineData(ScalarType.Float32, 0.999, 3e-7)]
    [InlineData(ScalarType.BFloat16, 0.9, 0)]
    public void The_moving_average_equals_that_of_torch(ScalarType dtype, double rate, double tolerance)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(22);
        (string, Parameter)[] parameters = [.. s_shapes.Select((s, i) => ($"p{i}", new Parameter(randn(s).to(dtype))))];
        using var kernel = new ExponentialMovingAverage(parameters, rate);
        using var torch = new ExponentialMovingAverage(parameters, rate) { UsesKernels = false };
        Assert.True(kernel.UsesKernels);
        for (var step = 0; step < 3; step++)
        {
            using (no_grad())
            {
                foreach (var (_, parameter) in parameters)
                {
                    parameter.add_(randn_like(parameter));
                }
            }

            kernel.Update();
            torch.Update();
        }

        Assert.All(parameters, p => TensorAssert.Close(torch.Shadow[p.Item1], kernel.Shadow[p.Item1], tolerance, tolerance, p.Item1));
    }

    // An optimizer over parameters of all sizes; the second one has no gradient at every other step.
    private sealed class Side : IDisposable
    {
        private readonly MomentOptimizer optimizer;

        public Side(bool atan2, ScalarType dtype, double beta1, bool kernels)
        {
            random.manual_seed(20);
            (string, Parameter)[] named = [.. s_shapes.Select((s, i) => ($"p{i}", new Parameter(randn(s, dtype))))];
            optimizer = atan2 ? new AdamATan2(named, beta1, 0.95, 0.1) : new AdamW(named, beta1, 0.95, 0.1);
            optimizer.UsesKernels = kernels;
            optimizer.Rates = [.. s_shapes.Select((_, i) => (i == 3 ? 0.25 : 1, i == 4 ? 0.3 : (double?)null))];
        }

        public IEnumerable<(string name, Tensor tensor)> Tensors => optimizer.Parameters.Select(p => (p.name, (Tensor)p.parameter)).Concat(optimizer.State);

        public void CopyFrom(Side other)
        {
            using var _ = no_grad();
            foreach (var ((_, into), (_, from)) in Tensors.Zip(other.Tensors))
            {
                into.copy_(from);
            }
        }

        public void Step(int step, double size)
        {
            random.manual_seed(100 + step);
            for (var i = 0; i < s_shapes.Length; i++)
            {
                var parameter = optimizer.Parameters[i].parameter;
                var grad = size * randn_like(parameter).detach();
                parameter.grad = i == 1 && step % 2 == 0 ? null : grad;
            }

            optimizer.Step(0.01);
        }

        public void Dispose() => optimizer.Dispose();
    }
}
