using System.Text.Json;
using HrmGen.Optimizers;
using HrmGen.Tests.Fixtures;
using TorchSharp.Modules;
using static TorchSharp.torch;
using AdamW = HrmGen.Optimizers.AdamW;

namespace HrmGen.Tests.Optimizers;

public class AdamTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AdamATan2_equals_release_0_0_3_and_not_0_0_2(bool kernels)
    {
        using var scope = NewDisposeScope();
        using var fixture = new OperatorFixture("adam_atan2");
        var r = 0;
        foreach (var run in fixture.Config.GetProperty("runs").EnumerateArray())
        {
            CheckRun(fixture, run, r++, kernels);
        }
        fixture.AssertAllUsed();
    }

    private static void CheckRun(OperatorFixture fixture, JsonElement run, int r, bool kernels)
    {
        double Number(string name) => run.GetProperty(name).GetDouble();
        var wide = run.GetProperty("dtype").GetString() == "float64";
        var (parameterTolerance, meanTolerance, squareTolerance) = wide ? (1e-13, 1e-14, 1e-13) : (8e-6, 4e-6, 3e-6);
        var parameter = new Parameter(fixture.Input($"run{r}.param0").clone());
        using var optimizer = new AdamATan2([("w", parameter)], Number("beta1"), Number("beta2"), Number("weight_decay")) { UsesKernels = kernels };
        var state = optimizer.State.ToDictionary(entry => entry.name, entry => entry.tensor);
        var largest = zeros_like(parameter);
        var rates = run.GetProperty("lr_per_step");
        for (var t = 0; t < run.GetProperty("steps").GetInt32(); t++)
        {
            var grad = fixture.Input($"run{r}.grad{t}");
            largest = largest.maximum(grad.abs());
            parameter.grad = grad.clone();
            optimizer.Step(rates[t].GetDouble());
            fixture.AssertClose($"run{r}.param{t + 1}", parameter, parameterTolerance);
            fixture.AssertClose($"run{r}.exp_avg{t + 1}", state["exp_avg.w"], largest * meanTolerance);
            fixture.AssertClose($"run{r}.exp_avg_sq{t + 1}", state["exp_avg_sq.w"], rtol: squareTolerance);
        }
        Assert.Equal(rates.GetArrayLength(), optimizer.StepCount);
        // The older release has the bias correction inside the atan2: it must be told apart by far more than the tolerance.
        var negative = fixture.Input($"run{r}.NEGATIVE_0_0_2.param{rates.GetArrayLength()}");
        Assert.True(TensorAssert.MaxDifference(negative, parameter) > 20 * parameterTolerance, $"run {r} matches release 0.0.2");
    }

    [Theory]
    [InlineData(ScalarType.Float64, 1e-14, true)]
    [InlineData(ScalarType.Float64, 1e-14, false)]
    [InlineData(ScalarType.Float32, 1e-6, true)]
    [InlineData(ScalarType.Float32, 1e-6, false)]
    public void AdamW_equals_the_one_of_torch(ScalarType dtype, double atol, bool kernels)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(15);
        var start = new[] { randn(4, 3, dtype), randn(5, dtype) };
        var (ours, theirs) = (start.Select(t => new Parameter(t.clone())).ToArray(), start.Select(t => new Parameter(t.clone())).ToArray());
        using var optimizer = new AdamW([("a", ours[0]), ("b", ours[1])], 0.9, 0.95, weight_decay: 0.1, eps: 1e-3) { UsesKernels = kernels };
        using var reference = optim.AdamW(theirs, lr: 0.01, beta1: 0.9, beta2: 0.95, eps: 1e-3, weight_decay: 0.1);
        for (var step = 1; step <= 25; step++)
        {
            var lr = 0.01 / step;
            reference.ParamGroups.Single().LearningRate = lr;
            for (var i = 0; i < 2; i++)
            {
                ours[i].grad = randn_like(ours[i]).detach();
                theirs[i].grad = ours[i].grad!.clone();
            }
            optimizer.Step(lr);
            reference.step();
            for (var i = 0; i < 2; i++)
            {
                TensorAssert.Close(theirs[i], ours[i], atol, 0, $"parameter {i} after step {step}");
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Missing_gradients_are_skipped_and_zero_gradients_are_not(bool atan2)
    {
        using var scope = NewDisposeScope();
        var (missing, zero, late) = (new Parameter(ones(2)), new Parameter(ones(2)), new Parameter(ones(2)));
        (string, Parameter)[] parameters = [("missing", missing), ("zero", zero), ("late", late)];
        using HrmGen.Optimizers.Optimizer optimizer =
            atan2 ? new AdamATan2(parameters, 0.9, 0.99, 0.5) : new AdamW(parameters, 0.9, 0.99, 0.5);
        zero.grad = zeros(2);
        optimizer.Step(0.1);
        optimizer.Step(0.1);
        TensorAssert.Close(ones(2), missing.detach(), 0, 0, "missing");
        TensorAssert.Close(full([2], 0.95f * 0.95f), zero.detach(), 1e-7, 0, "zero");

        // A first gradient at a later step gets the bias correction of a first step: with it, the update does not depend on the betas.
        late.grad = ones(2);
        optimizer.Step(0.1);
        TensorAssert.Close(full([2], (float)(0.95 - 0.1 * (atan2 ? Math.PI / 4 / (1 - 0.9) * Bias() : 1))), late.detach(), 1e-6, 0, "late");

        optimizer.ZeroGrad();
        Assert.All(optimizer.Parameters, entry => Assert.Null(entry.parameter.grad));
        Assert.Equal(3, optimizer.StepCount);

        // atan2(m, sqrt(v)/sqrt(bias)) of the first step with gradient 1: m = 0.1 and the corrected root is 1.
        static double Bias() => Math.Atan2(0.1, 1) / (Math.PI / 4);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Bfloat16_parameters_are_optimized_in_bfloat16(bool atan2)
    {
        using var scope = NewDisposeScope();
        var p = new Parameter(ones(2, ScalarType.BFloat16));
        using HrmGen.Optimizers.Optimizer optimizer =
            atan2 ? new AdamATan2([("p", p)], 0.9, 0.95, 0) : new AdamW([("p", p)], 0.9, 0.95, 0);
        p.grad = tensor(new[] { 3f, -3 }).to(ScalarType.BFloat16);
        optimizer.Step(0.25);
        var step = atan2 ? 2.5 * Math.Atan2(0.3, 3) : 0.25;
        TensorAssert.Close(tensor(new[] { 1 - step, 1 + step }), p.detach().to(ScalarType.Float64), 0, 8e-3, "p");
        Assert.Equal(ScalarType.BFloat16, optimizer.State.First().tensor.dtype);
    }

    [Fact]
    public void State_is_named_ordered_resumable_and_outlives_scopes()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(16);
        var (first, second) = (new Parameter(randn(3)), new Parameter(randn(2)));
        AdamATan2 optimizer;
        using (NewDisposeScope())
        {
            optimizer = new AdamATan2([("b", first), ("a", second)], 0.9, 0.95, 0.1);
        }
        using var _ = optimizer;
        Assert.Equal(
            ["exp_avg.b", "exp_avg_sq.b", "step.b", "exp_avg.a", "exp_avg_sq.a", "step.a"], optimizer.State.Select(entry => entry.name));

        var gradients = Enumerable.Range(0, 6).Select(_ => (randn(3), randn(2))).ToArray();
        void Run(AdamATan2 target, Parameter b, Parameter a, int from, int to)
        {
            for (var i = from; i < to; i++)
            {
                (b.grad, a.grad) = (gradients[i].Item1.clone(), gradients[i].Item2.clone());
                TensorAssert.LeavesOnlyResults(0, () => target.Step(0.01));
            }
        }
        Run(optimizer, first, second, 0, 3);
        var (firstCopy, secondCopy) = (new Parameter(first.detach().clone()), new Parameter(second.detach().clone()));
        using var resumed = new AdamATan2([("b", firstCopy), ("a", secondCopy)], 0.9, 0.95, 0.1) { StepCount = optimizer.StepCount };
        foreach (var ((_, target), (_, source)) in resumed.State.Zip(optimizer.State))
        {
            target.copy_(source);
        }
        Run(optimizer, first, second, 3, 6);
        Run(resumed, firstCopy, secondCopy, 3, 6);
        TensorAssert.Close(first, firstCopy, 0, 0, "b");
        TensorAssert.Close(second, secondCopy, 0, 0, "a");
        Assert.Equal(6, resumed.StepCount);
    }

    [Fact]
    public void Bad_arguments_are_named()
    {
        using var scope = NewDisposeScope();
        var p = new Parameter(zeros(1));
        Assert.Contains("'p'", Assert.Throws<ArgumentException>(() => new AdamW([("p", p), ("p", p)], 0.9, 0.95, 0)).Message);
        Assert.Throws<ArgumentOutOfRangeException>("beta1", () => new AdamW([("p", p)], 1, 0.95, 0));
        Assert.Throws<ArgumentOutOfRangeException>("beta2", () => new AdamATan2([("p", p)], 0.9, double.NaN, 0));
        Assert.Throws<ArgumentOutOfRangeException>("weight_decay", () => new AdamATan2([("p", p)], 0.9, 0.95, -1));
    }
}
