namespace HrmGen.Kernels;

/// <summary>Products of bfloat16 by libtorch's operators, on tensors that own no memory. Each product is summed in float32 and rounded once.</summary>
internal static unsafe class BFloat16Products
{
    // c10::ScalarType and c10::DeviceType.
    private const int ScalarType = 15, Cpu = 0;

    /// <summary>As <see cref="Products{T}.Batch"/>.</summary>
    public static void Batch(
        MatrixBatch batch, (int Rows, int Columns, int Inner) size, Matrices<BFloat16> a, Matrices<BFloat16> b, Matrices<BFloat16> c, bool add, double alpha)
    {
        // Matrices with one step between them are one call; of others each is one.
        var run = batch.Groups == 1 || (IsEven(batch, a) && IsEven(batch, b) && IsEven(batch, c)) ? batch.Count : 1;
        for (var first = 0; first < batch.Count; first += run)
        {
            var (ta, tb, tc) = (
                View(a.At(batch, first), a, batch, run, size.Rows, size.Inner), View(b.At(batch, first), b, batch, run, size.Inner, size.Columns), View(c.At(batch, first), c, batch, run, size.Rows, size.Columns));
            var code = (run > 1, add || alpha != 1) switch
            {
                (false, false) => TorchCpu.MmOut(tc, ta, tb),
                (false, true) => TorchCpu.AddmmOut(tc, tc, ta, tb, add ? 1 : 0, alpha),
                (true, false) => TorchCpu.BmmOut(tc, ta, tb),
                (true, true) => TorchCpu.BaddbmmOut(tc, tc, ta, tb, add ? 1 : 0, alpha),
            };
            _ = TorchCpu.DeleteTensor(ta) + TorchCpu.DeleteTensor(tb) + TorchCpu.DeleteTensor(tc);
            if (code != 0)
            {
                throw new InvalidOperationException($"libtorch refuses a bfloat16 product of {size.Rows} x {size.Inner} by {size.Inner} x {size.Columns}");
            }
        }
    }

    private static bool IsEven(MatrixBatch batch, Matrices<BFloat16> m) => m.GroupStep == batch.Members * Step(batch, m) && m.GroupStep > 0;

    private static long Step(MatrixBatch batch, Matrices<BFloat16> m) => batch.Members == 1 ? m.GroupStep : m.MemberStep;

    private static nint View(BFloat16* data, Matrices<BFloat16> m, MatrixBatch batch, int run, int rows, int columns)
    {
        long stride = m.First.Stride;
        var (down, along) = m.First.Transposed ? (1L, stride) : (stride, 1L);
        var sizes = stackalloc long[] { run, rows, columns };
        var strides = stackalloc long[] { Step(batch, m), down, along };
        var skipped = run > 1 ? 0 : 1;
        nint view;
        return TorchCpu.TensorFromBlob(data, 3 - skipped, sizes + skipped, strides + skipped, 0, ScalarType, Cpu, 0, &view) == 0
            ? view : throw new InvalidOperationException("libtorch makes no view of memory");
    }
}
