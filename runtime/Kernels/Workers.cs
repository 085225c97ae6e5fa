using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace HrmGen.Kernels;

/// <summary>Loops over rows on libtorch's own threads: a second pool would fight with them for the cores.</summary>
internal static unsafe class Workers
{
    [ThreadStatic]
    private static bool s_inside;

    /// <summary>Threads that share a loop.</summary>
    public static int Threads => get_num_threads();

    /// <summary>Calls <paramref name="body"/> for parts of 0 to <paramref name="count"/>, at once where that pays.</summary>
    /// <param name="count">Number of rows.</param>
    /// <param name="grain">Rows below which a part is not worth a thread of its own.</param>
    /// <param name="body">Takes begin and end; must not throw.</param>
    public static void For(long count, long grain, Action<long, long> body)
    {
        // A part of a loop is one thread's work, the loops inside of it too.
        if (count <= grain || s_inside)
        {
            body(0, count);
            return;
        }

        var handle = GCHandle.Alloc(body);
        try
        {
            TorchCpu.ParallelFor(0, count, grain, &Run, (void*)GCHandle.ToIntPtr(handle));
        }
        finally
        {
            handle.Free();
        }
    }

    /// <summary>Rows of a width that are worth a thread of their own: about 30 microseconds of reading.</summary>
    public static long Grain(long width) => Math.Max(1, 32_768 / Math.Max(1, width));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Run(long begin, long end, void* context)
    {
        s_inside = true;
        ((Action<long, long>)GCHandle.FromIntPtr((nint)context).Target!)(begin, end);
        s_inside = false;
    }
}
