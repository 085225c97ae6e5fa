using HrmGen.Layers;
using HrmGen.Tests.Fixtures;
using TorchSharp;
using static TorchSharp.torch;

namespace HrmGen.Tests.Layers;

public class RotaryEmbeddingTests
{
    [Fact]
    public void Tables_and_rotation_equal_the_official_ones()
    {
        using var scope = NewDisposeScope();
        using var fixture = new OperatorFixture("rope");
        var r = 0;
        foreach (var config in fixture.Config.GetProperty("cases").EnumerateArray())
        {
            var (dim, positions) = (config.GetProperty("dim").GetInt64(), config.GetProperty("max_position_embeddings").GetInt64());
            var theta = config.GetProperty("base").GetDouble();
            using var rotary = new RotaryEmbedding(dim, positions, theta, ScalarType.Float32);
            fixture.AssertClose($"r{r}.cos", rotary.cos_cached, atol: 4e-5);
            fixture.AssertClose($"r{r}.sin", rotary.sin_cached, atol: 4e-5);

            // Float64 tables are exact: the official float32 cosines are off by what the fixture measured, no less and no more.
            using var exact = new RotaryEmbedding(dim, positions, theta, ScalarType.Float64);
            var measured = config.GetProperty("table_f32_minus_f64").GetDouble();
            Assert.Equal(measured, TensorAssert.MaxDifference(exact.cos_cached, fixture.Input($"r{r}.cos")), 1e-12);
            Assert.InRange(TensorAssert.MaxDifference(exact.sin_cached, fixture.Input($"r{r}.sin")), 0, 2 * measured);

            if (dim == 64)
            {
                // Casting exact tables would be 10 times closer to them: ours must have the rounding of float32 frequencies, too.
                Assert.InRange(TensorAssert.MaxDifference(exact.cos_cached, rotary.cos_cached), 5e-7, 4e-5);
            }

            rotary.cos_cached.copy_(fixture.Input($"r{r}.cos"));
            rotary.sin_cached.copy_(fixture.Input($"r{r}.sin"));
            foreach (var name in new[] { "q", "k", "bf16.q", "bf16.k" }.Where(name => fixture.Has($"r{r}.{name}")))
            {
                fixture.AssertClose($"r{r}.{name}_out", rotary.Rotate(fixture.Input($"r{r}.{name}")), atol: 2e-6);
            }
            r++;
        }
        fixture.AssertAllUsed();
    }

    [Fact]
    public void Rotation_follows_the_length_of_each_call()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(3);
        using var rotary = new RotaryEmbedding(6, 9, 100, ScalarType.Float64);
        var x = randn(2, 9, 3, 6, ScalarType.Float64);
        var all = rotary.Rotate(x);
        TensorAssert.Close(all.narrow(1, 0, 4), rotary.Rotate(x.narrow(1, 0, 4)), 0, 0, "shorter");
        TensorAssert.Close(all, rotary.Rotate(x), 0, 0, "longer again");
        // Rotations keep lengths, and leave position 0 as it is.
        TensorAssert.Close(x.square().sum(-1), all.square().sum(-1), 1e-12, 0, "length");
        TensorAssert.Close(x.select(1, 0), all.select(1, 0), 0, 0, "position 0");
    }

    /// <summary>On a grid each half of the pairs is a rotation of half the size: by the row, and by the column, both counted from 1.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void A_grid_turns_half_of_the_pairs_by_the_row_and_half_by_the_column(int prefix)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(19);
        const int dim = 8, rows = 2, columns = 4;
        using var rotary = new RotaryEmbedding(dim, prefix, rows, columns, 100, ScalarType.Float64);
        var x = randn(1, prefix + (rows * columns), 1, dim, ScalarType.Float64);
        var turned = rotary.Rotate(x);
        for (var p = 0; p < prefix + (rows * columns); p++)
        {
            var cell = p - prefix;
            var place = cell < 0 ? (0, 0) : (1 + (cell / columns), 1 + (cell % columns));
            for (var pair = 0; pair < dim / 2; pair++)
            {
                // Two pairs a half: frequencies 100^0 and 100^(-1/2).
                var angle = (pair < 2 ? place.Item1 : place.Item2) * (pair % 2 == 0 ? 1 : 0.1);
                var (a, b) = (x[0, p, 0, pair].item<double>(), x[0, p, 0, pair + (dim / 2)].item<double>());
                Assert.Equal((a * Math.Cos(angle)) - (b * Math.Sin(angle)), turned[0, p, 0, pair].item<double>(), 1e-12);
                Assert.Equal((b * Math.Cos(angle)) + (a * Math.Sin(angle)), turned[0, p, 0, pair + (dim / 2)].item<double>(), 1e-12);
            }
        }

        Assert.Contains("multiple of 4", Assert.Throws<ArgumentException>(() => new RotaryEmbedding(6, 0, 2, 2, 100, ScalarType.Float32)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new RotaryEmbedding(8, 0, 0, 2, 100, ScalarType.Float32));
    }

    [Fact]
    public void Input_that_the_tables_do_not_fit_is_refused()
    {
        using var scope = NewDisposeScope();
        using var rotary = new RotaryEmbedding(8, 5, 10000, ScalarType.Float32);
        Assert.Contains("5 positions of dimension 8", Assert.Throws<ArgumentException>(() => rotary.Rotate(zeros(1, 6, 1, 8))).Message);
        Assert.Throws<ArgumentException>(() => rotary.Rotate(zeros(1, 5, 1, 1)));
        Assert.Throws<ArgumentException>(() => new RotaryEmbedding(7, 5, 10000, ScalarType.Float32));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RotaryEmbedding(8, 0, 10000, ScalarType.Float32));
    }

    [Fact]
    public void Tables_are_no_part_of_a_checkpoint_and_follow_a_conversion()
    {
        using var scope = NewDisposeScope();
        using var rotary = new RotaryEmbedding(8, 5, 10000, ScalarType.Float32);
        Assert.Empty(rotary.state_dict());
        _ = rotary.Rotate(ones(1, 5, 1, 8));
        rotary.to(ScalarType.BFloat16);
        Assert.Equal(ScalarType.BFloat16, rotary.cos_cached.dtype);
        Assert.Equal(ScalarType.BFloat16, rotary.sin_cached.dtype);
        var x = linspace(-1, 1, 40).view(1, 5, 1, 8);
        // The length of before, whose tables were kept, and one whose tables are made now.
        var all = rotary.Rotate(x);
        TensorAssert.Close(rotary.Rotate(x.narrow(1, 0, 4)), all.narrow(1, 0, 4), 0, 0, "rotation");
    }

    [Fact]
    public void Rotation_runs_in_the_dtype_of_the_tables()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(18);
        using var rotary = new RotaryEmbedding(8, 5, 10000, ScalarType.Float32);
        var x = randn(1, 5, 2, 8, ScalarType.Float64);
        TensorAssert.Close(rotary.Rotate(x.to(ScalarType.Float32)).to(ScalarType.Float64), rotary.Rotate(x), 0, 0, "float64");
        TensorAssert.LeavesOnlyResults(1, () => rotary.Rotate(x));
    }
}
