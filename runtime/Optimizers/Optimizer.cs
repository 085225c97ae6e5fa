using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HrmGen.Optimizers;

/// <summary>Base of the optimizers of dense parameters: two moments each, and a step count.</summary>
/// <remarks>A parameter without a gradient is skipped, decay included; one whose gradient is zero is not.</remarks>
public abstract class Optimizer : IDisposable
{
    private readonly Dictionary<string, Tensor> firstMoments = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Tensor> secondMoments = new(StringComparer.Ordinal);

    /// <summary>Creates the state, all moments zero.</summary>
    protected Optimizer(IEnumerable<(string name, Parameter parameter)> parameters)
    {
        Parameters = [.. parameters];
        foreach (var (name, parameter) in Parameters)
        {
            firstMoments[name] = zeros_like(parameter).detach().DetachFromDisposeScope();
            secondMoments[name] = zeros_like(parameter).detach().DetachFromDisposeScope();
        }
    }

    /// <summary>What is optimized, by name.</summary>
    public IReadOnlyList<(string name, Parameter parameter)> Parameters { get; }

    /// <summary>Steps so far; set it when restoring a state.</summary>
    public long StepCount { get; set; }

    /// <summary>The state by name (<c>exp_avg.NAME</c>, <c>exp_avg_sq.NAME</c>), the tensors themselves: copying into them restores a state.</summary>
    public IEnumerable<(string name, Tensor tensor)> State => Parameters.SelectMany(p => new[]
    {
        ("exp_avg." + p.name, firstMoments[p.name]),
        ("exp_avg_sq." + p.name, secondMoments[p.name]),
    });

    /// <summary>One step on every parameter that has a gradient.</summary>
    /// <param name="lr">The learning rate of this step.</param>
    public void Step(double lr)
    {
        using var gradient = no_grad();
        using var scope = NewDisposeScope();
        StepCount++;
        foreach (var (name, parameter) in Parameters)
        {
            if (parameter.grad is { } grad)
            {
                Update(parameter, grad, firstMoments[name], secondMoments[name], lr);
            }
        }
    }

    /// <summary>Forgets all gradients: the next backward starts from none.</summary>
    public void ZeroGrad()
    {
        foreach (var (_, parameter) in Parameters)
        {
            if (parameter.grad is { } grad)
            {
                parameter.grad = null;
                grad.Dispose();
            }
        }
    }

    /// <summary>Updates one parameter and its moments in place.</summary>
    protected abstract void Update(Tensor parameter, Tensor grad, Tensor exp_avg, Tensor exp_avg_sq, double lr);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Disposes the moments; the parameters stay.</summary>
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
