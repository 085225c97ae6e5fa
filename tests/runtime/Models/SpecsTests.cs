using HrmGen.Halting;
using HrmGen.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace HrmGen.Tests.Models;

/// <summary>What must hold for every spec of the repository.</summary>
public class SpecsTests
{
    public static TheoryData<string> Small => [.. HrmModels.All.Select(m => m.Spec.Name)];

    public static TheoryData<string> FullSize => [.. HrmGen.Specs.HrmModels.All.Select(m => m.Spec.Name)];

    [Theory]
    [MemberData(nameof(FullSize))]
    public void The_constant_for_parameters_is_the_sum_over_the_module(string name)
    {
        // On torch's meta device tensors have shapes and no memory: ARC's puzzle embeddings alone would take gigabytes.
        var entry = HrmGen.Specs.HrmModels.All.Single(m => m.Spec.Name == name);
        using var model = entry.Create(new Device(DeviceType.META));
        Assert.Equal(model.Module.parameters().Sum(p => p.numel()), entry.Spec.Parameters);
    }

    [Theory]
    [InlineData("HrmSudoku", 27_275_266, 24, 2)]
    [InlineData("TrmMlpSudoku", 5_028_866, 42, 1)]
    [InlineData("TrmAttSudoku", 6_828_034, 42, 1)]
    public void The_published_counts_come_out(string name, long parameters, int depth, int passes)
    {
        var spec = HrmGen.Specs.HrmModels.All.Single(m => m.Spec.Name == name).Spec;
        Assert.Equal((parameters, depth, passes), (spec.Parameters, spec.EffectiveDepth, spec.ForwardPasses));
    }

    [Theory]
    [MemberData(nameof(Small))]
    public void The_depth_is_the_number_of_layer_calls(string name)
    {
        using var scope = NewDisposeScope();
        var entry = HrmModels.All.Single(m => m.Spec.Name == name);
        using var model = entry.Create(null);
        var x = model.Embed(ones(2, entry.Spec.SeqLen, dtype: int32), zeros(2, dtype: int32));
        _ = model.Recur(model.InitialLatents(2), x);
        var calls = model.Module.named_children().Select(c => c.module).OfType<LayerStack>().Sum(s => s.Calls);

        // A loop that ends by its residual may end early.
        Assert.InRange(calls, model.Residuals.Values.Any(r => r.Settled) ? 1 : entry.Spec.EffectiveDepth, entry.Spec.EffectiveDepth);
    }

    [Theory]
    [MemberData(nameof(Small))]
    public void It_trains_twenty_steps_with_a_falling_loss_and_evaluates(string name)
    {
        random.manual_seed(1);
        var entry = HrmModels.All.Single(m => m.Spec.Name == name);
        using var model = entry.Create(null);
        using var step = entry.CreateTrainingStep(model, entry.Spec.Training with { LearningRate = 5e-3, TotalSteps = 20 });
        using var batch = Puzzles.Batch(step.Options.BatchSize, entry.Spec, seed: 3);
        var losses = new List<double>();
        for (var i = 0; i < 20; i++)
        {
            using var scope = NewDisposeScope();
            losses.Add(step.Step(batch).Losses.lm_loss.to(float64).item<double>());
        }

        Assert.All(losses, loss => Assert.True(double.IsFinite(loss)));
        Assert.True(losses.TakeLast(5).Average() < 0.95 * losses.Take(3).Average(), string.Join(", ", losses));
        Assert.InRange(model.Evaluate(batch).Count(), entry.Spec.Evaluation == EvaluationHalting.AllSteps ? entry.Spec.N_sup : 1, entry.Spec.N_sup);
    }
}
