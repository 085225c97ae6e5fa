namespace HrmGen.Models;

/// <summary>How a model's recursion is computed. Both forms come from one spec and agree up to rounding.</summary>
public enum Lowering
{
    /// <summary>TorchSharp's operators and torch's autograd, on any device.</summary>
    Reference,

    /// <summary>Kernels on reused memory with an emitted backward, on the CPU.</summary>
    Fused,
}
