using HrmGen.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace HrmGen.Optimizers;

/// <summary>Which tensors kernels can work on, and where those lie.</summary>
internal static unsafe class KernelMemory
{
    /// <summary>Whether this libtorch tells where tensors lie and shares its threads.</summary>
    public static bool IsKnown => TorchCpu.GetDataPointer != null && TorchCpu.ParallelFor != null;

    /// <summary>The first number of a tensor; 0 where it is no contiguous tensor of the CPU.</summary>
    public static nint Find(Tensor tensor)
    {
        if (!IsKnown || tensor.device_type != DeviceType.CPU || tensor.is_sparse || !tensor.is_contiguous())
        {
            return 0;
        }

        void* data;
        return TorchCpu.GetDataPointer(tensor.Handle, &data) == 0 ? (nint)data : 0;
    }

    /// <summary>Whether kernels compute in a format.</summary>
    public static bool Computes(ScalarType dtype) => dtype is ScalarType.Float32 or ScalarType.Float64;
}
