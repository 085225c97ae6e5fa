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

/// <summary>How many matrices a product takes: some in each of some groups, as heads in examples.</summary>
/// <param name="Groups">Groups.</param>
/// <param name="Members">Matrices of a group.</param>
internal readonly record struct MatrixBatch(int Groups, int Members = 1)
{
    /// <summary>One.</summary>
    public static MatrixBatch One => new(1);

    /// <summary>All of them.</summary>
    public int Count => checked(Groups * Members);
}

/// <summary>Where the matrices of a batch lie.</summary>
/// <param name="First">The first one.</param>
/// <param name="GroupStep">Numbers from a group to the next; 0 where all groups share one.</param>
/// <param name="MemberStep">Numbers from a member of a group to the next.</param>
internal readonly unsafe record struct Matrices<T>(Matrix<T> First, long GroupStep = 0, long MemberStep = 0)
    where T : unmanaged
{
    /// <summary>The matrices with each of them transposed in a product.</summary>
    public Matrices<T> Turned => this with { First = First.Turned };

    /// <summary>The first number of one of them.</summary>
    public T* At(MatrixBatch batch, int i) => (T*)First.Data + (i / batch.Members * GroupStep) + (i % batch.Members * MemberStep);

    /// <summary>The same of a type that <typeparamref name="T"/> is.</summary>
    public Matrices<TSame> As<TSame>()
        where TSame : unmanaged => new(new(First.Data, First.Stride, First.Transposed), GroupStep, MemberStep);
}
