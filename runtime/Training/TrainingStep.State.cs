using HrmGen.Checkpoints;
using HrmGen.Data;
using static TorchSharp.torch;

namespace HrmGen.Training;

public abstract partial class TrainingStep<TModel, TLatents>
{
    private const string OptimizerPrefix = "optimizer.", LatentPrefix = "carry.latents.";

    /// <inheritdoc/>
    public PuzzleBatch? CarriedData => carry?.Data;

    /// <inheritdoc/>
    public IEnumerable<(string name, Tensor tensor)> State
    {
        get
        {
            yield return ("step_count", tensor(StepCount));
            yield return (OptimizerPrefix + "step_count", tensor(Optimizer.StepCount));
            foreach (var (name, tensor) in Optimizer.State)
            {
                yield return (OptimizerPrefix + name, tensor);
            }

            // Random latents and noise draw from torch's own generator.
            yield return ("random.torch", GeneratorState.Of(Generator.Default));
            yield return ("exploration.generator", GeneratorState.Of(Exploration.Generator));
            yield return ("path.generator", GeneratorState.Of(Path.Generator));
            if (Exploration.Minimum is { } minimum)
            {
                yield return ("exploration.minimum", minimum);
            }

            if (Path.Order is { } order)
            {
                yield return ("path.order", order);
            }

            if (carry is null)
            {
                yield break;
            }

            foreach (var (name, value) in carry.Latents.Named)
            {
                yield return (LatentPrefix + name, value);
            }

            yield return ("carry.inputs", carry.Data.inputs);
            yield return ("carry.labels", carry.Data.labels);
            yield return ("carry.puzzle_identifiers", carry.Data.puzzle_identifiers);
            yield return ("carry.steps", carry.steps);
            yield return ("carry.halted", carry.halted);
            if (carry.answers is { } answers)
            {
                yield return ("carry.answers", answers);
            }
        }
    }

    /// <inheritdoc/>
    public void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();

        // All of it is checked before the first value changes.
        var saved = new SavedTensors(Model.Info.Name, state);
        var (steps, optimizerSteps) = (saved.Count("step_count"), saved.Count(OptimizerPrefix + "step_count"));
        var moments = Optimizer.State.Select(s => (Target: s.tensor, Value: saved.Like(OptimizerPrefix + s.name, s.tensor))).ToList();
        var (torchState, exploration, path) = (saved.Generator("random.torch"), saved.Generator("exploration.generator"), saved.Generator("path.generator"));
        var next = saved.Has("carry.steps") ? CarryFrom(saved) : null;
        long[] rows = next is null ? [0] : [next.Data.Count];
        var minimum = saved.Has("exploration.minimum") ? saved.Take("exploration.minimum", rows, ScalarType.Int32) : null;
        var order = saved.Has("path.order") ? saved.Take("path.order", [.. rows, Model.Info.SeqLen], ScalarType.Float32) : null;
        saved.RequireAllTaken();

        foreach (var (target, value) in moments)
        {
            _ = target.copy_(value);
        }

        (StepCount, Optimizer.StepCount) = (steps, optimizerSteps);
        Exploration.Restore(exploration, minimum?.to(Model.Device));
        Path.Restore(path, order?.to(Model.Device));
        foreach (var tensor in next?.Tensors ?? [])
        {
            tensor.DetachFromDisposeScope();
        }

        carry?.Dispose();
        last?.Dispose();
        (carry, last) = (next, null);
        GeneratorState.Restore(Generator.Default, torchState);
    }

    private Carry<TLatents> CarryFrom(SavedTensors saved)
    {
        var count = saved.Rows("carry.steps") is > 0 and var rows ? rows : throw saved.Wrong("'carry.steps' has no rows");
        var info = Model.Info;
        var cells = new[] { count, info.SeqLen };

        // Only for shapes and formats; random latents draw, and torch's generator is set afterwards.
        using var before = GeneratorState.Of(Generator.Default);
        var like = Model.InitialLatents(count * Model.Candidates);
        GeneratorState.Restore(Generator.Default, before);
        return new Carry<TLatents>(
            TLatents.From(name => Own(saved.Like(LatentPrefix + name, like[name]))),
            new PuzzleBatch(
                Own(saved.Within("carry.inputs", cells, 0, info.VocabSize)),
                Own(saved.Within("carry.labels", cells, 0, info.VocabSize, aside: PuzzleBatch.IgnoreLabel)),
                Own(saved.Within("carry.puzzle_identifiers", [count], 0, info.PuzzleCount > 0 ? info.PuzzleCount : int.MaxValue))),
            Own(saved.Within("carry.steps", [count], 0, int.MaxValue)),
            Own(saved.Take("carry.halted", [count], ScalarType.Bool)),
            Model.FeedsBack ? Own(saved.Within("carry.answers", cells, 0, info.VocabSize)) : null);
    }

    // A copy on the model's device: the saved tensors stay their caller's.
    private Tensor Own(Tensor saved) => saved.to(Model.Device, copy: true);
}
