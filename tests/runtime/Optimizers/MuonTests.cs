using HrmGen.Optimizers;
using HrmGen.Tests.Fixtures;
using HrmGen.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;
using AdamW = HrmGen.Optimizers.AdamW;

namespace HrmGen.Tests.Optimizers;

public class MuonTests
{
    /// <summary>By its singular values: the iteration keeps the vectors and runs each value through the quintic.</summary>
    [Theory]
    [InlineData(6, 4)]
    [InlineData(4, 6)]
    [InlineData(5, 5)]
    public void Orthogonalisation_runs_the_singular_values_through_the_quintic(int rows, int columns)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        var matrix = randn(rows, columns, ScalarType.Float64) * 3;
        var (u, s, vh) = linalg.svd(matrix, fullMatrices: false);
        var scaled = (s / s.square().sum().sqrt()).data<double>().ToArray();
        for (var step = 0; step < 5; step++)
        {
            scaled = [.. scaled.Select(x => (3.4445 * x) - (4.7750 * Math.Pow(x, 3)) + (2.0315 * Math.Pow(x, 5)))];
        }

        TensorAssert.Close(u.matmul(diag(tensor(scaled))).matmul(vh), Muon.Orthogonal(matrix), 1e-10, 0, "orthogonal");
        Assert.All(scaled.Take(Math.Min(rows, columns) - 1), value => Assert.InRange(value, 0.6, 1.3));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Matrices_of_the_networks_follow_Muon_and_the_rest_AdamW(bool matches)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(2);
        string[] names = ["embed.weight", "f.layers.0.weight", "f.layers.0.bias", "lm_head.weight"];
        long[][] shapes = [[7, 4], [6, 3], [6], [7, 4]];
        var (ours, theirs) = (Parameters(names, shapes, 3), Parameters(names, shapes, 3));
        var options = new TrainingOptions
        {
            LearningRate = 0.1,
            Beta1 = 0.9,
            Beta2 = 0.95,
            WeightDecay = 0.3,
            Muon = new MuonOptions { LearningRate = 0.02, WeightDecay = 0.5, Momentum = 0.9, MatchesAdamW = matches },
        };
        using var muon = new Muon(ours, ["f."], options);
        using var adam = new AdamW(theirs.Where(p => p.name != names[1]), 0.9, 0.95, 0.3);
        Assert.Equal("momentum_buffer.f.layers.0.weight", muon.State.First().name);
        Assert.Equal(1 + (3 * 3), muon.State.Count());
        var (mean, w) = (zeros(6, 3, ScalarType.Float64), theirs[1].parameter.detach().clone());
        for (var t = 1; t <= 4; t++)
        {
            var rate = 0.1 / t;
            for (var i = 0; i < 4; i++)
            {
                var gradient = randn(shapes[i], ScalarType.Float64);
                (ours[i].parameter.grad, theirs[i].parameter.grad) = (gradient.clone(), gradient.clone());
            }

            muon.Step(rate);
            adam.Step(rate);

            // The matrix, by hand: its rate is a fifth of the rest's.
            var g = theirs[1].parameter.grad!;
            mean = (0.9 * mean) + (0.1 * g);
            var update = Muon.Orthogonal((0.1 * g) + (0.9 * mean));
            var factor = matches ? 0.2 * Math.Sqrt(6) : Math.Sqrt(2);
            w = ((1 - (rate / 5 * 0.5)) * w) - (rate / 5 * factor * update);
            TensorAssert.Close(w, ours[1].parameter, 1e-12, 0, "matrix");
            foreach (var i in new[] { 0, 2, 3 })
            {
                TensorAssert.Close(theirs[i].parameter, ours[i].parameter, 0, 0, names[i]);
            }
        }
    }

    [Fact]
    public void Groups_change_the_rates_of_both_parts()
    {
        using var scope = NewDisposeScope();
        string[] names = ["embed.weight", "f.weight"];
        long[][] shapes = [[4, 4], [4, 4]];
        var options = new TrainingOptions { LearningRate = 0.1, WeightDecay = 0.5, Muon = new MuonOptions { LearningRate = 0.1, WeightDecay = 0.5 } };
        var parameters = Parameters(names, shapes, 4);
        using var muon = new Muon(parameters, ["f."], options) { Rates = [(2, 0.25), (3, 0.125)] };
        var before = parameters.Select(p => p.parameter.detach().clone()).ToList();
        foreach (var (_, parameter) in parameters)
        {
            parameter.grad = zeros_like(parameter); // decay alone
        }

        muon.Step(0.1);
        TensorAssert.Close(before[0] * (1 - (0.2 * 0.25)), parameters[0].parameter, 1e-15, 0, "embedding");
        TensorAssert.Close(before[1] * (1 - (0.3 * 0.125)), parameters[1].parameter, 1e-15, 0, "matrix");
        Assert.Throws<HrmGenException>(() => new Muon(parameters, ["f."], options with { LearningRate = 0 }));
    }

    private static List<(string name, Parameter parameter)> Parameters(string[] names, long[][] shapes, int seed)
    {
        random.manual_seed(seed);
        return [.. names.Zip(shapes, (name, shape) => (name, new Parameter(randn(shape, ScalarType.Float64))))];
    }
}
