using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HrmGen.Optimizers;

/// <summary>
/// The exponential moving average of the parameters (official models/ema.py): no bias correction, and neither the puzzle embedding nor
/// the latents' initial vectors, which are buffers.
/// </summary>
public sealed class ExponentialMovingAverage : IDisposable
{
    private readonly IReadOnlyList<(string name, Parameter parameter)> parameters;
    private readonly Dictionary<string, Tensor> shadow = new(StringComparer.Ordinal);
    private bool applied;

    /// <summary>Starts from the present parameters.</summary>
    /// <param name="parameters">What is averaged.</param>
    /// <param name="rate">Part of the average that a step keeps.</param>
    public ExponentialMovingAverage(IEnumerable<(string name, Parameter parameter)> parameters, double rate)
    {
        this.parameters = [.. parameters];
        Rate = rate;
        using var gradient = no_grad();
        foreach (var (name, parameter) in this.parameters)
        {
            shadow[name] = parameter.detach().clone().DetachFromDisposeScope();
        }
    }

    /// <summary>Part of the average that a step keeps.</summary>
    public double Rate { get; }

    /// <summary>The averages by parameter name, the tensors themselves.</summary>
    public IReadOnlyDictionary<string, Tensor> Shadow => shadow;

    /// <summary>Takes the present parameters in; called after each optimizer step.</summary>
    public void Update()
    {
        using var gradient = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (name, parameter) in parameters)
        {
            _ = shadow[name].mul_(Rate).add_(parameter, 1 - Rate);
        }
    }

    /// <summary>Puts the averages into the model until the result is disposed, which puts the parameters back.</summary>
    /// <exception cref="InvalidOperationException">They are in it already.</exception>
    public IDisposable Apply()
    {
        if (applied)
        {
            throw new InvalidOperationException("The moving average is applied already: dispose what the first Apply returned");
        }

        applied = true;
        var backup = parameters.ToDictionary(p => p.name, p => p.parameter.detach().clone().DetachFromDisposeScope(), StringComparer.Ordinal);
        Copy(shadow);
        return new Restore(() =>
        {
            Copy(backup);
            foreach (var tensor in backup.Values)
            {
                tensor.Dispose();
            }

            applied = false;
        });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in shadow.Values)
        {
            tensor.Dispose();
        }
    }

    private void Copy(Dictionary<string, Tensor> from)
    {
        using var gradient = no_grad();
        foreach (var (name, parameter) in parameters)
        {
            _ = parameter.copy_(from[name]);
        }
    }

    private sealed class Restore(Action restore) : IDisposable
    {
        private Action? pending = restore;

        public void Dispose()
        {
            pending?.Invoke();
            pending = null;
        }
    }
}
