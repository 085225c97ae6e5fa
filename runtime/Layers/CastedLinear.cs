using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HrmGen.Layers;

/// <summary>A linear layer whose weights are cast to the format of its input (official models/layers.py, <c>CastedLinear</c>).</summary>
public sealed class CastedLinear : ExplicitModule<Tensor, Tensor>
{
    private Tensor? heldWeight;
    private Tensor? heldBias;

    /// <summary>Creates the layer: truncated LeCun-normal weights of standard deviation 1/sqrt(in_features), bias 0.</summary>
    public CastedLinear(long in_features, long out_features, bool bias, ScalarType dtype, Device? device = null)
        : base(nameof(CastedLinear))
    {
        weight = new Parameter(Initialization.trunc_normal_(empty(out_features, in_features, dtype: dtype, device: device), 1 / Math.Sqrt(in_features)));
        register_parameter(nameof(weight), weight);
        if (bias)
        {
            this.bias = new Parameter(zeros(out_features, dtype: dtype, device: device));
            register_parameter(nameof(bias), this.bias);
        }
    }

    /// <summary><c>[out_features, in_features]</c>.</summary>
    public Parameter weight { get; }

    /// <summary><c>[out_features]</c>, or null.</summary>
    public Parameter? bias { get; }

    /// <summary>The input times the transposed weight, plus the bias.</summary>
    /// <param name="input"><c>[..., in_features]</c>.</param>
    /// <returns><c>[..., out_features]</c> in the input's format.</returns>
    public override Tensor forward(Tensor input)
    {
        var dtype = input.dtype;
        if (weight.dtype == dtype)
        {
            return nn.functional.linear(input, weight, bias);
        }

        if (heldWeight is { } held && held.dtype == dtype && !is_grad_enabled())
        {
            return nn.functional.linear(input, held, heldBias);
        }

        // Cast at every use: autograd then sums the uses' gradients in the parameter's own format.
        using var cast = weight.to(dtype);
        using var castBias = bias?.to(dtype);
        return nn.functional.linear(input, cast, castBias);
    }

    /// <summary>Keeps cast weights for forwards without gradient until <see cref="ReleaseCast"/>.</summary>
    internal void HoldCast(ScalarType dtype)
    {
        ReleaseCast();
        using var gradient = no_grad();
        heldWeight = weight.to(dtype).DetachFromDisposeScope();
        heldBias = bias?.to(dtype).DetachFromDisposeScope();
    }

    /// <summary>Drops the cast weights.</summary>
    internal void ReleaseCast()
    {
        heldWeight?.Dispose();
        heldBias?.Dispose();
        (heldWeight, heldBias) = (null, null);
    }
}
