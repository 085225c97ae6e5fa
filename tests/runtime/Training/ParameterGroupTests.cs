using HrmGen.Optimizers;
using HrmGen.Tests.Models;
using HrmGen.Training;

namespace HrmGen.Tests.Training;

/// <summary><c>training.groups</c>: rates and decays of some weights, and frozen ones.</summary>
public class ParameterGroupTests
{
    private static (Dictionary<string, double[]> Before, Dictionary<string, double[]> After, List<string> WithGradient) OneStep(
        string name, Func<TrainingOptions, TrainingOptions>? change = null)
    {
        using var model = TinyModels.Create(name);
        using var step = TinyModels.Step(model, change);
        using var batch = Puzzles.Batch(8, model.Info, 1);
        var before = TinyModels.Weights(model);
        _ = step.Step(batch);
        return (before, TinyModels.Weights(model), [.. TinyModels.Gradients(model).Keys]);
    }

    [Fact]
    public void Each_group_follows_its_own_rate_and_decay_and_the_rest_the_spec()
    {
        var (before, plain, _) = OneStep("Groups", o => o with { Groups = [] });
        var (_, grouped, withGradient) = OneStep("Groups");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, old) in before)
        {
            var group = name.StartsWith("L_level", StringComparison.Ordinal) ? "f" : name.Split('.')[0];
            seen.Add(group);
            for (var i = 0; i < old.Length; i++)
            {
                var moved = plain[name][i] - old[i];
                var expected = group switch
                {
                    "f" => 2 * moved,
                    "lm_head" or "embed_tokens" => 0,
                    "H_init" => 0.1 * moved,

                    // Decoupled: the weight shrinks by lr * decay before the same step.
                    "q_head" => moved - (1e-3 * 0.5 * old[i]),
                    _ => throw new InvalidOperationException(name),
                };
                Assert.Equal(expected, grouped[name][i] - old[i], 1e-12);
            }
        }

        Assert.Equal(["H_init", "embed_tokens", "f", "lm_head", "q_head"], seen.Order(StringComparer.Ordinal));
        Assert.DoesNotContain("lm_head.weight", withGradient);
        Assert.Contains("embed_tokens.embedding_weight", withGradient);
    }

    [Fact]
    public void Frozen_weights_still_pass_the_gradient_on()
    {
        var (before, after, _) = OneStep("Groups");
        Assert.All(before.Keys.Where(k => k.StartsWith("L_level", StringComparison.Ordinal)), k => Assert.NotEqual(before[k], after[k]));
        Assert.Equal(before["lm_head.weight"], after["lm_head.weight"]);
    }

    [Fact]
    public void Groups_can_be_given_at_run_time()
    {
        var frozen = new ParameterGroup("f", "L_level.") { Frozen = true };
        var (before, after, withGradient) = OneStep("NoAct", o => o with { Groups = [frozen], WeightDecay = 0 });
        Assert.All(before, w => Assert.Equal(w.Key.StartsWith("L_level", StringComparison.Ordinal), w.Value.SequenceEqual(after[w.Key])));
        Assert.DoesNotContain(withGradient, g => g.StartsWith("L_level", StringComparison.Ordinal));
    }

    [Fact]
    public void A_rate_beside_none_is_refused()
    {
        using var model = TinyModels.Create("Groups");
        var e = Assert.Throws<HrmGenException>(() => TinyModels.Step(model, o => o with { LearningRate = 0 }));
        Assert.Contains("the group 'z_H' has a learning rate of its own", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gradient_above_the_norm_is_scaled_down_to_it()
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        double[] Norms(double? clip)
        {
            using var model = TinyModels.Create("StepDecay");
            using var step = TinyModels.Step(model, o => o with { ClipNorm = clip, LearningRate = 0 });
            using var batch = Puzzles.Batch(8, model.Info, 1);
            _ = step.Step(batch);
            return [.. TinyModels.Gradients(model).OrderBy(g => g.Key, StringComparer.Ordinal).SelectMany(g => g.Value)];
        }

        var free = Norms(null);
        var norm = Math.Sqrt(free.Sum(g => g * g));
        Assert.Equal(free, Norms(norm * 2));
        var clipped = Norms(norm / 4);
        Assert.Equal(norm / 4, Math.Sqrt(clipped.Sum(g => g * g)), 1e-4 * norm);
        Assert.All(free.Zip(clipped), g => Assert.Equal(g.First / 4, g.Second, 1e-4 * norm));
    }
}
