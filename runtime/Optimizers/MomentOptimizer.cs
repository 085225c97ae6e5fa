using System.Numerics;
using HrmGen.Kernels;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HrmGen.Optimizers;

/// <summary>What AdamW and AdamATan2 share: decoupled decay, and running means of the gradient and of its square.</summary>
public abstract class MomentOptimizer : Optimizer
{
    private readonly Slot[] _slots;
    private readonly double _beta1;
    private readonly double _beta2;
    private readonly double _weightDecay;
    private readonly Scalar _keepSquare;
    private readonly Scalar _takeSquare;

    private protected MomentOptimizer(
        IEnumerable<(string name, Parameter parameter)> parameters, double beta1, double beta2, double weight_decay) : base(parameters)
    {
        ThrowIfNotFraction(beta1, nameof(beta1));
        ThrowIfNotFraction(beta2, nameof(beta2));
        ArgumentOutOfRangeException.ThrowIfNegative(weight_decay);
        (_beta1, _beta2, _weightDecay) = (beta1, beta2, weight_decay);
        (_keepSquare, _takeSquare) = (beta2, 1 - beta2);
        _slots = new Slot[Parameters.Count];
        for (var i = 0; i < _slots.Length; i++)
        {
            _slots[i] = new Slot(Parameters[i].parameter, 1 - beta1);
        }
    }

    /// <summary>
    /// Per parameter: "exp_avg" and "exp_avg_sq" in its shape and dtype, and "step", the number of its updates (an int64 scalar on the
    /// CPU; it lags behind <see cref="Optimizer.StepCount"/> where gradients were missing).
    /// </summary>
    public override IEnumerable<(string name, Tensor tensor)> State
    {
        get
        {
            for (var i = 0; i < _slots.Length; i++)
            {
                var name = Parameters[i].name;
                yield return ("exp_avg." + name, _slots[i].ExpAvg);
                yield return ("exp_avg_sq." + name, _slots[i].ExpAvgSq);
                yield return ("step." + name, _slots[i].Updates);
            }
        }
    }

    /// <summary>Whether kernels update what they can, contiguous float32 and float64 on the CPU; torch's operators update the rest.</summary>
    internal bool UsesKernels { get; set; } = TorchCpu.SharesMemory;

    /// <inheritdoc/>
    public override void Step(double lr)
    {
        using var _ = no_grad();
        // The gradients' handles: the kernels read them last.
        using var handles = NewDisposeScope();
        StepCount++;
        var (singles, doubles, taken) = (new List<MomentSpan>(), new List<MomentSpan>(), new HashSet<nint>());
        for (var i = 0; i < _slots.Length; i++)
        {
            var parameter = Parameters[i].parameter;
            var grad = parameter.grad;
            if (grad is null)
            {
                continue;
            }
            var slot = _slots[i];
            var (scale, ownDecay) = Rates?[i] ?? (1, null);
            var (rate, updates) = (scale * lr, slot.CountUpdate());
            var (decay, stepSize, rootScale) =
                (1 - rate * (ownDecay ?? _weightDecay), rate / (1 - Math.Pow(_beta1, updates)), 1 / Math.Sqrt(1 - Math.Pow(_beta2, updates)));
            if (UsesKernels && parameter.dtype is ScalarType.Float32 or ScalarType.Float64 && parameter.dtype == grad.dtype
                && TorchCpu.Find(parameter) is var data and not 0 && TorchCpu.Find(grad) is var gradient and not 0
                && TorchCpu.Find(slot.ExpAvg) is var mean and not 0 && TorchCpu.Find(slot.ExpAvgSq) is var square and not 0
                && taken.Add(data))
            {
                var spans = parameter.dtype == ScalarType.Float32 ? singles : doubles;
                spans.Add(new(data, gradient, mean, square, parameter.numel(), decay, stepSize, rootScale));
            }
            else
            {
                UpdateByTorch(slot, parameter, grad, decay, stepSize, rootScale);
            }
        }

        Update<float>(singles, _beta1, _beta2);
        Update<double>(doubles, _beta1, _beta2);
    }

    private void UpdateByTorch(Slot slot, Parameter parameter, Tensor grad, double decay, double stepSize, double rootScale)
    {
        // A scope for each parameter: the temporaries of one are the memory of the next.
        using var scope = NewDisposeScope();
        using Scalar factor = decay;
        parameter.mul_(factor);
        slot.ExpAvg.lerp_(grad, slot.TakeGrad);
        slot.ExpAvgSq.mul_(_keepSquare).addcmul_(grad, grad, _takeSquare);
        Update(parameter, slot.ExpAvg, slot.ExpAvgSq, stepSize, rootScale);
    }

    /// <summary>Decay, moments and update of parameters by the kernel, which equals the operators up to rounding.</summary>
    /// <param name="spans">The parameters, of one format.</param>
    /// <param name="beta1">Decay rate of the mean.</param>
    /// <param name="beta2">Decay rate of the square.</param>
    private protected abstract void Update<T>(IReadOnlyList<MomentSpan> spans, double beta1, double beta2)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>Moves <paramref name="parameter"/> by its updated moments; runs without gradients, in a dispose scope of its own.</summary>
    /// <param name="parameter">Changed in place.</param>
    /// <param name="exp_avg">The running mean of the gradient.</param>
    /// <param name="exp_avg_sq">The running mean of its square.</param>
    /// <param name="step_size">The learning rate over the bias correction of <paramref name="exp_avg"/>.</param>
    /// <param name="scale">What the root of <paramref name="exp_avg_sq"/> is multiplied by: the root of its bias correction, inverted.</param>
    private protected abstract void Update(Tensor parameter, Tensor exp_avg, Tensor exp_avg_sq, double step_size, double scale);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            foreach (var slot in _slots)
            {
                slot.TakeGrad.Dispose();
            }
            _keepSquare.Dispose();
            _takeSquare.Dispose();
        }
    }

    private static void ThrowIfNotFraction(double value, string name)
    {
        if (!(value is >= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be at least 0 and below 1.");
        }
    }

    private sealed class Slot
    {
        public Tensor ExpAvg { get; }
        public Tensor ExpAvgSq { get; }
        public Tensor Updates { get; }
        // TorchSharp's lerp_ takes its weight as a tensor only.
        public Tensor TakeGrad { get; }

        public Slot(Parameter parameter, double takeGrad)
        {
            using var _ = no_grad();
            ExpAvg = zeros_like(parameter).DetachFromDisposeScope();
            ExpAvgSq = zeros_like(parameter).DetachFromDisposeScope();
            Updates = zeros(Array.Empty<long>(), ScalarType.Int64).DetachFromDisposeScope();
            TakeGrad = tensor(takeGrad, parameter.dtype, parameter.device).DetachFromDisposeScope();
        }

        // In place of two operators, which take as long as a small parameter's update.
        public unsafe long CountUpdate() => TorchCpu.Find(Updates) is var count and not 0 ? ++*(long*)count : Updates.add_(1).item<long>();
    }
}
