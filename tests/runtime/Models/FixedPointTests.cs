using HrmGen.Layers;
using HrmGen.Models;
using static TorchSharp.torch;

namespace HrmGen.Tests.Models;

/// <summary>
/// Loops that end by their residual and the 1-step implicit gradient, on the contraction z = z/2 + f(x): its fixed point is 2 f(x), iterate k is
/// (2 - 2^(1-k)) f(x) from zeros, and by the implicit function theorem dz/dw = (1 - 1/2)^-1 df/dw = 2 df/dw, of which the last update sees df/dw.
/// </summary>
public class FixedPointTests
{
    private static double[] Function(IRecursiveModel model, Tensor x)
    {
        using var scope = NewDisposeScope();
        return model.Module.named_children().Select(c => c.module).OfType<LayerStack>().Single().forward(x).Doubles();
    }

    private static (double[] Latent, double[] OfX, ResidualReport? Report, int Calls) Pass(string name)
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.Create(name);
        using var batch = Puzzles.Batch(4, model.Info, 1);
        var x = model.Embed(batch.inputs, batch.puzzle_identifiers);
        var f = model.Module.named_children().Select(c => c.module).OfType<LayerStack>().Single();
        var z = model.Recur(model.InitialLatents(4), x)["z_L"].Doubles();
        var calls = (int)f.Calls;
        return (z, Function(model, x), model.Residuals.Values.SingleOrDefault(), calls);
    }

    // Iteration k changes the latent by 2^(1-k) / (2 - 2^(2-k)) of its norm: below 1e-3 from the tenth on.
    [Theory]
    [InlineData("ContractionSettling", 10, true)]
    [InlineData("ContractionUntil", 10, true)]
    [InlineData("ContractionSettled", 40, true)]
    [InlineData("ContractionCutOff", 4, false)]
    public void It_iterates_to_the_residual_or_the_limit_and_records_one_update_more(string name, int iterations, bool settled)
    {
        var (z, fx, report, calls) = Pass(name);
        Assert.Equal((iterations, settled), (report!.Iterations, report.Settled));
        Assert.Equal(Math.Pow(2, 1 - iterations) / (2 - Math.Pow(2, 2 - iterations)), report.Residual, 1e-3 * report.Residual);
        Assert.Equal(iterations + 1, calls);
        Assert.All(z.Zip(fx), p => Assert.Equal((2 - Math.Pow(2, -iterations)) * p.Second, p.First, 1e-12));
    }

    [Fact]
    public void The_fixed_point_is_known()
    {
        var (z, fx, _, _) = Pass("ContractionSettled");
        Assert.All(z.Zip(fx), p => Assert.Equal(2 * p.Second, p.First, 1e-11));
    }

    [Fact]
    public void The_gradient_of_one_update_is_half_the_implicit_one_and_unrolling_gives_all_of_it()
    {
        static Dictionary<string, double[]> Gradients(string name)
        {
            using var model = TinyModels.Create(name);
            using var step = TinyModels.Step(model);
            using var batch = Puzzles.Batch(8, model.Info, 1);
            _ = step.Step(batch);
            return TinyModels.Gradients(model);
        }

        var (one, all) = (Gradients("ContractionSettled"), Gradients("ContractionUnrolled"));
        Assert.Equal(all.Keys.Order(StringComparer.Ordinal), one.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, gradient) in one)
        {
            // The heads read the latent itself.
            var factor = name.StartsWith("lm_head", StringComparison.Ordinal) || name.StartsWith("q_head", StringComparison.Ordinal) ? 1 : 2;
            var largest = all[name].Max(Math.Abs);
            Assert.True(largest > 1e-6, name);
            Assert.All(gradient.Zip(all[name]), p => Assert.Equal(p.Second, factor * p.First, 1e-9 * largest));
        }
    }

    // The implicit gradient again, by nothing of the compiler's: differences of the loss at the known fixed point.
    [Fact]
    public void Unrolling_agrees_with_differences_at_the_known_fixed_point()
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.Create("ContractionUnrolled");
        using var step = TinyModels.Step(model, o => o with { LearningRate = 0 });
        using var batch = Puzzles.Batch(8, model.Info, 1);
        _ = step.Step(batch);
        var weights = model.Module.named_parameters().Where(p => p.name.StartsWith("L_level", StringComparison.Ordinal)).Select(p => p.parameter).ToList();
        var slope = weights.Sum(w => (w.grad! * w.grad!).sum().item<double>());

        double Loss(double h)
        {
            using var inner = NewDisposeScope();
            using var noGrad = no_grad();
            foreach (var w in weights)
            {
                _ = w.add_(h * w.grad!);
            }

            var x = model.Embed(batch.inputs, batch.puzzle_identifiers);
            var f = model.Module.named_children().Select(c => c.module).OfType<LayerStack>().Single();
            var latents = model.LatentsFrom(_ => 2 * f.forward(x));
            var predictions = HrmGen.Losses.Predictions.Of(model.Logits(latents), batch.labels);
            var right = predictions.seq_is_correct;
            var lm = (HrmGen.Losses.CrossEntropy.Stablemax(model.Logits(latents), batch.labels, float64) / predictions.loss_divisor).sum();
            var loss = (lm + (0.5 * HrmGen.Losses.HaltingLoss.BinaryCrossEntropy(model.Q(latents).q_halt!, right))).item<double>() / 8;
            foreach (var w in weights)
            {
                _ = w.sub_(h * w.grad!);
            }

            return loss;
        }

        const double H = 1e-6;
        Assert.Equal(slope, (Loss(H) - Loss(-H)) / (2 * H), 1e-6 * slope);
    }

    [Fact]
    public void A_training_step_reports_how_the_iteration_ended()
    {
        using var model = TinyModels.Create("ContractionSettling");
        TinyModels.NeverHalt(model);
        using var step = TinyModels.Step(model, o => o with { LearningRate = 0 });
        using var batch = Puzzles.Batch(8, model.Info, 1);
        var report = step.Step(batch).Residuals["recursion.gradient"];
        Assert.Equal((10, true), (report.Iterations, report.Settled));

        // Later steps start from the latents that the last one left, which are nearly settled.
        Assert.InRange(step.Step(batch).Residuals["recursion.gradient"].Iterations, 1, 9);
    }
}
