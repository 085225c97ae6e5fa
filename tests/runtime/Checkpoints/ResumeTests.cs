using HrmGen.Checkpoints;
using HrmGen.Tests.Data;
using HrmGen.Training;
using static TorchSharp.torch;

namespace HrmGen.Tests.Checkpoints;

/// <summary>A run that was saved and resumed is the run that was not, byte for byte.</summary>
public sealed class ResumeTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("OverTime", "exploration.minimum")] // schedules
    [InlineData("Improvement", "path.order", "carry.answers")] // path, feedback
    [InlineData("ThreeRuns", "carry.latents.z_L")] // candidates, random latents
    [InlineData("BatchAll")] // batches that stay
    [InlineData("BatchMean")]
    [InlineData("Groups", "optimizer.exp_avg.H_init")]
    [InlineData("MuonAndAverage", "optimizer.momentum_buffer.L_level.layers.0.mlp.gate_up_proj.weight", "ema.lm_head.weight", "exploration.minimum")] // Muon, EMA, exploration once for each sample
    [InlineData("HrmSudoku", "model.puzzle_emb.weights")] // AdamATan2, the puzzle embedding, a continue loss
    [InlineData("NoAct", "ema.lm_head.weight")]
    [InlineData("ResidualHalting")]
    public void A_resumed_run_equals_the_uninterrupted_one_byte_for_byte(string model, params string[] held) =>
        Assert.DoesNotContain("Taken", Resumes(model, null, held)["sampler"], StringComparison.Ordinal);

    /// <summary>A save may lie between two rows of one batch; where a batch trains as a whole it never does.</summary>
    [Theory]
    [InlineData("ThreeRuns", true)]
    [InlineData("MuonAndAverage", true)]
    [InlineData("HrmSudoku", true)]
    [InlineData("BatchAll", false)]
    public void A_run_whose_rows_take_from_a_queue_resumes_byte_for_byte(string model, bool isWithinABatch) =>
        Assert.Equal(isWithinABatch, Resumes(model, o => o with { Refill = RefillMode.Queue })["sampler"].Contains("\"Taken\":", StringComparison.Ordinal));

    // Gives what was saved.
    private Dictionary<string, string> Resumes(string model, Func<TrainingOptions, TrainingOptions>? change, params string[] held)
    {
        const int Before = 6, After = 7;
        Dictionary<string, string> expected;
        List<string> figures;
        using (var whole = new TinyRun(model, change: change))
        {
            _ = whole.Train(Before);
            figures = whole.Train(After);
            expected = whole.Snapshot();
        }

        Assert.All(held, name => Assert.Contains(name, expected.Keys));
        Dictionary<string, string> saved;
        using (var first = new TinyRun(model, change: change))
        {
            _ = first.Train(Before);
            saved = first.Snapshot();
            _ = new CheckpointFolder(folder.Path).Save(first.Step, first.Batches);
            _ = first.Train(2); // what comes after the save is lost
        }

        // Another start: other weights, other draws.
        using var second = new TinyRun(model, seed: 2, change);
        _ = second.Train(3);
        _ = randn(5);
        Assert.Empty(new CheckpointFolder(folder.Path).FindLatest().Found!.Resume(second.Step, second.Batches));
        second.ForgetOffer();
        Assert.Equal(saved, second.Snapshot());
        Assert.Equal(Before, second.Step.StepCount);
        Assert.Equal(figures, second.Train(After));
        Assert.Equal(expected, second.Snapshot());
        return saved;
    }

    [Fact]
    public void A_run_can_be_saved_before_its_first_step()
    {
        using var first = new TinyRun("OverTime");
        var saved = new CheckpointFolder(folder.Path).Save(first.Step, first.Batches);
        var figures = first.Train(4);
        using var second = new TinyRun("OverTime", seed: 2);
        _ = second.Train(1);
        _ = saved.Resume(second.Step, second.Batches);
        Assert.Equal(figures, second.Train(4));
        Assert.Equal(first.Snapshot(), second.Snapshot());
    }

    [Fact]
    public void Generators_come_back_with_the_normal_numbers_that_they_drew_in_advance()
    {
        using var scope = NewDisposeScope();
        foreach (var draws in new[] { 0, 1, 2, 3, 15, 16, 17, 700 })
        {
            using var generator = new Generator(9);
            _ = randn(draws, dtype: float64, generator: generator);
            var state = GeneratorState.Of(generator);
            Assert.Null(GeneratorState.Refusal(state));
            var expected = TinyRun.Bytes(cat([randn(5, dtype: float64, generator: generator), rand(5, dtype: float64, generator: generator), randn(1, dtype: float64, generator: generator)]));
            using var other = new Generator(1);
            GeneratorState.Restore(other, state);
            Assert.Equal(expected, TinyRun.Bytes(cat([randn(5, dtype: float64, generator: other), rand(5, dtype: float64, generator: other), randn(1, dtype: float64, generator: other)])));

            _ = random.manual_seed(draws);
            _ = randn(draws);
            var own = GeneratorState.Of(Generator.Default);
            expected = TinyRun.Bytes(randn(3));
            GeneratorState.Restore(Generator.Default, own);
            Assert.Equal(expected, TinyRun.Bytes(randn(3)));
        }
    }

    // libtorch would abort the process over the first three, and read foreign memory over the last.
    [Theory]
    [InlineData(12, 0)]
    [InlineData(8, 0)]
    [InlineData(8, 0xFF)]
    [InlineData(16, 0xFF)]
    public void A_generator_s_state_that_libtorch_cannot_take_is_refused(int at, byte value)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(9);
        _ = rand(3, generator: generator);
        var state = GeneratorState.Of(generator);
        state.bytes[at] = value;
        Assert.NotNull(GeneratorState.Refusal(state));
        Assert.NotNull(GeneratorState.Refusal(state[..^1]));
        Assert.Throws<HrmGenException>(() => GeneratorState.Restore(generator, state));
    }

    [Fact]
    public void A_checkpoint_of_another_spec_or_other_data_is_refused_and_nothing_changes()
    {
        using var first = new TinyRun("StepDecay");
        _ = first.Train(3);
        var saved = new CheckpointFolder(folder.Path).Save(first.Step, first.Batches);

        // The same weights, another loss.
        using var other = new TinyRun("BatchAll");
        _ = other.Train(2);
        Refused(other, "StepDecay", "this model is BatchAll");

        using var seed = new TinyRun("StepDecay", batchSeed: 5);
        _ = seed.Train(1);
        Refused(seed, "seed is 4");

        using var ema = new TinyRun("StepDecay", change: o => o with { EmaRate = 0.9 });
        _ = ema.Train(1);
        Refused(ema, "ema.safetensors");

        // Here the data order fits, and only the optimizer's state does not.
        using var frozen = new TinyRun("StepDecay", change: o => o with { Groups = [new("head", "q_head.") { Frozen = true }] });
        _ = frozen.Train(1);
        Refused(frozen, "q_head");

        void Refused(TinyRun run, params string[] words)
        {
            var before = run.Snapshot();
            var message = Assert.Throws<HrmGenException>(() => saved.Resume(run.Step, run.Batches)).Message;
            Assert.All(words, w => Assert.Contains(w, message, StringComparison.Ordinal));
            Assert.Equal(before, run.Snapshot());
        }
    }

    [Fact]
    public void What_keeps_a_run_from_going_on_byte_for_byte_is_said()
    {
        using var first = new TinyRun("StepDecay");
        var saved = new CheckpointFolder(folder.Path).Save(first.Step, first.Batches);
        using var second = new TinyRun("StepDecay", change: o => o with { LearningRate = 0.25 });
        var threads = get_num_threads();
        try
        {
            set_num_threads(threads + 1);
            Assert.Equal([$"threads was {threads}, is {threads + 1}", "lr was 0.001, is 0.25"], saved.Resume(second.Step, second.Batches));
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    [Fact]
    public void A_training_state_that_does_not_fit_is_refused_by_name_and_nothing_changes()
    {
        using var run = new TinyRun("Improvement");
        _ = run.Train(2);
        var before = run.Snapshot();
        foreach (var (name, change) in new (string, Func<Tensor, Tensor?>)[]
        {
            ("step_count", t => t - 5), ("optimizer.exp_avg.lm_head.weight", t => t[0]), ("optimizer.step.lm_head.weight", t => t.to(float32)),
            ("carry.inputs", t => t + 6), ("carry.labels", t => t - 6), ("carry.latents.z_H", t => t.to(float32)), ("carry.latents.z_L", _ => null),
            ("carry.halted", t => t.to(int32)), ("path.order", t => t[0]), ("random.torch", t => t[..^8]), ("carry.steps", t => t[..^1]),
            ("carry.answers", _ => null), ("surplus", _ => ones(1)),
        })
        {
            using var scope = NewDisposeScope();
            var state = run.Step.State.ToDictionary(s => s.name, s => s.tensor);
            var changed = change(state.GetValueOrDefault(name, ones(1)));
            _ = changed is null ? state.Remove(name) : (state[name] = changed) is not null;
            var message = Assert.Throws<HrmGenException>(() => run.Step.Restore(state)).Message;
            Assert.True(name == "carry.steps" || message.Contains(name, StringComparison.Ordinal), message);
            Assert.Equal(before, run.Snapshot());
        }
    }
}
