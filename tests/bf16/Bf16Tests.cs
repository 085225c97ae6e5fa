using HrmGen.Kernels;
using HrmGen.Models;
using HrmGen.Tests.Fused;
using static TorchSharp.torch;

namespace HrmGen.Tests.Bf16;

/// <summary>
/// Every spec of the repository with a bfloat16 forward pass, measured by the same model in float64: the fused form may be as wrong as
/// torch's own bfloat16 operators are, and no more.
/// </summary>
public sealed class Bf16Tests : IDisposable
{
    private readonly int threads = get_num_threads();

    public Bf16Tests() => set_num_threads(1);

    public void Dispose() => set_num_threads(threads);

    // Of what is compared, so that a lucky pass of the reference makes no demand that nobody meets.
    private const double Least = 0.004;

    private const int Rows = 5;

    public static TheoryData<string> All => [.. HrmModels.All.Select(m => m.Spec.Name)];

    [Theory]
    [MemberData(nameof(All))]
    public void The_fused_form_is_no_further_from_float64_than_the_reference(string name)
    {
        random.manual_seed(5);
        using var model = HrmModels.All.Single(m => m.Spec.Name == name).Create(null);
        using var exact = Fused.HrmModels.All.Single(m => m.Spec.Name == name).Create(null);
        if (!model.HasFusedForm)
        {
            Assert.StartsWith("Urm", name, StringComparison.Ordinal);
            return;
        }

        Copy(model, exact);
        var truth = Pass(exact, model, Lowering.Reference);
        var (reference, fused) = (Pass(model, model, Lowering.Reference), Pass(model, model, Lowering.Fused));
        Assert.Equal(reference.Keys, fused.Keys.Where(reference.ContainsKey));
        foreach (var (tensor, value) in truth)
        {
            var (allowed, actual) = (Error(reference[tensor], value), Error(fused[tensor], value));
            Assert.True(actual <= Math.Max(Least, 1.5 * allowed), $"{tensor} is {actual:p2} off, and the reference {allowed:p2}");
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Layers_work_in_what_the_compiler_counted(string name) => LayerMemory.Check<BFloat16>(HrmModels.All.Single(m => m.Spec.Name == name));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Training_learns_and_gives_the_same_bytes_twice(int count)
    {
        set_num_threads(count);
        var entry = HrmModels.All.Single(m => m.Spec.Name == "Sudoku4Trm");
        (byte[] Weights, double First, double Last) Train()
        {
            random.manual_seed(1);
            using var model = entry.Create(null);
            Assert.Equal(Lowering.Fused, model.Lowering);
            using var step = entry.CreateTrainingStep(model, entry.Spec.Training with { BatchSize = 40, LearningRate = 3e-3 });
            using var batch = new Data.PuzzleBatch(
                randint(1, 6, [40, entry.Spec.SeqLen], dtype: int32), randint(1, 6, [40, entry.Spec.SeqLen], dtype: int32), zeros(40, dtype: int32));
            var losses = new List<double>();
            for (var i = 0; i < 30; i++)
            {
                using var scope = NewDisposeScope();
                losses.Add(step.Step(batch).Losses.loss.to(float64).item<double>());
            }

            return ([.. model.Module.parameters().SelectMany(p => p.detach().flatten().data<float>().SelectMany(BitConverter.GetBytes))], losses[0], losses[^1]);
        }

        var (first, second) = (Train(), Train());
        Assert.Equal(first.Weights, second.Weights);
        Assert.InRange(first.Last, 0, 0.9 * first.First);
    }

    // Relative to the size of the whole tensor.
    private static double Error(double[] value, double[] truth) =>
        Math.Sqrt(value.Zip(truth, (a, b) => (a - b) * (a - b)).Sum() / (truth.Sum(t => t * t) + 1e-30));

    // Damped as in the other project: random weights would blow up what is rounded.
    private static void Copy(IRecursiveModel from, IRecursiveModel to)
    {
        using var _ = no_grad();
        var targets = to.Module.state_dict();
        foreach (var (name, parameter) in from.Module.named_parameters())
        {
            if (name.EndsWith("down_proj.weight", StringComparison.Ordinal) || name.EndsWith("o_proj.weight", StringComparison.Ordinal))
            {
                parameter.mul_(0.1);
            }
        }

        foreach (var (name, value) in from.Module.state_dict())
        {
            targets[name].copy_(value);
        }
    }

    // The recursion of one model from bfloat16 input and latents of the other, and the gradient of a projection of all latents that it gives.
    private static SortedDictionary<string, double[]> Pass(IRecursiveModel model, IRecursiveModel given, Lowering lowering)
    {
        using var scope = NewDisposeScope();
        model.Lowering = lowering;
        random.manual_seed(11);
        var dtype = model.InitialLatents(1).Named.First().Value.dtype;
        random.manual_seed(11);
        var puzzles = randint(0, model.Info.VocabSize, [Rows, model.Info.SeqLen], dtype: int32);
        var x = given.Embed(puzzles, zeros(Rows, dtype: int32)).detach().to(dtype).requires_grad_();
        var start = given.InitialLatents(Rows).Named.ToDictionary(l => l.Name, l => (l.Value.detach() + randn_like(l.Value)).to(dtype).requires_grad_());
        random.manual_seed(12);
        var end = model.Recur(model.LatentsFrom(n => start[n]), x);
        random.manual_seed(13);
        var values = new SortedDictionary<string, double[]>(StringComparer.Ordinal);
        var total = zeros(1, dtype: float64);
        foreach (var (name, value) in end.Named)
        {
            values["latent " + name] = Numbers(value.detach());
            total = total + (value.to(float64) * randn(value.shape).to(bfloat16).to(float64)).sum();
        }

        foreach (var (_, parameter) in model.Module.named_parameters())
        {
            parameter.grad = null;
        }

        total.backward();
        foreach (var (name, gradient) in model.Module.named_parameters().Select(p => (p.name, p.parameter.grad)).Append(("x", x.grad)).Concat(start.Select(s => (s.Key, s.Value.grad))))
        {
            if (gradient is { IsInvalid: false } && Numbers(gradient) is var numbers && numbers.Any(n => n != 0))
            {
                values["gradient of " + name] = numbers;
            }
        }

        return values;
    }

    private static double[] Numbers(Tensor tensor) => tensor.to(float64).flatten().data<double>().ToArray();
}
