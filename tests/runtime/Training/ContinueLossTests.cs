using HrmGen.Tests.Models;
using static TorchSharp.torch;

namespace HrmGen.Tests.Training;

/// <summary>The continue loss in each of its forms, against its formula written out in C#.</summary>
public class ContinueLossTests
{
    public static TheoryData<bool, bool, bool> Forms
    {
        get
        {
            var forms = new TheoryData<bool, bool, bool>();
            for (var i = 0; i < 8; i++)
            {
                forms.Add((i & 1) != 0, (i & 2) != 0, (i & 4) != 0);
            }

            return forms;
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Target_and_loss_are_what_the_spec_says_at_every_step(bool next, bool raw, bool max)
    {
        var name = $"Continue{(next ? "Next" : "Current")}{(raw ? "Raw" : "Sigmoid")}{(max ? "Max" : "Halt")}";
        using var model = TinyModels.Create(name);
        using var step = TinyModels.Step(model, o => o with { LearningRate = 0 });
        using var batch = Puzzles.Batch(8, model.Info, 1);
        var (lastSteps, differs) = (0, 0);
        for (var i = 0; i < 8; i++)
        {
            TinyModels.DrawHaltingHead(model, i);
            using var scope = NewDisposeScope();
            var output = step.Step(batch);
            var (halt, @continue, steps) = (output.Outputs.q_halt.Doubles(), output.Outputs.q_continue.Doubles(), output.steps.Ints());

            // The weights did not change, so the next pass can be taken again.
            var z = model.Recur(output.Latents, model.Embed(output.Data.inputs, output.Data.puzzle_identifiers));
            var (nextHalt, nextContinue) = (model.Q(z).q_halt.Doubles(), model.Q(z).q_continue.Doubles());
            Assert.Equal(nextHalt, output.Outputs.next_q_halt.Doubles());
            Assert.Equal(nextContinue, output.Outputs.next_q_continue.Doubles());

            var (target, loss, haltLoss) = (output.Outputs.target_q_continue.Doubles(), 0.0, 0.0);
            var right = output.Predictions.seq_is_correct.Bools();
            for (var row = 0; row < 8; row++)
            {
                var isLast = steps[row] == model.Info.N_sup;
                var q = isLast && !max ? nextHalt[row] : Math.Max(nextHalt[row], nextContinue[row]);
                var expected = raw ? q : 1 / (1 + Math.Exp(-q));
                Assert.Equal(expected, target[row], 1e-12);
                loss += CrossEntropy(next ? nextContinue[row] : @continue[row], expected);
                haltLoss += CrossEntropy(halt[row], right[row] ? 1 : 0);
                Assert.Equal(isLast || halt[row] > @continue[row], output.halted.Bools()[row]);
                lastSteps += isLast ? 1 : 0;
                differs += isLast && nextContinue[row] > nextHalt[row] ? 1 : 0;
            }

            Assert.Equal(loss, output.Losses.q_continue_loss.Double(), 1e-9);
            Assert.Equal(haltLoss, output.Losses.q_halt_loss.Double(), 1e-9);
            Assert.Equal(output.Losses.lm_loss.Double() + (0.5 * haltLoss) + (0.25 * loss), output.Losses.loss.Double(), 1e-9);
        }

        Assert.True(lastSteps > 0 && differs > 0, $"{lastSteps} last steps, in {differs} of which the rules differ");
    }

    // The extra pass is a prediction only where its own q_continue is trained; the target never carries a gradient.
    [Theory]
    [InlineData("ContinueCurrentSigmoidHalt")]
    [InlineData("ContinueNextSigmoidHalt")]
    public void The_gradient_reaches_the_pass_whose_prediction_is_trained(string name)
    {
        using var model = TinyModels.Create(name);
        using var step = TinyModels.Step(model, o => o with { LearningRate = 0 });
        using var batch = Puzzles.Batch(8, model.Info, 1);
        var output = step.Step(batch);
        var gradient = model.Module.named_parameters().Single(p => p.name == "q_head.weight").parameter.grad.Doubles();

        using var scope = NewDisposeScope();
        var x = model.Embed(batch.inputs, batch.puzzle_identifiers);
        var z1 = model.Recur(model.InitialLatents(8), x);
        var trained = name.StartsWith("ContinueNext", StringComparison.Ordinal) ? model.Recur(z1, x) : z1;
        var weight = model.Module.named_parameters().Single(p => p.name == "q_head.weight").parameter;
        double[] Of(Tensor loss) => autograd.grad([loss], [weight])[0].Doubles();
        var halt = Of(0.5 / 8 * BCE(model.Q(z1).q_halt!, output.Predictions.seq_is_correct.to(float64)));
        var go = Of(0.25 / 8 * BCE(model.Q(trained).q_continue!, output.Outputs.target_q_continue!));
        Assert.All(gradient.Zip(halt.Zip(go, (a, b) => a + b)), p => Assert.Equal(p.Second, p.First, 1e-12));
        Assert.True(go.Sum(Math.Abs) > 1e-4);
    }

    private static Tensor BCE(Tensor logits, Tensor target) =>
        nn.functional.binary_cross_entropy_with_logits(logits, target, reduction: nn.Reduction.Sum);

    // With logits, for any target, in the form that does not overflow.
    private static double CrossEntropy(double logit, double target) => Math.Max(logit, 0) - (logit * target) + Math.Log(1 + Math.Exp(-Math.Abs(logit)));
}
