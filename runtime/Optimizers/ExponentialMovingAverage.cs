using HrmGen.Kernels;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HrmGen.Optimizers;

/// <summary>
/// A shadow of the parameters that follows them slowly: shadow ← rate·shadow + (1 - rate)·p after each optimizer step. It starts as a
/// copy of the parameters and has no bias correction. Buffers (the puzzle embedding, the initial latents) take no part.
/// </summary>
/// <remarks>Source: <c>EMAHelper</c> in <c>models/ema.py</c> of TRM.</remarks>
public sealed class ExponentialMovingAverage : IDisposable
{
    private readonly IReadOnlyList<(string name, Parameter parameter)> _parameters;
    private readonly Dictionary<string, Tensor> _shadow = new(StringComparer.Ordinal);
    private readonly Tensor[] _take;
    private readonly double _rate;
    private bool _applied;

    /// <summary>Copies the parameters as they are now.</summary>
    /// <param name="parameters">The parameters by name.</param>
    /// <param name="rate">Share of the shadow that an update keeps, 0 ≤ rate ≤ 1; 0.999 in TRM.</param>
    /// <exception cref="ArgumentException">A name occurs twice.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rate"/> is outside its range.</exception>
    public ExponentialMovingAverage(IEnumerable<(string name, Parameter parameter)> parameters, double rate)
    {
        if (!(rate is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(rate), rate, "The rate must lie between 0 and 1.");
        }
        _rate = rate;
        _parameters = [.. parameters];
        ParameterNames.ThrowIfRepeated(_parameters);
        using var _ = no_grad();
        _take = new Tensor[_parameters.Count];
        for (var i = 0; i < _take.Length; i++)
        {
            var (name, parameter) = _parameters[i];
            _shadow.Add(name, Copy(parameter));
            _take[i] = tensor(1 - rate, parameter.dtype, parameter.device).DetachFromDisposeScope();
        }
    }

    /// <summary>The averages by parameter name. To resume a run, copy saved values into these tensors in place.</summary>
    public IReadOnlyDictionary<string, Tensor> Shadow => _shadow;

    /// <summary>Whether the parameters hold the shadow now (see <see cref="Apply"/>).</summary>
    public bool IsApplied => _applied;

    /// <summary>Whether a kernel moves what it can, contiguous float32 and float64 on the CPU; torch's operators move the rest.</summary>
    internal bool UsesKernels { get; set; } = TorchCpu.SharesMemory;

    /// <summary>Moves the shadow towards the parameters; call it after each optimizer step.</summary>
    /// <exception cref="InvalidOperationException">The parameters hold the shadow now (see <see cref="Apply"/>).</exception>
    public void Update()
    {
        ThrowIfApplied();
        using var _ = no_grad();
        var (singles, doubles) = (new List<(nint, nint, long)>(), new List<(nint, nint, long)>());
        for (var i = 0; i < _take.Length; i++)
        {
            var (name, parameter) = _parameters[i];
            var shadow = _shadow[name];
            if (UsesKernels && shadow.dtype is ScalarType.Float32 or ScalarType.Float64 && shadow.dtype == parameter.dtype
                && TorchCpu.Find(shadow) is var average and not 0 && TorchCpu.Find(parameter) is var value and not 0)
            {
                (shadow.dtype == ScalarType.Float32 ? singles : doubles).Add((average, value, shadow.numel()));
            }
            else
            {
                shadow.lerp_(parameter, _take[i]);
            }
        }

        MomentKernels<float>.Average(singles, 1 - _rate);
        MomentKernels<double>.Average(doubles, 1 - _rate);
    }

    /// <summary>Writes the shadow into the parameters, for evaluation or export, until the result is disposed.</summary>
    /// <returns>Gives the parameters their own values back when disposed.</returns>
    /// <exception cref="InvalidOperationException">The parameters hold the shadow already.</exception>
    public IDisposable Apply()
    {
        ThrowIfApplied();
        using var _ = no_grad();
        var own = new Tensor[_parameters.Count];
        for (var i = 0; i < own.Length; i++)
        {
            var (name, parameter) = _parameters[i];
            own[i] = Copy(parameter);
            parameter.copy_(_shadow[name]);
        }
        _applied = true;
        return new Applied(this, own);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in _shadow.Values.Concat(_take))
        {
            tensor.Dispose();
        }
    }

    private void ThrowIfApplied()
    {
        if (_applied)
        {
            throw new InvalidOperationException(
                "The parameters hold their moving average; dispose what Apply() returned before you update or apply it again.");
        }
    }

    private static Tensor Copy(Parameter parameter) => parameter.detach().clone().DetachFromDisposeScope();

    private sealed class Applied(ExponentialMovingAverage owner, Tensor[] own) : IDisposable
    {
        private bool _disposed;

        public void Dispose()
        {
            if (_disposed)
            {
                return;
            }
            _disposed = true;
            using var _ = no_grad();
            for (var i = 0; i < own.Length; i++)
            {
                owner._parameters[i].parameter.copy_(own[i]);
                own[i].Dispose();
            }
            owner._applied = false;
        }
    }
}
