using HrmGen.Training;
using static TorchSharp.torch;

namespace HrmGen.Lab.Runs;

/// <summary>
/// How one step moves each part of a model: the norm of its gradient, and the norm of the update over that of the weights. About 1e-3 is
/// healthy; far more is a learning rate that is too high, far less one that is too low.
/// </summary>
internal sealed class NetworkProbe : IDisposable
{
    private readonly IReadOnlyList<(string Part, Tensor[] Parameters, Tensor[] Before)> parts;

    private NetworkProbe(IReadOnlyList<(string, Tensor[], Tensor[])> parts) => this.parts = parts;

    /// <summary>Remembers the weights before a step.</summary>
    public static NetworkProbe Before(ITrainingStep step)
    {
        using var _ = no_grad();
        return new([.. step.Model.Module.named_parameters()
            .GroupBy(p => p.name.Split('.')[0], StringComparer.Ordinal)
            .Select(g => (g.Key, g.Select(p => (Tensor)p.parameter).ToArray(), g.Select(p => p.parameter.detach().clone().DetachFromDisposeScope()).ToArray()))]);
    }

    /// <summary>What the step did.</summary>
    public IEnumerable<(string Name, double Value)> After()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        foreach (var (part, parameters, before) in parts)
        {
            static double Norm(IEnumerable<Tensor> tensors) => Math.Sqrt(tensors.Sum(t => t.to(float64).square().sum().item<double>()));
            yield return ($"grad_norm/{part}", Norm(parameters.Select(p => p.grad).OfType<Tensor>()));
            yield return ($"update_ratio/{part}", Norm(parameters.Zip(before, (now, old) => now - old)) / Math.Max(1e-30, Norm(before)));
        }
    }

    public void Dispose()
    {
        foreach (var tensor in parts.SelectMany(p => p.Before))
        {
            tensor.Dispose();
        }
    }
}
