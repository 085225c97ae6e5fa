using System.Numerics;
using static TorchSharp.torch;

namespace HrmGen.Fused;

/// <summary>A recorded pass between its forward and its backward, as one node of torch's graph.</summary>
/// <param name="work">The memory with what the layers kept.</param>
/// <param name="x">The embedded input.</param>
/// <param name="given">The latents that a gradient reaches; null for those that it does not.</param>
/// <param name="values">The latents after the pass.</param>
/// <param name="backward">The emitted backward.</param>
internal sealed class FusedTape<T>(FusedWorkspace<T> work, Tensor x, Tensor?[] given, Tensor[] values, Action<FusedBackward<T>> backward)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly bool[] reaches = [x.requires_grad, .. given.Select(g => g is { requires_grad: true }), .. work.Plan.Weights.Select(w => w.weight.requires_grad)];

    // Given back by the backward. That of an abandoned graph goes with its tensors' finalizers.
    private FusedWorkspace<T>? kept = work;

    /// <summary>The latents as outputs of the node; as they are where nothing asks for a gradient.</summary>
    public Tensor[] Outputs()
    {
        if (!reaches.Contains(true))
        {
            Release();
            return values;
        }

        List<object> inputs = [this, x, .. given.Select((g, i) => g ?? values[i].detach()), .. kept!.Plan.Weights.Select(w => (object)w.weight)];
        return [.. Node.apply([.. inputs])];
    }

    private List<Tensor?> Run(List<Tensor> outputs)
    {
        if (kept is not { } memory)
        {
            throw new HrmGenException("The backward of a fused pass ran a second time: its memory is used again after the first; compute the pass again, or choose the reference lowering (model.Lowering)");
        }

        using var _ = no_grad();
        var pass = new FusedBackward<T>(memory, outputs);
        backward(pass);
        List<Tensor?> result =
        [
            null, // of this tape, which TorchSharp counts among the inputs
            reaches[0] ? pass.Input.ToTensor(x.shape) : null,
            .. given.Select((g, i) => reaches[i + 1] ? pass.Latent(i).ToTensor(g!.shape) : null),
            .. memory.TakeGradients(),
        ];
        Release();
        return result;
    }

    private void Release()
    {
        kept!.Plan.Return(kept);
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

    private Tensor[] Values => values;
}
