using HrmGen.Data;
using HrmGen.Losses;
using HrmGen.Tests.Models;
using HrmGen.Tests.Own;
using HrmGen.Training;
using static TorchSharp.torch;

namespace HrmGen.Tests.Training;

/// <summary>Targets between input and answer, the answer fed back, and a vector for each supervision step.</summary>
public class ImprovementTests
{
    [Fact]
    public void A_step_s_target_has_its_share_of_the_differing_cells_put_right()
    {
        using var scope = NewDisposeScope();
        int[,] inputs = { { 1, 1, 1, 1, 1, 5 }, { 2, 2, 2, 2, 2, 2 } };
        int[,] labels = { { 2, 3, 4, 5, 2, 5 }, { 2, 2, 2, 4, -100, 2 } };
        using var batch = PuzzleBatch.Create(inputs, labels, new int[2]);
        using var path = new ImprovementPath(7);
        var before = new int[2, 6];
        Buffer.BlockCopy(inputs, 0, before, 0, sizeof(int) * inputs.Length);
        int[][] right = [[1, 2, 3, 5], [0, 0, 0, 1]]; // floor(t * 5 / 4) and floor(t * 1 / 4)
        for (var t = 1; t <= 4; t++)
        {
            var targets = path.Targets(batch, tensor(new[] { t, t }), 4).Ints();
            for (var row = 0; row < 2; row++)
            {
                var changed = 0;
                for (var cell = 0; cell < 6; cell++)
                {
                    var target = targets[(row * 6) + cell];
                    if (labels[row, cell] == -100)
                    {
                        Assert.Equal(-100, target);
                        continue;
                    }

                    Assert.True(target == labels[row, cell] || target == before[row, cell], "a cell that was right is wrong again");
                    changed += target != inputs[row, cell] ? 1 : 0;
                    before[row, cell] = target;
                }

                Assert.Equal(right[row][t - 1], changed);
            }
        }
    }

    [Fact]
    public void Each_example_draws_an_order_of_its_own()
    {
        using var scope = NewDisposeScope();
        var (inputs, labels) = (new int[40, 8], new int[40, 8]);
        for (var i = 0; i < labels.Length; i++)
        {
            labels[i / 8, i % 8] = 1;
        }

        using var batch = PuzzleBatch.Create(inputs, labels, new int[40]);
        using var path = new ImprovementPath(8);
        var first = path.Targets(batch, ones(40, dtype: int32), 8).argmax(-1).data<long>().ToArray();
        Assert.True(first.Distinct().Count() > 4, "the first cell put right is hardly ever another");
        Assert.NotEqual(first, path.Targets(batch, ones(40, dtype: int32), 8).argmax(-1).data<long>().ToArray());
    }

    [Fact]
    public void Step_and_loss_are_those_of_the_fed_back_answer_the_step_s_vector_and_the_path()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(3);
        using var model = new Improvement();
        using var step = TinyModels.Step(model, o => o with { LearningRate = 0, Seed = 5 });
        using var path = new ImprovementPath(5);
        using var batch = Puzzles.Batch(8, model.Info, 1);
        var latents = model.InitialLatents(8);
        var inputs = batch.inputs;
        var table = model.state_dict()["embed_step.embedding_weight"];
        Assert.Equal([4L, 24], table.shape);
        for (var t = 1; t <= 4; t++)
        {
            var x = model.Embed(inputs, batch.puzzle_identifiers) + (Math.Sqrt(24) * table[t - 1]);
            latents = model.forward(latents, x);
            var logits = model.Logits(latents);
            var targets = path.Targets(batch, full([8], t, dtype: int32), 4);
            var loss = CrossEntropy.Stablemax(logits, targets, float64).mean([1]).sum();

            var output = step.Step(batch);

            Assert.Equal(logits.Doubles(), output.Outputs.logits.Doubles());
            Assert.Equal(loss.Double(), output.Losses.lm_loss.Double(), 1e-10);
            Assert.True(t == 4 ? output.halted.all().item<bool>() : !output.halted.any().item<bool>());
            inputs = logits.argmax(-1).to(batch.inputs.dtype);
        }

        // The next example begins with its own input.
        Assert.Equal(step.Step(batch).Outputs.logits.Doubles(), model.Logits(model.forward(model.InitialLatents(8), model.AtStep(model.Embed(batch.inputs, batch.puzzle_identifiers), ones(8, dtype: int32)))).Doubles());
    }

    [Fact]
    public void Evaluation_feeds_back_too_and_judges_by_the_answer()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(4);
        using var model = new Improvement();
        using var batch = Puzzles.Batch(8, model.Info, 1);
        var latents = model.InitialLatents(8);
        var inputs = batch.inputs;
        var t = 0;
        using var gradient = no_grad();
        foreach (var output in model.Evaluate(batch, steps: 6))
        {
            latents = model.forward(latents, model.AtStep(model.Embed(inputs, batch.puzzle_identifiers), full([8], ++t, dtype: int32)));
            var logits = model.Logits(latents);
            Assert.Equal(logits.Doubles(), output.Outputs.logits.Doubles());
            Assert.Equal(CrossEntropy.Stablemax(logits, batch.labels, float64).mean([1]).sum().Double(), output.Losses.lm_loss.Double(), 1e-10);
            inputs = logits.argmax(-1).to(batch.inputs.dtype);
        }

        Assert.Equal(6, t);
    }
}
