using HrmGen.Losses;
using HrmGen.Tests.Models;
using static TorchSharp.torch;

namespace HrmGen.Tests.Training;

/// <summary>Weights of supervision steps, and rows that halt by their residual.</summary>
public class StepWeightTests
{
    [Fact]
    public void Weights_fall_by_the_decay_and_add_up_to_one()
    {
        using var scope = NewDisposeScope();
        var weights = StepWeights.Decayed(tensor(new[] { 1, 2, 3, 4 }), 0.7, 4).Doubles();
        Assert.Equal(1, weights.Sum(), 1e-6);
        Assert.All(weights.Skip(1).Zip(weights), w => Assert.Equal(0.7, w.First / w.Second, 1e-6));
    }

    [Fact]
    public void Each_row_s_losses_weigh_by_its_own_step()
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.Create("StepDecay");
        using var step = TinyModels.Step(model, o => o with { LearningRate = 0 });
        using var batch = Puzzles.Batch(8, model.Info, 1);
        var seen = new HashSet<int>();
        for (var i = 0; i < 8; i++)
        {
            TinyModels.DrawHaltingHead(model, i);
            var output = step.Step(batch);
            var rows = CrossEntropy.Stablemax(output.Outputs.logits, output.Data.labels, float64).mean([1]).Doubles();
            var (q, right, steps) = (output.Outputs.q_halt.Doubles(), output.Predictions.seq_is_correct.Bools(), output.steps.Ints());
            seen.UnionWith(steps);
            double Weight(int row) => Math.Pow(0.7, steps[row] - 1) / (1 + 0.7 + 0.49);
            double Halt(int row) => Math.Log(1 + Math.Exp(right[row] ? -q[row] : q[row]));
            var (lm, halt) = (Enumerable.Range(0, 8).Sum(r => Weight(r) * rows[r]), Enumerable.Range(0, 8).Sum(r => Weight(r) * Halt(r)));
            Assert.Equal(lm, output.Losses.lm_loss.Double(), 1e-6);
            Assert.Equal(halt, output.Losses.q_halt_loss.Double(), 1e-6);
            Assert.Equal(lm + (0.5 * halt), output.Losses.loss.Double(), 1e-6);
        }

        Assert.Equal([1, 2, 3], seen.Order());
    }

    [Fact]
    public void A_row_halts_by_its_residual_in_training_and_in_evaluation()
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.Create("ResidualHalting");
        using var step = TinyModels.Step(model, o => o with { LearningRate = 0 });
        using var batch = Puzzles.Batch(8, model.Info, 1);
        var (early, last) = (0, 0);
        var before = model.InitialLatents(8)["z_H"].clone();
        for (var i = 0; i < 8; i++)
        {
            var output = step.Step(batch);
            var after = output.Latents["z_H"];
            var change = (after - before).flatten(1).norm(1).div(before.flatten(1).norm(1)).Doubles();
            var (halted, steps) = (output.halted.Bools(), output.steps.Ints());
            for (var row = 0; row < 8; row++)
            {
                Assert.Equal(change[row] < 0.5 || steps[row] == 8, halted[row]);
                early += change[row] < 0.5 ? 1 : 0;
                last += halted[row] ? 0 : 1;
            }

            before = where(output.halted.view(-1, 1, 1), model.InitialLatents(8)["z_H"], after).clone();
        }

        Assert.True(early > 0 && last > 0, $"{early} early, {last} going on");
        Assert.InRange(model.Evaluate(batch).Count(), 1, 7);
    }
}
