using HrmGen.Checkpoints;
using static TorchSharp.torch;

namespace HrmGen.Halting;

/// <summary>Draws how many supervision steps a row must have before it may halt (HRM paper, section on ACT; official <c>halt_exploration_prob</c>).</summary>
public class HaltExploration(long seed) : IDisposable
{
    private readonly Generator generator = new((ulong)seed);
    private Tensor? minimum;

    internal Generator Generator => generator;

    /// <summary>What the rows drew at their examples' first steps, <c>[B]</c>; null where nothing is held.</summary>
    internal Tensor? Minimum => minimum;

    /// <summary>
    /// With the given probability a row draws a minimum of 2 to <paramref name="N_sup"/> steps, each equally likely; the others have none.
    /// As in the official code every row draws anew at every step.
    /// </summary>
    /// <param name="steps">The rows' supervision steps so far, <c>[B]</c>.</param>
    /// <param name="probability">Between 0 and 1.</param>
    /// <param name="N_sup">Supervision steps at most.</param>
    /// <returns><c>[B]</c> int32, 0 where there is no minimum.</returns>
    public virtual Tensor MinHaltSteps(Tensor steps, double probability, int N_sup)
    {
        ArgumentNullException.ThrowIfNull(steps);

        // Drawn on the CPU: the same seed draws the same on every device.
        var rows = steps.size(0);
        using var scope = NewDisposeScope();
        var explores = rand(rows, dtype: ScalarType.Float64, generator: generator) < probability;
        var minimum = randint(2, N_sup + 1, rows, dtype: int32, generator: generator);
        return (explores * minimum).to(int32).to(steps.device).MoveToOuterDisposeScope();
    }

    /// <summary>The same, drawn once for each example, at its first supervision step, as the HRM paper describes it.</summary>
    /// <param name="steps">The rows' supervision steps so far, <c>[B]</c>; 1 begins an example.</param>
    /// <param name="probability">Between 0 and 1.</param>
    /// <param name="N_sup">Supervision steps at most.</param>
    /// <returns><c>[B]</c> int32, 0 where there is no minimum.</returns>
    public virtual Tensor MinHaltStepsOfSample(Tensor steps, double probability, int N_sup)
    {
        ArgumentNullException.ThrowIfNull(steps);
        using var scope = NewDisposeScope();
        var drawn = MinHaltSteps(steps, probability, N_sup);
        var held = minimum is null ? drawn : where(steps == 1, drawn, minimum);
        minimum?.Dispose();
        minimum = held.clone().DetachFromDisposeScope();
        return held.MoveToOuterDisposeScope();
    }

    /// <summary>Goes on from a saved state.</summary>
    internal void Restore(Tensor generatorState, Tensor? held)
    {
        GeneratorState.Restore(generator, generatorState);
        minimum?.Dispose();
        minimum = held?.clone().DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Disposes the generator.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            generator.Dispose();
            minimum?.Dispose();
        }
    }
}
