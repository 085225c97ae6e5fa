using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace HrmGen.Benchmarks.Speed;

/// <summary>
/// The fastest form by TorchSharp's own operators that we know: weights cast once a step, what a cycle adds computed once, queries and keys
/// rotated together, attention by batched products in bfloat16 (where torch's own is slow), and in place where no gradient follows.
/// </summary>
internal sealed class EagerModel : nn.Module, IBaselineModel
{
    private readonly NaiveShape shape;
    private readonly List<Parameter[]> low = [];
    private readonly List<Parameter[]> high = [];
    private readonly Parameter embed;
    private readonly Parameter puzzle;
    private readonly Parameter lm_head;
    private readonly Parameter q_head;
    private readonly Parameter q_bias;
    private readonly Tensor z_H;
    private readonly Tensor z_L;
    private readonly Tensor cos;
    private readonly Tensor sin;

    public EagerModel(NaiveShape shape)
        : base(nameof(EagerModel))
    {
        this.shape = shape;
        for (var i = 0; i < shape.Layers; i++)
        {
            low.Add(Layer("low", i));
            if (shape.TwoNetworks)
            {
                high.Add(Layer("high", i));
            }
        }

        Parameter Weight(string name, int outputs, int inputs)
        {
            var weight = new Parameter(randn(outputs, inputs) / Math.Sqrt(inputs));
            register_parameter(name, weight);
            return weight;
        }

        Parameter[] Layer(string network, int at)
        {
            var (h, l, w, name) = (shape.Hidden, shape.Positions, NaiveSwiGLU.Width(shape.Hidden), $"{network}_{at}_");
            var over = NaiveSwiGLU.Width(l);
            return
            [
                shape.Mlp ? Weight(name + "mix_up", 2 * over, l) : Weight(name + "qkv", 3 * h, h), shape.Mlp ? Weight(name + "mix_down", l, over) : Weight(name + "o", h, h),
                Weight(name + "gate_up", 2 * w, h), Weight(name + "down", h, w),
            ];
        }

        (embed, puzzle, lm_head) = (Weight("embed", shape.Vocab, shape.Hidden), Weight("puzzle", 1, shape.Hidden), Weight("lm_head", shape.Vocab, shape.Hidden));
        (q_head, q_bias) = (Weight("q_head", 2, shape.Hidden), new(full(2, -5, dtype: float32)));
        register_parameter("q_bias", q_bias);
        (z_H, z_L) = (randn(shape.Hidden).to(shape.Forward), randn(shape.Hidden).to(shape.Forward));
        var size = shape.Hidden / shape.Heads;
        var angles = outer(arange(shape.Positions, float32), pow(10000.0, arange(0, size, 2, float32) / -size));
        cos = cat([angles, angles], -1).cos().unsqueeze(1);
        sin = cat([-angles.sin(), angles.sin()], -1).unsqueeze(1);
        using var _ = no_grad();
        q_head.zero_();
        puzzle.zero_();
    }

    public (Tensor z_H, Tensor z_L) Start() => (z_H.expand(shape.Batch, shape.Positions, shape.Hidden), z_L.expand(shape.Batch, shape.Positions, shape.Hidden));

    public (Tensor z_H, Tensor z_L) Reset((Tensor z_H, Tensor z_L) latents, Tensor halted)
    {
        var rows = halted.view(-1, 1, 1);
        return (where(rows, z_H, latents.z_H), where(rows, z_L, latents.z_L));
    }

    public (Tensor z_H, Tensor z_L, Tensor Logits, Tensor Q) Step((Tensor z_H, Tensor z_L) latents, Tensor inputs, Tensor identifiers)
    {
        var prefix = F.pad(puzzle.index_select(0, identifiers.to(int64)), [0, (shape.Prefix * shape.Hidden) - shape.Hidden]).view(-1, shape.Prefix, shape.Hidden);
        var x = cat([prefix, embed.index_select(0, inputs.flatten().to(int64)).view(-1, shape.Cells, shape.Hidden)], 1).mul(Math.Sqrt(shape.Hidden)).to(shape.Forward);
        var fast = low.Select(Cast).ToArray();
        var slow = shape.TwoNetworks ? [.. high.Select(Cast)] : fast;
        var (h, l) = latents;
        using (no_grad())
        {
            (h, l) = (h.clone(), l.clone());
            for (var cycle = 1; cycle <= shape.Slow; cycle++)
            {
                using var scope = NewDisposeScope();
                var last = cycle == shape.Slow;
                var injection = h + x;
                for (var step = 1; step <= (last ? shape.TwoNetworks ? shape.Fast - 1 : 0 : shape.Fast); step++)
                {
                    InPlace(fast, l.add_(injection));
                }

                if (!last)
                {
                    InPlace(slow, h.add_(l));
                }
            }
        }

        var given = h + x;
        for (var step = 1; step <= (shape.TwoNetworks ? 1 : shape.Fast); step++)
        {
            l = fast.Aggregate(l + given, Layer);
        }

        h = slow.Aggregate(h + l, Layer);
        return (h, l, F.linear(h.narrow(1, shape.Prefix, shape.Cells), lm_head.to(shape.Forward)), F.linear(h.select(1, 0), q_head.to(shape.Forward), q_bias.to(shape.Forward)).to(float32));
    }

    private Tensor[] Cast(Parameter[] layer) => [.. layer.Select(w => shape.BFloat16 ? w.to(bfloat16) : w)];

    private void InPlace(Tensor[][] layers, Tensor h)
    {
        foreach (var w in layers)
        {
            using var scope = NewDisposeScope();
            if (shape.Mlp)
            {
                var turned = h.transpose(1, 2);
                turned.add_(SwiGLU(turned, w[0], w[1]));
                h.copy_(Norm(turned, -1).transpose(1, 2));
            }
            else
            {
                h.add_(Attend(h, w));
                h.copy_(Norm(h, -1));
            }

            h.add_(SwiGLU(h, w[2], w[3]));
            h.copy_(Norm(h, -1));
        }
    }

    private Tensor Layer(Tensor h, Tensor[] w)
    {
        if (shape.Mlp)
        {
            var turned = h.transpose(1, 2);
            h = Norm(turned + SwiGLU(turned, w[0], w[1]), -1).transpose(1, 2);
        }
        else
        {
            h = Norm(h + Attend(h, w), -1);
        }

        return Norm(h + SwiGLU(h, w[2], w[3]), -1);
    }

    private Tensor Attend(Tensor h, Tensor[] w)
    {
        long batch = h.size(0), length = h.size(1), size = shape.Hidden / shape.Heads;
        var qkv = F.linear(h, w[0]).view(batch, length, 3 * shape.Heads, size);
        var wide = qkv.narrow(2, 0, 2 * shape.Heads).to(float32);
        var qk = wide.mul(cos).addcmul_(wide.roll(size / 2, -1), sin, 1).to(shape.Forward).transpose(1, 2);
        var (q, k, v) = (qk.narrow(1, 0, shape.Heads), qk.narrow(1, shape.Heads, shape.Heads), qkv.narrow(2, 2 * shape.Heads, shape.Heads).transpose(1, 2));
        var attended = shape.BFloat16
            ? matmul(softmax(matmul(q.mul(1 / Math.Sqrt(size)), k.transpose(-2, -1)), -1), v)
            : F.scaled_dot_product_attention(q, k, v);
        return F.linear(attended.transpose(1, 2).reshape(batch, length, shape.Hidden), w[1]);
    }

    private static Tensor SwiGLU(Tensor h, Tensor up, Tensor down)
    {
        var halves = F.linear(h, up).chunk(2, -1);
        return F.linear(is_grad_enabled() ? halves[0].silu().mul(halves[1]) : halves[0].silu_().mul_(halves[1]), down);
    }

    private static Tensor Norm(Tensor x, long axis)
    {
        var wide = x.dtype == float32 ? x : x.to(float32);
        var y = wide.mul(wide.square().mean([axis], keepdim: true).add_(1e-5).rsqrt_());
        return x.dtype == float32 ? y : y.to(x.dtype);
    }
}
