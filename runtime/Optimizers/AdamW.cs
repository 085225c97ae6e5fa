using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HrmGen.Optimizers;

/// <summary>AdamW with decoupled weight decay, equal to PyTorch's <c>torch.optim.AdamW</c>.</summary>
/// <param name="parameters">What is optimized.</param>
/// <param name="beta1">Decay of the first moment.</param>
/// <param name="beta2">Decay of the second moment.</param>
/// <param name="weight_decay">Decoupled decay.</param>
/// <param name="eps">Added to the root of the second moment.</param>
public sealed class AdamW(
    IEnumerable<(string name, Parameter parameter)> parameters, double beta1, double beta2, double weight_decay, double eps = 1e-8)
    : Optimizer(parameters)
{
    /// <inheritdoc/>
    protected override void Update(Tensor parameter, Tensor grad, Tensor exp_avg, Tensor exp_avg_sq, double lr)
    {
        _ = parameter.mul_(1 - (lr * weight_decay));
        _ = exp_avg.lerp_(grad, 1 - beta1);
        _ = exp_avg_sq.mul_(beta2).addcmul_(grad, grad, 1 - beta2);
        var step = -lr / (1 - Math.Pow(beta1, StepCount));
        var denominator = exp_avg_sq.sqrt().div_(Math.Sqrt(1 - Math.Pow(beta2, StepCount))).add_(eps);
        _ = parameter.addcdiv_(exp_avg, denominator, step);
    }
}
