using HrmGen.Kernels;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HrmGen.Optimizers;

/// <summary>Adam with decoupled weight decay: p ← (1 - lr·wd)·p - lr/(1 - β1ᵗ) · m / (sqrt(v / (1 - β2ᵗ)) + eps).</summary>
/// <param name="parameters">The parameters by name; all are decayed, biases and embeddings included.</param>
/// <param name="beta1">Decay rate of the mean of the gradient, 0 ≤ β1 &lt; 1.</param>
/// <param name="beta2">Decay rate of the mean of its square, likewise.</param>
/// <param name="weight_decay">Decoupled weight decay, multiplied by the learning rate.</param>
/// <param name="eps">Added to the denominator.</param>
/// <remarks>Source: Loshchilov and Hutter, "Decoupled Weight Decay Regularization"; equal to <c>torch.optim.AdamW</c>.</remarks>
/// <exception cref="ArgumentException">A name occurs twice.</exception>
/// <exception cref="ArgumentOutOfRangeException">A rate is outside its range.</exception>
public sealed class AdamW(
    IEnumerable<(string name, Parameter parameter)> parameters, double beta1, double beta2, double weight_decay, double eps = 1e-8)
    : MomentOptimizer(parameters, beta1, beta2, weight_decay)
{
    private protected override void Update<T>(IReadOnlyList<MomentSpan> spans, double beta1, double beta2) =>
        MomentKernels<T>.Step(spans, beta1, beta2, new AdamWRule<T>(T.CreateChecked(eps)));

    private protected override void Update(Tensor parameter, Tensor exp_avg, Tensor exp_avg_sq, double step_size, double scale)
    {
        using Scalar factor = scale, epsilon = eps, value = -step_size;
        parameter.addcdiv_(exp_avg, exp_avg_sq.sqrt().mul_(factor).add_(epsilon), value);
    }
}
