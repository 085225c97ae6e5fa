using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HrmGen.Optimizers;

/// <summary>
/// AdamATan2 as adam-atan2 0.0.3 computes it: the bias correction of the first moment divides the step size, outside of atan2, and there
/// is no epsilon (its csrc/adam_atan2.cu, <c>adam_math</c>).
/// </summary>
/// <param name="parameters">What is optimized.</param>
/// <param name="beta1">Decay of the first moment.</param>
/// <param name="beta2">Decay of the second moment.</param>
/// <param name="weight_decay">Decoupled decay.</param>
public sealed class AdamATan2(IEnumerable<(string name, Parameter parameter)> parameters, double beta1, double beta2, double weight_decay)
    : Optimizer(parameters)
{
    /// <inheritdoc/>
    protected override void Update(Tensor parameter, Tensor grad, Tensor exp_avg, Tensor exp_avg_sq, double lr)
    {
        _ = parameter.mul_(1 - (lr * weight_decay));
        _ = exp_avg.lerp_(grad, 1 - beta1);
        _ = exp_avg_sq.mul_(beta2).addcmul_(grad, grad, 1 - beta2);
        var step = -lr / (1 - Math.Pow(beta1, StepCount));
        var denominator = exp_avg_sq.sqrt().div_(Math.Sqrt(1 - Math.Pow(beta2, StepCount)));
        _ = parameter.add_(exp_avg.atan2(denominator), step);
    }
}
