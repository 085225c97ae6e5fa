using HrmGen.Models;
using HrmGen.Tests.Fixtures;
using HrmGen.Tests.Models;
using static TorchSharp.torch;

namespace HrmGen.Tests.Training;

/// <summary>Winner takes all: who wins, what is trained, and what the others keep.</summary>
public class CandidatesTests
{
    private const int Rows = 4, Runs = 3;

    [Fact]
    public void The_lowest_loss_wins_and_alone_is_trained()
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.Create("ThreeRuns");
        TinyModels.NeverHalt(model);
        using var step = TinyModels.Step(model, o => o with { LearningRate = 0, BatchSize = Rows });
        using var batch = Puzzles.Batch(Rows, model.Info, 1);
        var first = step.Step(batch);
        Assert.Equal(Rows * Runs, first.Latents["z_L"].size(0));
        var (z_H, z_L) = (first.Latents["z_H"].clone(), first.Latents["z_L"].clone());

        // The second step once more, run by run; the weights did not change.
        var x = model.Embed(first.Data.inputs, first.Data.puzzle_identifiers);
        var after = new List<(Tensor Logits, Tensor QHalt, Tensor z_H, Tensor z_L)>();
        for (var run = 0; run < Rows * Runs; run++)
        {
            var start = model.LatentsFrom(name => (name == "z_H" ? z_H : z_L)[run].unsqueeze(0));
            var end = model.Recur(start, x[run / Runs].unsqueeze(0));
            after.Add((model.Logits(end), model.Q(end).q_halt!, end["z_H"], end["z_L"]));
        }

        var winners = Enumerable.Range(0, Rows).Select(row => Enumerable.Range(0, Runs).Select(c => (row * Runs) + c)
            .MinBy(run => Loss(after[run].Logits, first.Data.labels[row]).item<double>())).ToList();
        Assert.True(winners.Select(w => w % Runs).Distinct().Count() > 1, "the same run wins everywhere: this test would see no slip");
        var loss = winners.Select((w, row) => Loss(after[w].Logits, first.Data.labels[row]) / 16).Aggregate((a, b) => a + b);
        var right = winners.Select((w, row) => after[w].Logits[0].argmax(-1).eq(first.Data.labels[row]).all().item<bool>() ? 1.0 : 0.0).ToArray();
        var halt = nn.functional.binary_cross_entropy_with_logits(cat([.. winners.Select(w => after[w].QHalt)]), tensor(right), reduction: nn.Reduction.Sum);
        model.Module.zero_grad();
        ((loss + (0.5 * halt)) / Rows).backward();
        var expected = TinyModels.Gradients(model);

        var second = step.Step(batch);

        Assert.Equal(cat([.. winners.Select(w => after[w].Logits)]).Doubles(), second.Outputs.logits.Doubles(), new Close(1e-12));
        Assert.Equal(loss.Double(), second.Losses.lm_loss.Double(), 1e-10);
        foreach (var (name, gradient) in TinyModels.Gradients(model))
        {
            Assert.Equal(expected[name], gradient, new Close(1e-10));
        }

        for (var run = 0; run < Rows * Runs; run++)
        {
            Assert.Equal(after[winners[run / Runs]].z_H.Doubles(), second.Latents["z_H"][run].Doubles(), new Close(1e-12));
            Assert.Equal(after[run].z_L.Doubles(), second.Latents["z_L"][run].Doubles(), new Close(1e-12));
        }
    }

    [Fact]
    public void All_runs_of_a_row_that_halted_start_anew_and_apart()
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.Create("ThreeRuns");
        var typed = (HrmGen.Tests.Own.ThreeRuns)model;
        var latents = typed.InitialLatents(2 * Runs).Map(z => z.clone());
        var restarted = typed.Reset(latents, tensor(new[] { false, false, false, true, true, true }));
        Assert.Equal(latents.z_L.narrow(0, 0, 3).Doubles(), restarted.z_L.narrow(0, 0, 3).Doubles());
        var values = restarted.z_L.narrow(0, 3, 3);
        Assert.Equal(values.numel(), values.Doubles().Distinct().Count());
        Assert.Empty(values.Doubles().Intersect(latents.z_L.Doubles()));
        Assert.Equal(0.5, cat([latents.z_L, restarted.z_L]).std().Double(), 0.05);
        Assert.True(latents.z_L.abs().max().Double() < 0.5 * 2.3, "truncated at two standard deviations before the truncation");
        Assert.Equal(latents.z_H.Doubles(), restarted.z_H.Doubles());
    }

    [Fact]
    public void Evaluation_has_one_run()
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.Create("ThreeRuns");
        using var batch = Puzzles.Batch(Rows, model.Info, 1);
        Assert.All(model.Evaluate(batch), output => Assert.Equal(Rows, output.Latents["z_L"].size(0)));
    }

    // Softmax with a tenth of the target spread over all six tokens, summed over the cells.
    private static Tensor Loss(Tensor logits, Tensor labels)
    {
        var p = logits[0].log_softmax(-1);
        var own = p.gather(-1, labels.to(int64).unsqueeze(-1)).squeeze(-1);
        return -((0.9 * own) + (0.1 * p.mean([-1]))).sum();
    }
}
