namespace HrmGen.Kernels;

/// <summary>
/// Matrix products. float32 and float64 by the MKL inside of libtorch, the one that its own operators call, without their views and
/// allocations; bfloat16 by its operators, which know oneDNN's kernels, on views that are made for the call.
/// </summary>
/// <typeparam name="T"><see cref="float"/>, <see cref="double"/> or <see cref="BFloat16"/>.</typeparam>
internal static unsafe class Products<T>
    where T : unmanaged
{
    private const int RowMajor = 101;
    private const int AsIs = 111;
    private const int Turned = 112;

    // More places than this do not go on the stack.
    private const int PlacesOnStack = 512;

    /// <summary>c = alpha · a · b, or c += that.</summary>
    /// <param name="rows">Rows of c.</param>
    /// <param name="columns">Columns of c.</param>
    /// <param name="inner">Columns of a and rows of b, as the product takes them.</param>
    /// <param name="a">The left factor.</param>
    /// <param name="b">The right factor.</param>
    /// <param name="c">The product.</param>
    /// <param name="add">Whether to add to what is there.</param>
    /// <param name="alpha">The factor.</param>
    public static void Product(int rows, int columns, int inner, Matrix<T> a, Matrix<T> b, Matrix<T> c, bool add = false, double alpha = 1) =>
        Batch(MatrixBatch.One, rows, columns, inner, new(a), new(b), new(c), add, alpha);

    /// <summary>The same for many matrices of one shape.</summary>
    /// <param name="batch">How many.</param>
    /// <param name="rows">Rows of each c.</param>
    /// <param name="columns">Columns of each c.</param>
    /// <param name="inner">Columns of each a, and rows of each b.</param>
    /// <param name="a">The left factors.</param>
    /// <param name="b">The right factors.</param>
    /// <param name="c">The products.</param>
    /// <param name="add">Whether to add to what is there.</param>
    /// <param name="alpha">The factor.</param>
    public static void Batch(MatrixBatch batch, int rows, int columns, int inner, Matrices<T> a, Matrices<T> b, Matrices<T> c, bool add = false, double alpha = 1)
    {
        if (batch.Count == 0 || rows == 0 || columns == 0)
        {
            return;
        }

        if (typeof(T) == typeof(BFloat16))
        {
            BFloat16Products.Batch(batch, (rows, columns, inner), a.As<BFloat16>(), b.As<BFloat16>(), c.As<BFloat16>(), add, alpha);
            return;
        }

        if (batch.Count > PlacesOnStack)
        {
            var places = new nint[3 * batch.Count];
            fixed (nint* p = places)
            {
                Mkl(batch, rows, columns, inner, a, b, c, add, alpha, p);
            }
        }
        else
        {
            var p = stackalloc nint[3 * batch.Count];
            Mkl(batch, rows, columns, inner, a, b, c, add, alpha, p);
        }
    }

    private static void Mkl(MatrixBatch batch, int rows, int columns, int inner, Matrices<T> a, Matrices<T> b, Matrices<T> c, bool add, double alpha, nint* places)
    {
        var count = batch.Count;
        var pa = places;
        var pb = places + count;
        var pc = places + (2 * count);
        for (var i = 0; i < count; i++)
        {
            (pa[i], pb[i], pc[i]) = ((nint)a.At(batch, i), (nint)b.At(batch, i), (nint)c.At(batch, i));
        }

        var (aOrder, bOrder) = (a.First.Transposed ? Turned : AsIs, b.First.Transposed ? Turned : AsIs);
        var (aStride, bStride, cStride) = (a.First.Stride, b.First.Stride, c.First.Stride);
        if (typeof(T) == typeof(float))
        {
            var (factor, kept) = ((float)alpha, add ? 1f : 0f);
            TorchCpu.SgemmBatch(RowMajor, &aOrder, &bOrder, &rows, &columns, &inner, &factor, (float**)pa, &aStride, (float**)pb, &bStride, &kept, (float**)pc, &cStride, 1, &count);
        }
        else
        {
            var (factor, kept) = (alpha, add ? 1.0 : 0.0);
            TorchCpu.DgemmBatch(RowMajor, &aOrder, &bOrder, &rows, &columns, &inner, &factor, (double**)pa, &aStride, (double**)pb, &bStride, &kept, (double**)pc, &cStride, 1, &count);
        }
    }
}
