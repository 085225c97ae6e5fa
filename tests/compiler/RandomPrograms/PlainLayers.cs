using HrmGen.Compiler.Model;
using static TorchSharp.torch;

namespace HrmGen.Compiler.Tests.RandomPrograms;

/// <summary>The layers once more, in plain float64 operations and from the formulas alone.</summary>
internal sealed class PlainLayers(ArchitectureModel model, IReadOnlyDictionary<string, Tensor> weights)
{
    /// <summary>Layers applied so far.</summary>
    public int Calls { get; private set; }

    /// <summary>Tokens and puzzles to the embedded input.</summary>
    public static Tensor Embed(ArchitectureModel model, IReadOnlyDictionary<string, Tensor> weights, Tensor? puzzleRows, int[,] inputs)
    {
        var (rows, cells, h) = (inputs.GetLength(0), inputs.GetLength(1), model.Block.HiddenSize);
        var batch = new List<Tensor>();
        for (var row = 0; row < rows; row++)
        {
            var sequence = new List<Tensor>();
            if (puzzleRows is not null)
            {
                var flat = puzzleRows[row];
                var missing = (model.Task.PuzzleTokens * h) - flat.size(0);
                flat = missing > 0 ? cat([flat, zeros(missing, dtype: float64)]) : flat;
                sequence.AddRange(Enumerable.Range(0, model.Task.PuzzleTokens).Select(t => flat.slice(0, t * h, (t + 1) * h, 1)));
            }

            sequence.AddRange(Enumerable.Range(0, cells).Select(cell => weights["embed_tokens.embedding_weight"][inputs[row, cell]]));
            batch.Add(stack(sequence));
        }

        var x = stack(batch);
        if (model.Block.Positions == PositionEncoding.Learned)
        {
            x = 0.707106781 * (x + weights["embed_pos.embedding_weight"]);
        }

        return Math.Sqrt(h) * x;
    }

    /// <summary>All layers of a network.</summary>
    public Tensor Network(Network network, Tensor h)
    {
        for (var layer = 0; layer < network.Layers; layer++)
        {
            h = Layer($"{network.StateDict}.layers.{layer}.", h);
        }

        return model.Block.PreNorm ? Norm(h) : h;
    }

    private Tensor Layer(string prefix, Tensor h)
    {
        Calls++;
        h = model.Block.Mixer.Kind switch
        {
            "attention" => Residual(h, part => Attention(prefix, part)),
            "mlp" => Residual(h.transpose(1, 2), part => Gated(prefix + "mlp_t.", part, Same)).transpose(1, 2),
            var kind => throw new NotSupportedException(kind),
        };
        return model.Block.FeedForward.Kind switch
        {
            "swiglu" => Residual(h, part => Gated(prefix + "mlp.", part, Same)),
            "conv_swiglu" => Residual(h, part => Gated(prefix + "mlp.", part, gated => Convolved(prefix + "mlp.dwconv.", gated))),
            var kind => throw new NotSupportedException(kind),
        };
    }

    private Tensor Residual(Tensor h, Func<Tensor, Tensor> part) => model.Block.PreNorm ? h + part(Norm(h)) : Norm(h + part(h));

    private static Tensor Same(Tensor h) => h;

    // Position by position: the taps of feature c meet positions t - k + 1 to t, of which those before the first are zeros.
    private Tensor Convolved(string prefix, Tensor h)
    {
        var (taps, bias) = (weights[prefix + "weight"].squeeze(1), weights[prefix + "bias"]);
        var kernel = (int)taps.size(1);
        var positions = Enumerable.Range(0, (int)h.size(1)).Select(t =>
        {
            var sum = bias.expand(h.size(0), h.size(2));
            for (var tap = 0; tap < kernel; tap++)
            {
                var at = t - kernel + 1 + tap;
                sum = at < 0 ? sum : sum + (h.select(1, at) * taps.select(1, tap));
            }

            return sum * sum.sigmoid();
        });
        return stack([.. positions], 1);
    }

    private Tensor Norm(Tensor h) => h / (h.pow(2).mean([-1], true) + model.Block.RmsNormEps).sqrt();

    private Tensor Gated(string prefix, Tensor h, Func<Tensor, Tensor> between)
    {
        var both = h.matmul(weights[prefix + "gate_up_proj.weight"].t());
        var width = both.size(-1) / 2;
        var gate = both.slice(-1, 0, width, 1);
        var gated = between(gate * gate.sigmoid() * both.slice(-1, width, 2 * width, 1));
        return gated.matmul(weights[prefix + "down_proj.weight"].t());
    }

    private Tensor Attention(string prefix, Tensor h)
    {
        var (heads, size) = (model.Block.Mixer["num_heads"], model.Block.Mixer["head_dim"]);
        var qkv = h.matmul(weights[prefix + "self_attn.qkv_proj.weight"].t());
        var mixed = Enumerable.Range(0, heads).Select(head =>
        {
            Tensor Part(int which) => qkv.slice(-1, ((which * heads) + head) * size, ((which * heads) + head + 1) * size, 1);
            var (q, k, v) = (Turned(Part(0)), Turned(Part(1)), Part(2));
            var scores = q.matmul(k.transpose(1, 2)) / Math.Sqrt(size);
            var weight = (scores - scores.detach().amax([-1], keepdim: true)).exp();
            var probabilities = weight / weight.sum(-1, true);
            return probabilities.matmul(v);
        });
        return cat([.. mixed], -1).matmul(weights[prefix + "self_attn.o_proj.weight"].t());
    }

    // Channel i and channel i + d/2 are the coordinates of a point that position p turns by p * theta^(-2i/d). On a grid the first half
    // of the points is turned by the row and the second half by the column, both from 1, each as if d were half of it.
    private Tensor Turned(Tensor h)
    {
        if (!model.Block.IsRotary)
        {
            return h;
        }

        var (length, half) = ((int)h.size(1), (int)h.size(2) / 2);
        var (cosines, sines) = (new double[length, half], new double[length, half]);
        for (var p = 0; p < length; p++)
        {
            for (var i = 0; i < half; i++)
            {
                var angle = model.Block.Positions == PositionEncoding.Rope ? p * Frequency(i, 2 * half) : OnGrid(p, i, half);
                (cosines[p, i], sines[p, i]) = (Math.Cos(angle), Math.Sin(angle));
            }
        }

        var (cos, sin) = (tensor(cosines), tensor(sines));
        var (a, b) = (h.slice(-1, 0, half, 1), h.slice(-1, half, 2 * half, 1));
        return cat([(a * cos) - (b * sin), (b * cos) + (a * sin)], -1);
    }

    private double Frequency(int pair, int dim) => Math.Pow(model.Block.RopeTheta, -2.0 * pair / dim);

    private double OnGrid(int position, int pair, int half)
    {
        var cell = position - model.Task.PuzzleTokens;
        if (cell < 0)
        {
            return 0;
        }

        var (row, column) = (1 + (cell / model.Task.Grid!.Columns), 1 + (cell % model.Task.Grid.Columns));
        return pair < half / 2 ? row * Frequency(pair, half) : column * Frequency(pair - (half / 2), half);
    }
}
