using HrmGen.Kernels;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HrmGen.Optimizers;

/// <summary>
/// Adam with the ratio of the moments replaced by their angle, which needs no epsilon and bounds each update:
/// p ← (1 - lr·wd)·p - lr/(1 - β1ᵗ) · atan2(m, sqrt(v / (1 - β2ᵗ))).
/// </summary>
/// <param name="parameters">The parameters by name; all are decayed, biases and embeddings included.</param>
/// <param name="beta1">Decay rate of the mean of the gradient, 0 ≤ β1 &lt; 1.</param>
/// <param name="beta2">Decay rate of the mean of its square, likewise.</param>
/// <param name="weight_decay">Decoupled weight decay, multiplied by the learning rate.</param>
/// <remarks>
/// Source: adam-atan2 0.0.3, the release that the requirements of HRM and TRM install; Everett et al., "Scaling Exponents Across
/// Parameterizations and Optimizers". Its bias correction of m stands outside the atan2 (0.0.2 had it inside). atan2(0, 0) is 0.
/// </remarks>
/// <exception cref="ArgumentException">A name occurs twice.</exception>
/// <exception cref="ArgumentOutOfRangeException">A rate is outside its range.</exception>
public sealed class AdamATan2(
    IEnumerable<(string name, Parameter parameter)> parameters, double beta1, double beta2, double weight_decay)
    : MomentOptimizer(parameters, beta1, beta2, weight_decay)
{
    private protected override void Update<T>(IReadOnlyList<MomentSpan> spans, double beta1, double beta2) =>
        MomentKernels<T>.Step(spans, beta1, beta2, default(AdamATan2Rule<T>));

    private protected override void Update(Tensor parameter, Tensor exp_avg, Tensor exp_avg_sq, double step_size, double scale)
    {
        using Scalar factor = scale, alpha = -step_size;
        parameter.add_(exp_avg.atan2(exp_avg_sq.sqrt().mul_(factor)), alpha);
    }
}
