using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HrmGen.Optimizers;

/// <summary>
/// An optimizer over named parameters whose learning rate is given at each step. Its state lives outside every dispose scope, on
/// the device and in the dtype of the parameters: create it once they are where they will stay.
/// </summary>
public abstract class Optimizer : IDisposable
{
    /// <summary>Takes the parameters to optimize, in the order in which they are updated.</summary>
    /// <param name="parameters">Names must be unique.</param>
    /// <exception cref="ArgumentException">A name occurs twice.</exception>
    protected Optimizer(IEnumerable<(string name, Parameter parameter)> parameters)
    {
        Parameters = [.. parameters];
        ParameterNames.ThrowIfRepeated(Parameters);
    }

    /// <summary>The optimized parameters with their names.</summary>
    public IReadOnlyList<(string name, Parameter parameter)> Parameters { get; }

    /// <summary>
    /// Everything that a resumed run needs beside <see cref="StepCount"/>, in a deterministic order: the moments, named
    /// "kind.parameter name". Copy saved values into these tensors in place.
    /// </summary>
    public abstract IEnumerable<(string name, Tensor tensor)> State { get; }

    /// <summary>
    /// What the learning rate of each parameter is multiplied by, in the order of <see cref="Parameters"/>, and its weight decay where it
    /// is not that of the rest.
    /// </summary>
    public IReadOnlyList<(double Scale, double? WeightDecay)>? Rates { get; set; }

    /// <summary>Number of steps taken.</summary>
    public long StepCount { get; set; }

    /// <summary>Updates every parameter that has a gradient; one without is skipped, one whose gradient is zero is not.</summary>
    /// <param name="lr">The learning rate of this step.</param>
    public abstract void Step(double lr);

    /// <summary>Drops all gradients, so that a parameter that takes no part in the next step is skipped there.</summary>
    public void ZeroGrad()
    {
        foreach (var (_, parameter) in Parameters)
        {
            using var grad = parameter.grad;
            if (grad is not null)
            {
                parameter.grad = null;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the state; the parameters belong to their modules.</summary>
    /// <param name="disposing">False on the finalizer's thread, where tensors free themselves.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (var (_, tensor) in State)
            {
                tensor.Dispose();
            }
        }
    }
}
