using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace HrmGen.Benchmarks.Optimizing;

/// <summary>libtorch's own fused AdamW, by its C functions: the rival of the kernel.</summary>
/// <remarks>
/// <c>torch_call_dispatcher</c> of <c>torch/csrc/stable/c/shim.h</c> with the schema of <c>_fused_adamw_</c>. Tensors and lists that it is handed
/// are its own from then on.
/// </remarks>
internal sealed unsafe class LibtorchAdamW : IDisposable
{
    private const ulong Version = 0x020A000000000000;
    private readonly delegate* unmanaged[Cdecl]<byte*, byte*, ulong*, ulong, int> call;
    private readonly delegate* unmanaged[Cdecl]<nuint, void**, int> newList;
    private readonly delegate* unmanaged[Cdecl]<void*, ulong, int> push;
    private readonly delegate* unmanaged[Cdecl]<nint, nint*, int> newHandle;
    private readonly Tensor[] parameters;
    private readonly Tensor[] means;
    private readonly Tensor[] squares;
    private readonly Tensor[] steps;

    public LibtorchAdamW(IEnumerable<Tensor> parameters)
    {
        var library = NativeLibrary.Load(OperatingSystem.IsWindows() ? "torch_cpu.dll" : OperatingSystem.IsMacOS() ? "libtorch_cpu.dylib" : "libtorch_cpu.so");
        call = (delegate* unmanaged[Cdecl]<byte*, byte*, ulong*, ulong, int>)NativeLibrary.GetExport(library, "torch_call_dispatcher");
        newList = (delegate* unmanaged[Cdecl]<nuint, void**, int>)NativeLibrary.GetExport(library, "torch_new_list_reserve_size");
        push = (delegate* unmanaged[Cdecl]<void*, ulong, int>)NativeLibrary.GetExport(library, "torch_list_push_back");
        newHandle = (delegate* unmanaged[Cdecl]<nint, nint*, int>)NativeLibrary.GetExport(library, "aoti_torch_new_tensor_handle");
        this.parameters = [.. parameters];
        (means, squares) = ([.. this.parameters.Select(p => zeros_like(p))], [.. this.parameters.Select(p => zeros_like(p))]);

        // It reads them only; its callers count.
        steps = [.. this.parameters.Select(_ => ones(Array.Empty<long>()))];
    }

    /// <summary>One step; the count of steps stays.</summary>
    public void Step(double lr, double beta1, double beta2, double weight_decay, double eps)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        static ulong Bits(double x) => BitConverter.DoubleToUInt64Bits(x);
        var stack = stackalloc ulong[15]
        {
            List(parameters), List([.. parameters.Select(p => p.grad!)]), List(means), List(squares), List([]), List(steps),
            Bits(lr), Bits(beta1), Bits(beta2), Bits(weight_decay), Bits(eps), 0, 0, 0, 0,
        };
        fixed (byte* name = "aten::_fused_adamw_\0"u8, overload = "\0"u8)
        {
            Check(call(name, overload, stack, Version));
        }
    }

    public void Dispose()
    {
        foreach (var tensor in means.Concat(squares).Concat(steps))
        {
            tensor.Dispose();
        }
    }

    private ulong List(Tensor[] tensors)
    {
        void* list;
        Check(newList((nuint)tensors.Length, &list));
        foreach (var tensor in tensors)
        {
            nint handle;
            Check(newHandle(tensor.Handle, &handle));
            Check(push(list, (ulong)handle));
        }

        return (ulong)list;
    }

    private static void Check(int code)
    {
        if (code != 0)
        {
            throw new InvalidOperationException($"libtorch answered {code}");
        }
    }
}
