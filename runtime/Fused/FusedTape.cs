using static TorchSharp.torch;

namespace HrmGen.Fused;

/// <summary>A recorded pass between its forward and its backward, as one node of torch's graph.</summary>
/// <param name="plan">The model's plan.</param>
/// <param name="groups">How the batch was divided.</param>
/// <param name="work">The memory of each group, with what the layers kept.</param>
/// <param name="x">The embedded input.</param>
/// <param name="given">The latents that a gradient reaches; null for those that it does not.</param>
/// <param name="values">The latents after the pass.</param>
/// <param name="backward">The emitted backward.</param>
internal sealed class FusedTape<T>(
    FusedPlan<T> plan, FusedGroups groups, FusedWorkspace<T>[] work, Tensor x, Tensor?[] given, Tensor[] values, Action<FusedTile<T>> backward)
    where T : unmanaged
{
    private readonly bool[] reaches = [x.requires_grad, .. given.Select(g => g is { requires_grad: true }), .. plan.Weights.Select(w => w.weight.requires_grad)];

    // Of x and of all latents, which may be gone when the backward runs.
    private readonly long[] shape = x.shape;
    private readonly ScalarType dtype = x.dtype;

    // Given back by the backward. That of an abandoned graph goes with its tensors' finalizers.
    private FusedWorkspace<T>[]? kept = work;

    private Tensor[] Values => values;

    /// <summary>The latents as outputs of the node; as they are where nothing asks for a gradient.</summary>
    public Tensor[] Outputs()
    {
        if (!reaches.Contains(true))
        {
            Release();
            return values;
        }

        List<object> inputs = [this, x, .. given.Select((g, i) => g ?? values[i].detach()), .. plan.Weights.Select(w => (object)w.weight)];
        return [.. Node.apply([.. inputs])];
    }

    private List<Tensor?> Run(List<Tensor> outputs)
    {
        if (kept is not { } memory)
        {
            throw new HrmGenException("The backward of a fused pass ran a second time: its memory is used again after the first; compute the pass again, or choose the reference lowering (model.Lowering)");
        }

        using var _ = no_grad();
        var input = zeros(shape, dtype: dtype);
        Tensor[] latents = [.. outputs.Select(g => g is null || g.IsInvalid ? zeros(shape, dtype: dtype) : empty(shape, dtype: dtype).copy_(g))];
        foreach (var output in outputs)
        {
            // TorchSharp makes these handles for this call and leaves them to the collector.
            output?.Dispose();
        }

        var (inputRows, rows) = (FusedPlan<T>.RowsOf(input), latents.Select(FusedPlan<T>.RowsOf).ToArray());

        // By the first group of a thread: the sum over threads is then the same whichever of them ends first.
        var gradients = new SortedDictionary<int, FusedGradients<T>>();
        groups.ForEachThread((begin, own) =>
        {
            var sums = new FusedGradients<T>(plan);
            lock (gradients)
            {
                gradients.Add(begin, sums);
            }

            foreach (var (group, first, count) in own)
            {
                memory[group].BeginBackward(sums);
                FusedTile<T> tile = new(memory[group], plan.Examples(inputRows, first, count), [.. rows.Select(r => plan.Examples(r, first, count))], false, values);
                backward(tile);
                tile.ReturnLatents();
                tile.ReturnInput();
            }
        });
        List<Tensor?> result =
        [
            null, // of this tape, which TorchSharp counts among the inputs
            reaches[0] ? input : null,
            .. latents.Select((g, i) => reaches[i + 1] ? g : null),
            .. FusedGradients<T>.Sum([.. gradients.Values]),
        ];
        Release();
        return result;
    }

    private void Release()
    {
        foreach (var memory in kept!)
        {
            plan.Return(memory);
        }

        kept = null;
    }

    // TorchSharp makes one instance of this class for all passes; what belongs to a pass travels with it.
    private sealed class Node : autograd.MultiTensorFunction<Node>
    {
        private const string Tape = "tape";

        public override string Name => "HrmGenFusedPass";

        public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var tape = (FusedTape<T>)vars[0];
            ctx.save_data(Tape, tape);
            ctx.set_materialize_grads(false);
            return [.. tape.Values];
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> grad_outputs) => ((FusedTape<T>)ctx.get_data(Tape)).Run(grad_outputs)!;
    }
}
