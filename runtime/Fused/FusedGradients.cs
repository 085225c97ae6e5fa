using HrmGen.Kernels;
using static TorchSharp.torch;

namespace HrmGen.Fused;

/// <summary>Gradients of weights, summed over the groups of one thread, in the weights' own format.</summary>
internal sealed class FusedGradients<T>(FusedPlan<T> plan)
    where T : unmanaged
{
    private static readonly Kernels<T> Kernels = Kernels<T>.Cpu;

    private readonly Tensor?[] sums = new Tensor?[plan.Weights.Count];

    // One product, where products are rounded and sums are not.
    private Tensor? product;

    /// <summary>Adds d · input to a weight's gradient, unless the weight is frozen.</summary>
    /// <param name="weight">Which one.</param>
    /// <param name="inner">Rows of input.</param>
    /// <param name="d">The gradient of the outputs, as the product takes it: outputs by <paramref name="inner"/>.</param>
    /// <param name="input">The inputs, as the product takes them.</param>
    public unsafe void Add(int weight, int inner, Matrix<T> d, Matrix<T> input)
    {
        var parameter = plan.Weights[weight].weight;
        if (!parameter.requires_grad)
        {
            return;
        }

        var (outputs, inputs, isFirst) = ((int)parameter.size(0), (int)parameter.size(1), sums[weight] is null);
        var sum = sums[weight] ??= empty(outputs, inputs, dtype: Kernels.Wide).DetachFromDisposeScope();
        var to = TorchCpu.Data(sum, Kernels.Wide);
        if (Kernels.Places == 1)
        {
            Products<T>.Product(outputs, inputs, inner, d, input, new((T*)to, inputs), add: !isFirst);
            return;
        }

        var rounded = Scratch((long)outputs * inputs);
        Products<T>.Product(outputs, inputs, inner, d, input, new(rounded, inputs));
        Kernels.Accumulate(to, rounded, (long)outputs * inputs, add: !isFirst);
    }

    /// <summary>The sum over threads, in their order; null for a weight that nothing was added to.</summary>
    public static unsafe Tensor?[] Sum(IReadOnlyList<FusedGradients<T>> threads)
    {
        var total = threads[0].sums;
        for (var weight = 0; weight < total.Length; weight++)
        {
            Tensor[] terms = [.. threads.Select(t => t.sums[weight]).OfType<Tensor>()];
            if (terms.Length > 1)
            {
                var places = new nint[terms.Length];
                for (var i = 0; i < places.Length; i++)
                {
                    places[i] = (nint)TorchCpu.Data(terms[i], Kernels.Wide);
                }

                Kernels.SumWide((void*)places[0], places, terms[0].numel());
            }

            // A handle of the caller's scope: worker threads have none, and what nobody disposes waits for the collector.
            total[weight] = terms.FirstOrDefault()?.alias();
            foreach (var term in terms)
            {
                term.Dispose();
            }
        }

        foreach (var thread in threads)
        {
            thread.product?.Dispose();
        }

        return total;
    }

    private unsafe T* Scratch(long count)
    {
        if (product is null || product.numel() < count)
        {
            product?.Dispose();
            product = empty(count, dtype: TorchCpu.TypeOf<T>()).DetachFromDisposeScope();
        }

        return TorchCpu.Data<T>(product);
    }
}
