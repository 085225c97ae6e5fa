using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HrmGen.Layers;

/// <summary>
/// A linear layer whose weights may have a higher precision than the activations: they are cast to the input's dtype in every
/// forward pass, so that optimizer and gradient stay in the parameters' dtype.
/// </summary>
/// <remarks>Source: <c>CastedLinear</c> in <c>models/layers.py</c> of HRM and TRM.</remarks>
public sealed class CastedLinear : ExplicitModule<Tensor, Tensor>
{
    private Tensor? _heldWeight;
    private Tensor? _heldBias;

    /// <summary>The weights, [out_features, in_features].</summary>
    public Parameter weight { get; private set; }

    /// <summary>The bias, [out_features]; null for a layer without one.</summary>
    public Parameter? bias { get; private set; }

    /// <summary>Draws LeCun-normal weights (standard deviation 1/sqrt(in_features), truncated); the bias starts at zero.</summary>
    /// <param name="in_features">Size of the input's last axis.</param>
    /// <param name="out_features">Size of the output's last axis.</param>
    /// <param name="bias">Whether to add a bias.</param>
    /// <param name="dtype">Floating-point dtype of the parameters.</param>
    /// <param name="device">Where the parameters live; the CPU by default.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    public CastedLinear(long in_features, long out_features, bool bias, ScalarType dtype, Device? device = null)
        : base(nameof(CastedLinear))
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(in_features);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(out_features);
        weight = Initialization.lecun_normal(in_features, [out_features, in_features], dtype, device);
        register_parameter(nameof(weight), weight);
        if (bias)
        {
            this.bias = Initialization.parameter(zeros(out_features, dtype, device));
            register_parameter(nameof(bias), this.bias);
        }
    }

    /// <summary>Computes x · weightᵀ + bias.</summary>
    /// <param name="x">[..., in_features], any floating-point dtype.</param>
    /// <returns>[..., out_features] in the dtype of <paramref name="x"/>.</returns>
    public override Tensor forward(Tensor x)
    {
        var dtype = x.dtype;
        if (weight.dtype == dtype)
        {
            return nn.functional.linear(x, weight, bias);
        }
        if (_heldWeight is { } held && held.dtype == dtype && !is_grad_enabled())
        {
            return nn.functional.linear(x, held, _heldBias);
        }
        using var scope = NewDisposeScope();
        return nn.functional.linear(x, weight.to(dtype), bias?.to(dtype)).MoveToOuterDisposeScope();
    }

    /// <summary>Keeps cast weights for forward passes without gradient, until <see cref="ReleaseCast"/>.</summary>
    internal void HoldCast(ScalarType dtype)
    {
        ReleaseCast();
        if (dtype == weight.dtype)
        {
            return;
        }
        using var _ = no_grad();
        _heldWeight = weight.to(dtype).DetachFromDisposeScope();
        _heldBias = bias?.to(dtype).DetachFromDisposeScope();
    }

    /// <summary>Drops the cast weights.</summary>
    internal void ReleaseCast()
    {
        _heldWeight?.Dispose();
        _heldBias?.Dispose();
        _heldWeight = _heldBias = null;
    }

    /// <summary>
    /// Moves the tensors without the base method's reflection, which ahead-of-time compilation would trim.
    /// </summary>
    protected override void _toEpilog(ScalarType? dtype, Device? device, bool non_blocking)
    {
        if (ReplaceParameter(dtype, device, weight, out var moved))
        {
            weight.Dispose();
            weight = moved!;
            ConditionallyRegisterParameter(nameof(weight), weight);
        }
        if (bias is not null && ReplaceParameter(dtype, device, bias, out moved))
        {
            bias.Dispose();
            bias = moved!;
            ConditionallyRegisterParameter(nameof(bias), bias);
        }
        (_deviceType, _deviceIndex) = device is null ? (_deviceType, _deviceIndex) : (device.type, device.index);
    }
}
