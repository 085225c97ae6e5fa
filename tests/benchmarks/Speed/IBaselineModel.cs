using static TorchSharp.torch;

namespace HrmGen.Benchmarks.Speed;

/// <summary>A model by hand that a compiled one is measured against.</summary>
internal interface IBaselineModel : IDisposable
{
    /// <summary>Latents of the first step.</summary>
    (Tensor z_H, Tensor z_L) Start();

    /// <summary>Rows that start anew.</summary>
    (Tensor z_H, Tensor z_L) Reset((Tensor z_H, Tensor z_L) latents, Tensor halted);

    /// <summary>A pass of the recursion with both heads; q in float32.</summary>
    (Tensor z_H, Tensor z_L, Tensor Logits, Tensor Q) Step((Tensor z_H, Tensor z_L) latents, Tensor inputs, Tensor identifiers);
}
