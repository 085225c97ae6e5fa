namespace HrmGen.Kernels;

/// <summary>A matrix in memory, row by row.</summary>
/// <param name="Data">Its first number.</param>
/// <param name="Stride">Numbers from one row to the next.</param>
/// <param name="Transposed">True where a product takes it transposed.</param>
internal readonly unsafe record struct Matrix<T>(nint Data, int Stride, bool Transposed = false)
    where T : unmanaged
{
    /// <summary>A matrix at a pointer.</summary>
    public Matrix(T* data, int stride)
        : this((nint)data, stride)
    {
    }

    /// <summary>The same matrix, transposed in a product.</summary>
    public Matrix<T> Turned => this with { Transposed = !Transposed };
}

/// <summary>Matrix products, by the MKL inside of libtorch: the one that its own operators call, without their views and allocations.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
internal static unsafe class Products<T>
    where T : unmanaged
{
    private const int RowMajor = 101;
    private const int AsIs = 111;
    private const int Turned = 112;

    /// <summary>c = alpha · a · b, or c += that.</summary>
    /// <param name="rows">Rows of c.</param>
    /// <param name="columns">Columns of c.</param>
    /// <param name="inner">Columns of a and rows of b, as the product takes them.</param>
    /// <param name="a">The left factor.</param>
    /// <param name="b">The right factor.</param>
    /// <param name="c">The product.</param>
    /// <param name="add">Whether to add to what is there.</param>
    /// <param name="alpha">The factor.</param>
    public static void Product(int rows, int columns, int inner, Matrix<T> a, Matrix<T> b, Matrix<T> c, bool add = false, double alpha = 1)
    {
        var (left, right, result) = (a.Data, b.Data, c.Data);
        Batch(1, rows, columns, inner, &left, a.Stride, a.Transposed, &right, b.Stride, b.Transposed, &result, c.Stride, add, alpha);
    }

    /// <summary>The same for many matrices of one shape, each at a place of its own.</summary>
    public static void Batch(
        int count, int rows, int columns, int inner, nint* a, int aStride, bool aTurned, nint* b, int bStride, bool bTurned, nint* c, int cStride, bool add = false, double alpha = 1)
    {
        if (count == 0 || rows == 0 || columns == 0)
        {
            return;
        }

        var (aOrder, bOrder) = (aTurned ? Turned : AsIs, bTurned ? Turned : AsIs);
        if (typeof(T) == typeof(float))
        {
            var (factor, kept) = ((float)alpha, add ? 1f : 0f);
            TorchCpu.SgemmBatch(RowMajor, &aOrder, &bOrder, &rows, &columns, &inner, &factor, (float**)a, &aStride, (float**)b, &bStride, &kept, (float**)c, &cStride, 1, &count);
        }
        else
        {
            var (factor, kept) = (alpha, add ? 1.0 : 0.0);
            TorchCpu.DgemmBatch(RowMajor, &aOrder, &bOrder, &rows, &columns, &inner, &factor, (double**)a, &aStride, (double**)b, &bStride, &kept, (double**)c, &cStride, 1, &count);
        }
    }
}
