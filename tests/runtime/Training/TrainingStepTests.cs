using HrmGen.Halting;
using HrmGen.Models;
using HrmGen.Tests.Models;
using HrmGen.Tests.Own;
using TorchSharp;
using static TorchSharp.torch;

namespace HrmGen.Tests.Training;

public class TrainingStepTests
{
    private static ModelEntry Small(string name) => HrmModels.All.Single(m => m.Spec.Name == name);

    [Theory]
    [InlineData("HrmSudoku")]
    [InlineData("TrmMlpSudoku")]
    [InlineData("ThreeClocks")]
    [InlineData("Corners")]
    public void No_step_leaves_a_tensor_behind(string name)
    {
        using var model = Small(name).Create(null);

        // The count is that of this thread; the fused form, which works on several, has a test of its own.
        model.Lowering = HrmGen.Models.Lowering.Reference;
        using var step = Small(name).CreateTrainingStep(model, null);
        using var batch = Puzzles.Batch(8, model.Info, 1);
        long Live()
        {
            _ = step.Step(batch);
            return DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        }

        for (var i = 0; i < 4; i++)
        {
            _ = Live();
        }

        var after4 = Live();
        for (var i = 0; i < 8; i++)
        {
            _ = Live();
        }

        Assert.Equal(after4, Live());
        foreach (var output in model.Evaluate(batch))
        {
            Assert.True(output.Losses.loss.isfinite().item<bool>());
        }

        Assert.Equal(after4, Live());
    }

    [Fact]
    public void The_same_seed_gives_the_same_weights()
    {
        static float[] Train()
        {
            random.manual_seed(5);
            using var model = Small("TrmAttSudoku").Create(null);
            using var step = Small("TrmAttSudoku").CreateTrainingStep(model, null);
            for (var i = 0; i < 6; i++)
            {
                using var batch = Puzzles.Batch(8, model.Info, i);
                _ = step.Step(batch);
            }

            return [.. model.Module.parameters().SelectMany(p => p.data<float>().ToArray())];
        }

        Assert.Equal(Train(), Train());
    }

    [Fact]
    public void Rows_that_halted_take_the_offered_example_and_the_others_drop_theirs()
    {
        using var model = new NoAct();
        using var step = new NoActTrainingStep(model);
        using var first = Puzzles.Batch(8, model.Info, 1);
        using var second = Puzzles.Batch(8, model.Info, 2);
        using var third = Puzzles.Batch(8, model.Info, 3);

        // N_sup is 2 and nothing halts early: the second batch is offered while all rows still work on the first.
        Assert.True(step.Step(first).Data.inputs.Equals(first.inputs));
        var output = step.Step(second);
        Assert.True(output.Data.inputs.Equals(first.inputs));
        Assert.Equal([2, 2, 2, 2, 2, 2, 2, 2], output.steps.data<int>().ToArray());
        Assert.True(output.halted.all().item<bool>());
        output = step.Step(third);
        Assert.True(output.Data.inputs.Equals(third.inputs));
        Assert.Equal([1, 1, 1, 1, 1, 1, 1, 1], output.steps.data<int>().ToArray());
    }

    [Fact]
    public void Without_act_there_is_no_halting_head_and_no_halting_loss()
    {
        using var model = new NoAct();
        Assert.DoesNotContain(model.named_parameters(), p => p.name.StartsWith("q_head", StringComparison.Ordinal));
        using var step = new NoActTrainingStep(model);
        using var batch = Puzzles.Batch(8, model.Info, 1);
        var output = step.Step(batch);
        Assert.Null(output.Outputs.q_halt);
        Assert.Null(output.Losses.q_halt_loss);
        Assert.Null(output.Metrics.q_halt_accuracy);
    }

    [Fact]
    public void One_supervision_step_has_no_continue_target()
    {
        using var model = new OneSupervisionStep();
        Assert.Equal(1, OneSupervisionStep.ForwardPasses);
        using var step = new OneSupervisionStepTrainingStep(model);
        using var batch = Puzzles.Batch(8, model.Info, 1);
        var output = step.Step(batch);
        Assert.True(output.halted.all().item<bool>());
        Assert.Null(output.Outputs.target_q_continue);
        Assert.Null(output.Losses.q_continue_loss);
    }

    [Fact]
    public void Learned_initial_latents_are_parameters_and_get_a_gradient()
    {
        using var model = new Corners();
        var init = model.named_parameters().Single(p => p.name == "y_init").parameter;
        using var step = new CornersTrainingStep(model);
        using var batch = Puzzles.Batch(8, model.Info, 1);
        _ = step.Step(batch);
        Assert.True(init.grad!.abs().sum().item<float>() > 0);
    }

    [Fact]
    public void A_batch_of_another_size_is_refused()
    {
        using var model = new NoAct();
        using var step = new NoActTrainingStep(model);
        using var eight = Puzzles.Batch(8, model.Info, 1);
        using var seven = Puzzles.Batch(7, model.Info, 1);
        _ = step.Step(eight);
        Assert.Contains("7 rows", Assert.Throws<ArgumentException>(() => step.Step(seven)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cosine_without_a_length_is_refused()
    {
        using var model = new NoAct();
        var options = NoAct.Spec.Training with { MinRatio = 0.1, TotalSteps = null };
        Assert.Contains("TotalSteps", Assert.Throws<HrmGenException>(() => new NoActTrainingStep(model, options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_weight_changes_after_the_last_scheduled_step()
    {
        using var model = new NoAct();
        using var step = new NoActTrainingStep(model, NoAct.Spec.Training with { TotalSteps = 2 });
        using var batch = Puzzles.Batch(8, model.Info, 1);
        _ = step.Step(batch);
        _ = step.Step(batch);
        var before = model.parameters().Select(p => p.clone()).ToList();
        Assert.Equal(0, step.Step(batch).LearningRate);
        Assert.All(before.Zip(model.parameters()), p => Assert.True(p.First.Equals(p.Second)));
    }

    [Fact]
    public void Exploration_draws_two_to_N_sup_with_the_given_probability()
    {
        using var exploration = new HaltExploration(7);
        using var steps = zeros(20_000, dtype: int32);
        using var drawn = exploration.MinHaltSteps(steps, 0.3, 5);
        var counts = drawn.data<int>().ToArray().CountBy(v => v).ToDictionary();
        Assert.Equal([0, 2, 3, 4, 5], counts.Keys.Order());
        Assert.InRange(counts[0] / 20_000.0, 0.68, 0.72);
        Assert.All(Enumerable.Range(2, 4), v => Assert.InRange(counts[v] / 20_000.0, 0.065, 0.085));
    }

    [Fact]
    public void A_model_refuses_to_move()
    {
        using var model = new NoAct();
        Assert.Contains("constructor", Assert.Throws<HrmGenException>(() => model.to(float64)).Message, StringComparison.Ordinal);
    }
}
