using HrmGen.Kernels;
using HrmGen.Models;
using static TorchSharp.torch;

namespace HrmGen.Benchmarks.Speed;

/// <summary>What a step cannot be faster than.</summary>
internal interface IFloor
{
    /// <summary>Computes it.</summary>
    void Run();
}

/// <summary>The matrix products of a training step and nothing else, back to back, by the library that all sides call: nobody can be faster with it.</summary>
internal sealed unsafe class ProductFloor<T> : IFloor
    where T : unmanaged
{
    private readonly List<Action> products = [];
    private readonly List<Tensor> memory = [];

    /// <summary>Lists them.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="spec">How many layer calls of a step are forward and how many are recorded.</param>
    /// <param name="recorded">Recorded layer calls.</param>
    public ProductFloor(NaiveShape shape, ModelSpec spec, int recorded)
    {
        var (calls, rows, h, l) = (spec.EffectiveDepth * spec.ForwardPasses, shape.Batch * shape.Positions, shape.Hidden, shape.Positions);
        var width = NaiveSwiGLU.Width(h);
        for (var call = 0; call < calls + recorded; call++)
        {
            // A recorded call comes once more, as its backward: a product for each factor's gradient.
            var back = call >= calls;
            if (shape.Mlp)
            {
                var over = NaiveSwiGLU.Width(l);
                Add(back, shape.Batch, 2 * over, h, l);
                Add(back, shape.Batch, l, h, over);
            }
            else
            {
                Add(back, 1, rows, 3 * h, h);
                Add(back, shape.Batch * shape.Heads, l, l, h / shape.Heads);
                Add(back, shape.Batch * shape.Heads, l, h / shape.Heads, l);
                Add(back, 1, rows, h, h);
            }

            Add(back, 1, rows, 2 * width, h);
            Add(back, 1, rows, h, width);
        }
    }

    public void Run() => products.ForEach(p => p());

    private void Add(bool back, int count, int rows, int columns, int inner)
    {
        if (!back)
        {
            Product(count, rows, columns, inner, false, false);
            return;
        }

        Product(count, rows, inner, columns, false, true);
        Product(count, inner, columns, rows, true, false);
    }

    private void Product(int count, int rows, int columns, int inner, bool aTurned, bool bTurned)
    {
        var (a, b, c) = (Matrices(count, rows, inner, aTurned), Matrices(count, inner, columns, bTurned), Matrices(count, rows, columns, false));
        products.Add(() => Products<T>.Batch(new(count), rows, columns, inner, a, b, c));
    }

    // The same memory for products of one size: what a step touches is no larger.
    private Matrices<T> Matrices(int count, int rows, int columns, bool turned)
    {
        var size = (long)count * rows * columns;
        var tensor = memory.FirstOrDefault(m => m.numel() == size && !busy.Contains(m));
        if (tensor is null)
        {
            memory.Add(tensor = zeros(size, dtype: TorchCpu.TypeOf<T>()));
        }

        busy.Enqueue(tensor);
        while (busy.Count > 3)
        {
            busy.Dequeue();
        }

        return new(new((nint)TorchCpu.Data<T>(tensor), turned ? rows : columns, turned), (long)rows * columns);
    }

    private readonly Queue<Tensor> busy = new();
}
