using HrmGen.Data;
using HrmGen.Tests.Models;
using HrmGen.Training;
using static TorchSharp.torch;

namespace HrmGen.Tests.Training;

/// <summary><c>supervision.loop: per_batch</c>, the loop of the papers' pseudocode.</summary>
public class BatchLoopTests
{
    [Theory]
    [InlineData("BatchAll")]
    [InlineData("BatchAny")]
    [InlineData("BatchMean")]
    public void A_batch_stays_until_its_rule_holds_or_N_sup(string name)
    {
        using var model = TinyModels.Create(name);
        using var step = TinyModels.Step(model);
        var offered = Enumerable.Range(0, 60).Select(i => Puzzles.Batch(8, model.Info, i)).ToList();
        var lengths = new List<int>();
        var (current, count) = (-1, 0);
        for (var i = 0; i < offered.Count; i++)
        {
            TinyModels.DrawHaltingHead(model, seed: i);
            Assert.Equal(count == 0, step.TakesBatch);
            (current, count) = (count == 0 ? i : current, count + 1);
            var output = step.Step(offered[i]);

            Assert.Equal(offered[current].inputs.Ints(), output.Data.inputs.Ints());
            Assert.All(output.steps.Ints(), s => Assert.Equal(count, s));
            var q = output.Outputs.q_halt.Doubles();
            var stops = name switch
            {
                "BatchAll" => q.All(v => v > 0),
                "BatchAny" => q.Any(v => v > 0),
                _ => q.Average() > 0,
            };
            var ends = stops || count == model.Info.N_sup;
            Assert.All(output.halted.Bools(), h => Assert.Equal(ends, h));
            if (ends)
            {
                lengths.Add(count);
                count = 0;
            }
        }

        offered.ForEach(b => b.Dispose());
        Assert.True(lengths.Contains(model.Info.N_sup) && lengths.Exists(l => l < model.Info.N_sup), string.Join(' ', lengths));
    }

    [Fact]
    public void A_new_batch_starts_from_fresh_latents_and_the_old_one_goes_on_from_its_own()
    {
        using var model = TinyModels.Create("BatchAll");
        using var step = TinyModels.Step(model, o => o with { LearningRate = 0 });
        TinyModels.NeverHalt(model);
        using var first = Puzzles.Batch(8, model.Info, 1);
        using var second = Puzzles.Batch(8, model.Info, 2);
        using var scope = NewDisposeScope();
        var z = model.InitialLatents(8);
        for (var i = 1; i <= model.Info.N_sup + 1; i++)
        {
            var batch = i <= model.Info.N_sup ? first : second;
            z = i > model.Info.N_sup ? model.InitialLatents(8) : z;
            z = model.Recur(z, model.Embed(batch.inputs, batch.puzzle_identifiers));
            var output = step.Step(i == 1 ? first : second);
            foreach (var (name, latent) in z.Named)
            {
                Assert.Equal(latent.Doubles(), output.Latents[name].Doubles());
            }
        }
    }

    [Fact]
    public void The_gradient_is_that_of_the_mean_over_the_rows_whatever_the_global_batch()
    {
        Dictionary<string, double[]> Gradients(string name, int globalBatch)
        {
            using var model = TinyModels.Create(name);
            using var step = TinyModels.Step(model, o => o with { BatchSize = globalBatch });
            using var batch = Puzzles.Batch(8, model.Info, 1);
            var output = step.Step(batch);
            var gradients = TinyModels.Gradients(model);
            Assert.True(gradients["lm_head.weight"].Sum(Math.Abs) > 0 && output.Losses.loss.Double() > 0);
            return gradients;
        }

        var (eight, sixteen) = (Gradients("BatchAll", 8), Gradients("BatchAll", 16));
        Assert.All(eight, g => Assert.Equal(g.Value, sixteen[g.Key]));

        // One row at a time, losses are a share of the global batch, as in the official code.
        (eight, sixteen) = (Gradients("EvaluateHalt", 8), Gradients("EvaluateHalt", 16));
        Assert.All(eight, g => Assert.Equal(g.Value, sixteen[g.Key].Select(v => 2 * v)));
    }

    [Fact]
    public void The_trainer_draws_a_batch_only_when_it_is_taken()
    {
        using var model = TinyModels.Create("BatchAll");
        TinyModels.NeverHalt(model);
        using var step = TinyModels.Step(model, o => o with { LearningRate = 0 });
        var batches = new TrainingBatches(PuzzleDataset.Load(Path.Combine(AppContext.BaseDirectory, "Data", "quickstart", "sudoku4"), "train"), 8, seed: 0);
        var fresh = new TrainingBatches(PuzzleDataset.Load(Path.Combine(AppContext.BaseDirectory, "Data", "quickstart", "sudoku4"), "train"), 8, seed: 0);
        Trainer.Run(step, batches, (2 * model.Info.N_sup) + 1);
        for (var i = 0; i < 3; i++)
        {
            fresh.Next().Dispose();
        }

        using var expected = fresh.Next();
        using var next = batches.Next();
        Assert.Equal(expected.inputs.Ints(), next.inputs.Ints());
    }
}
