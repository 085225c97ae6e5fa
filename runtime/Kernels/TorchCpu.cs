using System.Runtime.InteropServices;
using HrmGen.Native;
using static TorchSharp.torch;

namespace HrmGen.Kernels;

/// <summary>
/// The plain C functions inside of libtorch_cpu that kernels use: tensors by pointer, its thread pool, and the batched products of the
/// MKL that it holds. Each is looked up once; what a build of libtorch does not export is null.
/// </summary>
/// <remarks>
/// Declared in <c>torch/csrc/inductor/aoti_torch/c/shim.h</c>, <c>torch/csrc/stable/c/shim.h</c> and <c>mkl_cblas.h</c>. A C++ exception that
/// crosses a P/Invoke ends the process; these functions catch theirs and return a code, or have none.
/// </remarks>
internal static unsafe class TorchCpu
{
    private static readonly nint s_library = Open();

    /// <summary><c>aoti_torch_get_data_ptr(tensor, void** data)</c>: 0 when it went well.</summary>
    public static readonly delegate* unmanaged[Cdecl]<nint, void**, int> GetDataPointer = (delegate* unmanaged[Cdecl]<nint, void**, int>)Find("aoti_torch_get_data_ptr");

    /// <summary><c>torch_parallel_for(begin, end, grain, body, context)</c>.</summary>
    public static readonly delegate* unmanaged[Cdecl]<long, long, long, delegate* unmanaged[Cdecl]<long, long, void*, void>, void*, int> ParallelFor =
        (delegate* unmanaged[Cdecl]<long, long, long, delegate* unmanaged[Cdecl]<long, long, void*, void>, void*, int>)Find("torch_parallel_for");

    /// <summary><c>cblas_sgemm_batch</c>, with 32-bit sizes.</summary>
    public static readonly delegate* unmanaged[Cdecl]<int, int*, int*, int*, int*, int*, float*, float**, int*, float**, int*, float*, float**, int*, int, int*, void> SgemmBatch =
        (delegate* unmanaged[Cdecl]<int, int*, int*, int*, int*, int*, float*, float**, int*, float**, int*, float*, float**, int*, int, int*, void>)Find("cblas_sgemm_batch");

    /// <summary><c>cblas_dgemm_batch</c>, likewise.</summary>
    public static readonly delegate* unmanaged[Cdecl]<int, int*, int*, int*, int*, int*, double*, double**, int*, double**, int*, double*, double**, int*, int, int*, void> DgemmBatch =
        (delegate* unmanaged[Cdecl]<int, int*, int*, int*, int*, int*, double*, double**, int*, double**, int*, double*, double**, int*, int, int*, void>)Find("cblas_dgemm_batch");

    /// <summary><c>aoti_torch_create_tensor_from_blob(data, dimensions, sizes, strides, offset, dtype, device type, device, tensor*)</c>: the tensor owns no memory.</summary>
    public static readonly delegate* unmanaged[Cdecl]<void*, long, long*, long*, long, int, int, int, nint*, int> TensorFromBlob =
        (delegate* unmanaged[Cdecl]<void*, long, long*, long*, long, int, int, int, nint*, int>)Find("aoti_torch_create_tensor_from_blob");

    /// <summary><c>aoti_torch_delete_tensor_object(tensor)</c>.</summary>
    public static readonly delegate* unmanaged[Cdecl]<nint, int> DeleteTensor = (delegate* unmanaged[Cdecl]<nint, int>)Find("aoti_torch_delete_tensor_object");

    /// <summary><c>aoti_torch_cpu_mm_out(out, a, b)</c>.</summary>
    public static readonly delegate* unmanaged[Cdecl]<nint, nint, nint, int> MmOut = (delegate* unmanaged[Cdecl]<nint, nint, nint, int>)Find("aoti_torch_cpu_mm_out");

    /// <summary><c>aoti_torch_cpu_addmm_out(out, c, a, b, beta, alpha)</c>: out = beta · c + alpha · a · b.</summary>
    public static readonly delegate* unmanaged[Cdecl]<nint, nint, nint, nint, double, double, int> AddmmOut = (delegate* unmanaged[Cdecl]<nint, nint, nint, nint, double, double, int>)Find("aoti_torch_cpu_addmm_out");

    /// <summary><c>aoti_torch_cpu_bmm_out(out, a, b)</c>.</summary>
    public static readonly delegate* unmanaged[Cdecl]<nint, nint, nint, int> BmmOut = (delegate* unmanaged[Cdecl]<nint, nint, nint, int>)Find("aoti_torch_cpu_bmm_out");

    /// <summary><c>aoti_torch_cpu_baddbmm_out(out, c, a, b, beta, alpha)</c>.</summary>
    public static readonly delegate* unmanaged[Cdecl]<nint, nint, nint, nint, double, double, int> BaddbmmOut = (delegate* unmanaged[Cdecl]<nint, nint, nint, nint, double, double, int>)Find("aoti_torch_cpu_baddbmm_out");

    /// <summary>True where this libtorch tells where tensors lie and shares its threads, which is all that an optimizer's kernel needs.</summary>
    public static bool SharesMemory => GetDataPointer != null && ParallelFor != null;

    /// <summary>True where everything is there that the fused lowering needs.</summary>
    public static bool IsComplete => SharesMemory && SgemmBatch != null && DgemmBatch != null
        && TensorFromBlob != null && DeleteTensor != null && MmOut != null && AddmmOut != null && BmmOut != null && BaddbmmOut != null;

    /// <summary>Where a tensor's numbers lie.</summary>
    /// <param name="tensor">A contiguous tensor of <typeparamref name="T"/> on the CPU; it must outlive the pointer.</param>
    /// <exception cref="ArgumentException">It is another kind of tensor.</exception>
    public static T* Data<T>(Tensor tensor)
        where T : unmanaged => (T*)Data(tensor, TypeOf<T>());

    /// <summary>The same for a format that no type parameter tells.</summary>
    public static void* Data(Tensor tensor, ScalarType dtype)
    {
        if (tensor.dtype != dtype || !HasRow(tensor))
        {
            throw new ArgumentException($"A kernel reads contiguous {dtype} on the CPU, and this is {tensor.dtype} on {tensor.device}, {(tensor.is_contiguous() ? "contiguous" : "strided")}", nameof(tensor));
        }

        var data = Find(tensor);
        return data != 0 || tensor.numel() == 0 ? (void*)data : throw new InvalidOperationException("libtorch does not tell where a tensor lies");
    }

    /// <summary>The first number of a tensor of any format; 0 where it is no contiguous one on the CPU, or this libtorch does not tell.</summary>
    public static nint Find(Tensor tensor)
    {
        void* data;
        return SharesMemory && HasRow(tensor) && GetDataPointer(tensor.Handle, &data) == 0 ? (nint)data : 0;
    }

    private static bool HasRow(Tensor tensor) => tensor.device_type == TorchSharp.DeviceType.CPU && !tensor.is_sparse && tensor.is_contiguous();

    /// <summary>The format of a tensor of <typeparamref name="T"/>.</summary>
    public static ScalarType TypeOf<T>()
        where T : unmanaged => typeof(T) == typeof(double) ? ScalarType.Float64 : typeof(T) == typeof(float) ? ScalarType.Float32
            : typeof(T) == typeof(BFloat16) ? ScalarType.BFloat16 : throw new NotSupportedException($"There are no kernels for {typeof(T).Name}");

    private static nint Open()
    {
        NativeLibraries.ThrowIfUnavailable();
        string name = OperatingSystem.IsWindows() ? "torch_cpu.dll" : OperatingSystem.IsMacOS() ? "libtorch_cpu.dylib" : "libtorch_cpu.so";

        // It is in the process already; its name finds it.
        return NativeLibrary.TryLoad(name, out nint handle) ? handle : 0;
    }

    private static nint Find(string function) => s_library != 0 && NativeLibrary.TryGetExport(s_library, function, out nint address) ? address : 0;
}
