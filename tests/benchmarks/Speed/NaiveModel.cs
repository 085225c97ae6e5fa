using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace HrmGen.Benchmarks.Speed;

/// <summary>Sizes of a naive model.</summary>
internal sealed record NaiveShape(int Vocab, int Cells, int Prefix, int Hidden, int Heads, int Layers, int Slow, int Fast, bool Mlp, bool TwoNetworks, int Batch, bool BFloat16 = false)
{
    public int Positions => Cells + Prefix;

    /// <summary>Format of the forward pass; weights, norms and rotations are float32, and cast where they meet it, as in the official code.</summary>
    public ScalarType Forward => BFloat16 ? bfloat16 : float32;

    /// <summary>A linear layer in that format.</summary>
    public Tensor Apply(Linear layer, Tensor x) => BFloat16 ? F.linear(x, layer.weight.to(bfloat16), layer.bias?.to(bfloat16)) : layer.forward(x);
}

/// <summary>
/// The baseline of every figure of speed: HRM and TRM with plain TorchSharp modules, as somebody writes them who knows the library and the papers,
/// and reads no profile. Frozen: it is never made faster.
/// </summary>
internal sealed class NaiveModel : nn.Module, IBaselineModel
{
    private readonly NaiveShape shape;
    private readonly ModuleList<NaiveBlock> low = [];
    private readonly ModuleList<NaiveBlock> high = [];
    private readonly Embedding embed;
    private readonly Embedding puzzle;
    private readonly Linear lm_head;
    private readonly Linear q_head;
    private readonly Tensor z_H;
    private readonly Tensor z_L;
    private readonly (Tensor Cos, Tensor Sin) rotary;

    public NaiveModel(NaiveShape shape)
        : base(nameof(NaiveModel))
    {
        this.shape = shape;
        for (var i = 0; i < shape.Layers; i++)
        {
            low.Add(new NaiveBlock(shape));
            if (shape.TwoNetworks)
            {
                high.Add(new NaiveBlock(shape));
            }
        }

        embed = nn.Embedding(shape.Vocab, shape.Hidden);
        puzzle = nn.Embedding(1, shape.Hidden);
        lm_head = nn.Linear(shape.Hidden, shape.Vocab, hasBias: false);
        q_head = nn.Linear(shape.Hidden, 2);
        (z_H, z_L) = (randn(shape.Hidden).to(shape.Forward), randn(shape.Hidden).to(shape.Forward));
        var size = shape.Hidden / shape.Heads;
        var angles = outer(arange(shape.Positions, float32), pow(10000.0, arange(0, size, 2, float32) / -size));
        var both = cat([angles, angles], -1);
        rotary = (both.cos(), both.sin());
        RegisterComponents();
        using var _ = no_grad();
        nn.init.normal_(embed.weight!, 0, 1 / Math.Sqrt(shape.Hidden));
        nn.init.zeros_(puzzle.weight!);
        nn.init.zeros_(q_head.weight!);
        nn.init.constant_(q_head.bias!, -5);
    }

    public (Tensor z_H, Tensor z_L) Start() => (z_H.expand(shape.Batch, shape.Positions, shape.Hidden), z_L.expand(shape.Batch, shape.Positions, shape.Hidden));

    /// <summary>Rows that start anew.</summary>
    public (Tensor z_H, Tensor z_L) Reset((Tensor z_H, Tensor z_L) latents, Tensor halted)
    {
        var rows = halted.view(-1, 1, 1);
        return (where(rows, z_H, latents.z_H), where(rows, z_L, latents.z_L));
    }

    public (Tensor z_H, Tensor z_L, Tensor Logits, Tensor Q) Step((Tensor z_H, Tensor z_L) latents, Tensor inputs, Tensor identifiers)
    {
        var prefix = F.pad(puzzle.forward(identifiers), [0, (shape.Prefix * shape.Hidden) - shape.Hidden]).view(-1, shape.Prefix, shape.Hidden);
        var x = (Math.Sqrt(shape.Hidden) * cat([prefix, embed.forward(inputs)], 1)).to(shape.Forward);
        var (h, l) = latents;
        var slow = shape.TwoNetworks ? high : low;
        using (no_grad())
        {
            for (var cycle = 1; cycle <= shape.Slow; cycle++)
            {
                var last = cycle == shape.Slow;
                for (var step = 1; step <= (last ? shape.TwoNetworks ? shape.Fast - 1 : 0 : shape.Fast); step++)
                {
                    l = Apply(low, l + (h + x));
                }

                h = last ? h : Apply(slow, h + l);
            }
        }

        for (var step = 1; step <= (shape.TwoNetworks ? 1 : shape.Fast); step++)
        {
            l = Apply(low, l + (h + x));
        }

        h = Apply(slow, h + l);
        return (h, l, shape.Apply(lm_head, h)[TensorIndex.Colon, TensorIndex.Slice(shape.Prefix)], shape.Apply(q_head, h[TensorIndex.Colon, 0]).to(float32));
    }

    private Tensor Apply(ModuleList<NaiveBlock> layers, Tensor z)
    {
        foreach (var layer in layers)
        {
            z = layer.forward(z, rotary.Cos, rotary.Sin);
        }

        return z;
    }
}

/// <summary>A layer of it.</summary>
internal sealed class NaiveBlock : nn.Module<Tensor, Tensor, Tensor, Tensor>
{
    private readonly NaiveShape shape;
    private readonly Linear? qkv_proj;
    private readonly Linear? o_proj;
    private readonly NaiveSwiGLU? mlp_t;
    private readonly NaiveSwiGLU mlp;

    public NaiveBlock(NaiveShape shape)
        : base(nameof(NaiveBlock))
    {
        this.shape = shape;
        if (shape.Mlp)
        {
            mlp_t = new(shape, shape.Positions);
        }
        else
        {
            qkv_proj = nn.Linear(shape.Hidden, 3 * shape.Hidden, hasBias: false);
            o_proj = nn.Linear(shape.Hidden, shape.Hidden, hasBias: false);
        }

        mlp = new(shape, shape.Hidden);
        RegisterComponents();
    }

    public override Tensor forward(Tensor h, Tensor cos, Tensor sin)
    {
        if (mlp_t is not null)
        {
            h = h.transpose(1, 2);
            h = Norm(h + mlp_t.forward(h)).transpose(1, 2);
        }
        else
        {
            h = Norm(h + Attend(h, cos, sin));
        }

        return Norm(h + mlp.forward(h));
    }

    private Tensor Attend(Tensor h, Tensor cos, Tensor sin)
    {
        long batch = h.shape[0], length = h.shape[1], size = shape.Hidden / shape.Heads;
        var qkv = shape.Apply(qkv_proj!, h).view(batch, length, 3 * shape.Heads, size);
        var q = Rotate(qkv[TensorIndex.Colon, TensorIndex.Colon, TensorIndex.Slice(0, shape.Heads)], cos, sin).transpose(1, 2);
        var k = Rotate(qkv[TensorIndex.Colon, TensorIndex.Colon, TensorIndex.Slice(shape.Heads, 2 * shape.Heads)], cos, sin).transpose(1, 2);
        var v = qkv[TensorIndex.Colon, TensorIndex.Colon, TensorIndex.Slice(2 * shape.Heads)].transpose(1, 2);
        return shape.Apply(o_proj!, F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(batch, length, shape.Hidden));
    }

    private static Tensor Rotate(Tensor x, Tensor cos, Tensor sin)
    {
        if (x.dtype != cos.dtype)
        {
            return Rotate(x.to(cos.dtype), cos, sin).to(x.dtype);
        }

        var half = x.shape[^1] / 2;
        var turned = cat([-x[TensorIndex.Ellipsis, TensorIndex.Slice(half)], x[TensorIndex.Ellipsis, TensorIndex.Slice(0, half)]], -1);
        return (x * cos.unsqueeze(1)) + (turned * sin.unsqueeze(1));
    }

    private static Tensor Norm(Tensor x) => x.dtype != float32 ? Norm(x.to(float32)).to(x.dtype) : x * rsqrt(x.square().mean([-1], keepdim: true) + 1e-5);
}

/// <summary>Its feed-forward.</summary>
internal sealed class NaiveSwiGLU : nn.Module<Tensor, Tensor>
{
    private readonly NaiveShape shape;
    private readonly Linear gate_up_proj;
    private readonly Linear down_proj;

    public NaiveSwiGLU(NaiveShape shape, int size)
        : base(nameof(NaiveSwiGLU))
    {
        this.shape = shape;
        var width = Width(size);
        gate_up_proj = nn.Linear(size, 2 * width, hasBias: false);
        down_proj = nn.Linear(width, size, hasBias: false);
        RegisterComponents();
    }

    /// <summary>Gated features of an input size.</summary>
    public static int Width(int size) => (int)(Math.Ceiling(Math.Round(4.0 * size * 2 / 3) / 256) * 256);

    public override Tensor forward(Tensor x)
    {
        var halves = shape.Apply(gate_up_proj, x).chunk(2, -1);
        return shape.Apply(down_proj, F.silu(halves[0]) * halves[1]);
    }
}
