using System.Numerics;
using HrmGen.Kernels;
using static TorchSharp.torch;

namespace HrmGen.Fused;

/// <summary>Gradients of weights, summed over the groups of one thread.</summary>
internal sealed class FusedGradients<T>(FusedPlan<T> plan)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Tensor?[] sums = new Tensor?[plan.Weights.Count];

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
        var sum = sums[weight] ??= empty(outputs, inputs, dtype: TorchCpu.TypeOf<T>()).DetachFromDisposeScope();
        Products<T>.Product(outputs, inputs, inner, d, input, new(TorchCpu.Data<T>(sum), inputs), add: !isFirst);
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
                    places[i] = (nint)TorchCpu.Data<T>(terms[i]);
                }

                ElementKernels<T>.Sum((T*)places[0], places, terms[0].numel());
            }

            // A handle of the caller's scope: worker threads have none, and what nobody disposes waits for the collector.
            total[weight] = terms.FirstOrDefault()?.alias();
            foreach (var term in terms)
            {
                term.Dispose();
            }
        }

        return total;
    }
}
