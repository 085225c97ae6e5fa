using HrmGen.Data;
using HrmGen.Lab.Inspection;
using HrmGen.Lab.Tests.Support;
using static TorchSharp.torch;

namespace HrmGen.Lab.Tests.Inspection;

public class MemoryEstimateTests
{
    private const string Small = """
        hrmgen: 1
        name: Small
        extends: hrmgen:trm
        task: { vocab_size: 6, seq_len: 16, puzzle_embedding: { count: 3, dim: 20, tokens: 1 } }
        block: { hidden_size: 32, num_heads: 4 }
        precision: { forward: float32 }
        training: { batch_size: 8 }

        """;

    [Fact]
    public void Weights_gradients_average_and_latents_are_those_of_a_real_step()
    {
        var entry = HrmGen.Specs.HrmModels.All.Single(m => m.Spec.Name == "TrmGrid_T1_n2");
        using var error = new StringWriter();
        var estimate = MemoryEstimate.Of(SpecCompilation.Load(new(Repository.Spec(entry.Spec.Source), entry.Spec.Name), error)!.Lowered, 8);
        using var model = entry.Create(null);
        using var step = entry.CreateTrainingStep(model, entry.Spec.Training with { BatchSize = 8 });
        using var scope = NewDisposeScope();
        using var batch = new PuzzleBatch(ones(8, 16, dtype: int32), ones(8, 16, dtype: int32), zeros(8, dtype: int32));
        _ = step.Step(batch);
        static long Bytes(IEnumerable<Tensor> tensors) => tensors.Sum(t => t.numel() * t.element_size());

        var held = model.Module.named_buffers().Where(b => !b.name.StartsWith("rotary_emb.", StringComparison.Ordinal)).Select(b => b.buffer);
        Assert.Equal(Bytes(model.Module.parameters().Concat(held)), estimate.Weights);
        Assert.Equal(Bytes(model.Module.parameters().Select(p => p.grad!)) + (8 * 64 * 4), estimate.Gradients);
        Assert.Equal(2 * Bytes(model.Module.parameters()), estimate.Optimizer);
        Assert.Equal(Bytes(step.Ema!.Shadow.Values), estimate.Average);
        Assert.Equal(Bytes(model.InitialLatents(8).Named.Select(l => l.Value)), estimate.Latents);
        Assert.Equal(8 * entry.Spec.ActivationBytes, estimate.Activations);
        Assert.Equal(8 * entry.Spec.FusedActivationBytes, estimate.FusedActivations);
    }

    // The network has 57,344 of 57,794 parameters.
    [Theory]
    [InlineData("training: { ema: none }", 0, 1, 1)]
    [InlineData("training: { groups: { f: { frozen: true } } }", 1, 0.0078, 0.0078)]
    [InlineData("training: { optimizer: muon }", 1, 1, 0.5039)]
    public void The_optimizer_decides_what_it_keeps(string change, double average, double gradients, double moments)
    {
        var (plain, changed) = (Estimate(Small), Estimate(Small.TrimEnd().Replace("batch_size: 8 }", change["training: { ".Length..], StringComparison.Ordinal)));
        Assert.Equal(average, Share(changed.Average, plain.Average), 4);
        Assert.Equal(gradients, Share(changed.Gradients - (8 * 20 * 4), plain.Gradients - (8 * 20 * 4)), 4);
        Assert.Equal(moments, Share(changed.Optimizer, plain.Optimizer), 4);
    }

    private static double Share(long part, long whole) => (double)part / whole;

    private static MemoryEstimate Estimate(string text)
    {
        var outcome = SpecCompilation.Compile(Path.Combine(Path.GetTempPath(), "small.hrm.yaml"), text);
        Assert.Empty(outcome.Findings);
        return MemoryEstimate.Of(outcome.Models.Single().Lowered, 8);
    }
}
