using HrmGen.Halting;
using HrmGen.Layers;
using HrmGen.Tests.Models;
using static TorchSharp.torch;

namespace HrmGen.Tests.Training;

/// <summary>What changes over training (<c>{ at: ... }</c>), at each step of a run of eight.</summary>
public class OverTimeTests
{
    [Fact]
    public void Each_setting_has_its_value_of_the_hour()
    {
        using var model = TinyModels.Create("OverTime");
        using var step = TinyModels.Step(model, o => o with { TotalSteps = 8, LearningRate = 0 });
        using var exploration = new Recorder();
        step.Exploration = exploration;
        using var batch = Puzzles.Batch(8, model.Info, 1);
        TinyModels.NeverHalt(model);
        var f = model.Module.named_children().Select(c => c.module).OfType<LayerStack>().Single();
        var inRun = 0;
        for (var i = 0; i < 8; i++)
        {
            var progress = i / 8.0;
            var cycles = progress < 0.25 ? 1 : progress < 0.75 ? 2 : 4;
            var before = f.Calls;
            var output = step.Step(batch);

            // n = 2 updates of z_L and one of z_H a cycle, in this pass and in the continue target's.
            Assert.Equal(2 * 3 * cycles, f.Calls - before);

            var last = progress < 0.5 ? 2 : 3;
            inRun++;
            Assert.Equal(inRun, output.steps.Ints()[0]);
            Assert.Equal(inRun == last, output.halted.Bools()[0]);
            inRun = inRun == last ? 0 : inRun;

            var (halt, go) = (progress < 0.5 ? 0.5 : 2, progress < 0.25 ? 0 : 0.75);
            Assert.Equal(
                output.Losses.lm_loss.Double() + (halt * output.Losses.q_halt_loss.Double()) + (go * output.Losses.q_continue_loss.Double()),
                output.Losses.loss.Double(), 1e-9);
            Assert.Equal((progress < 0.5 ? 1 : 0.25, last), exploration.Asked[^1]);
        }
    }

    [Fact]
    public void Outside_of_training_the_last_value_holds()
    {
        using var model = TinyModels.Create("OverTime");
        using var step = TinyModels.Step(model, o => o with { TotalSteps = 8 });
        using var batch = Puzzles.Batch(8, model.Info, 1);
        _ = step.Step(batch);
        var f = model.Module.named_children().Select(c => c.module).OfType<LayerStack>().Single();
        var before = f.Calls;
        Assert.Equal(3, model.Evaluate(batch).Count());
        Assert.Equal(3 * 3 * 4, f.Calls - before);
        Assert.Equal((3, 12), (model.Info.N_sup, model.Info.EffectiveDepth));
    }

    [Fact]
    public void The_length_of_training_has_to_be_known()
    {
        using var model = TinyModels.Create("OverTime");
        var e = Assert.Throws<HrmGenException>(() => TinyModels.Step(model));
        Assert.Contains("OverTime changes over the progress of training", e.Message, StringComparison.Ordinal);
        Assert.Contains("TotalSteps", e.Message, StringComparison.Ordinal);
    }

    private sealed class Recorder() : HaltExploration(0)
    {
        public List<(double Probability, int N_sup)> Asked { get; } = [];

        public override Tensor MinHaltSteps(Tensor steps, double probability, int N_sup) => throw new InvalidOperationException("The spec draws once for each sample");

        public override Tensor MinHaltStepsOfSample(Tensor steps, double probability, int N_sup)
        {
            Asked.Add((probability, N_sup));
            return zeros_like(steps);
        }
    }
}
