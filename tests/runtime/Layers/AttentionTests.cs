using HrmGen.Layers;
using HrmGen.Tests.Fixtures;
using static TorchSharp.torch;

namespace HrmGen.Tests.Layers;

public class AttentionTests
{
    private const int Batch = 2, Length = 5, Hidden = 7, Heads = 3, HeadDim = 4;
    private const double Theta = 50;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Attention_equals_the_plain_sum_over_positions(bool rotate)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(5);
        using var attention = new Attention(Hidden, HeadDim, Heads, ScalarType.Float64);
        using var rotary = new RotaryEmbedding(HeadDim, Length + 2, Theta, ScalarType.Float64);
        var x = randn(Batch, Length, Hidden, ScalarType.Float64);
        var y = rotate ? attention.forward(x, rotary) : attention.forward(x);
        TensorAssert.Close(Naive(x, attention, rotate), y, 1e-12, 0, "y");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gradient_matches_finite_differences(bool rotate)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(6);
        using var attention = new Attention(3, 2, 2, ScalarType.Float64);
        using var rotary = new RotaryEmbedding(2, 3, Theta, ScalarType.Float64);
        var x = randn(1, 3, 3, ScalarType.Float64).requires_grad_();
        var w = randn(1, 3, 3, ScalarType.Float64);
        TensorAssert.MatchesFiniteDifferences(
            () => ((rotate ? attention.forward(x, rotary) : attention.forward(x)) * w).sum(), x, attention.qkv_proj.weight, attention.o_proj.weight);
    }

    [Theory]
    [InlineData(ScalarType.Float32, 1e-5)]
    [InlineData(ScalarType.BFloat16, 3e-2)]
    public void Lower_precisions_agree_and_leave_no_temporaries(ScalarType dtype, double atol)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(7);
        using var attention = new Attention(Hidden, HeadDim, Heads, ScalarType.Float32);
        using var rotary = new RotaryEmbedding(HeadDim, Length, Theta, ScalarType.Float32);
        var x = randn(Batch, Length, Hidden);
        var y = attention.forward(x.to(dtype), rotary);
        TensorAssert.Close(Naive(x.to(ScalarType.Float64), attention, rotate: true).to(dtype), y, atol, 0, "y");
        TensorAssert.LeavesOnlyResults(1, () => attention.forward(x, rotary));
        TensorAssert.LeavesOnlyResults(1, () => attention.forward(x));
    }

    /// <summary>Attention as the papers write it, one number at a time.</summary>
    private static Tensor Naive(Tensor x, Attention attention, bool rotate)
    {
        var projected = x.matmul(attention.qkv_proj.weight.to(ScalarType.Float64).t()).detach();
        var mixed = zeros(Batch, Length, Heads * HeadDim, ScalarType.Float64);
        for (var b = 0; b < Batch; b++)
        {
            for (var head = 0; head < Heads; head++)
            {
                double[][] Rows(int part, bool turn) =>
                    [.. Enumerable.Range(0, Length).Select(position =>
                    {
                        var row = projected[b, position].narrow(0, (part * Heads + head) * HeadDim, HeadDim).data<double>().ToArray();
                        return turn ? Turn(row, position) : row;
                    })];
                var (q, k, v) = (Rows(0, rotate), Rows(1, rotate), Rows(2, false));
                for (var i = 0; i < Length; i++)
                {
                    var weights = k.Select(key => Math.Exp(q[i].Zip(key, (a, c) => a * c).Sum() / Math.Sqrt(HeadDim))).ToArray();
                    for (var d = 0; d < HeadDim; d++)
                    {
                        var value = weights.Zip(v, (weight, row) => weight * row[d]).Sum() / weights.Sum();
                        mixed[b, i, head * HeadDim + d] = tensor(value, ScalarType.Float64);
                    }
                }
            }
        }
        return mixed.matmul(attention.o_proj.weight.to(ScalarType.Float64).t()).detach();
    }

    private static double[] Turn(double[] row, int position)
    {
        const int half = HeadDim / 2;
        var turned = new double[HeadDim];
        for (var i = 0; i < half; i++)
        {
            var (sin, cos) = Math.SinCos(position * Math.Pow(Theta, -2.0 * i / HeadDim));
            turned[i] = row[i] * cos - row[i + half] * sin;
            turned[i + half] = row[i + half] * cos + row[i] * sin;
        }
        return turned;
    }
}
