using HrmGen.Data;
using HrmGen.Lab.Tests.Support;
using HrmGen.Models;
using static TorchSharp.torch;

namespace HrmGen.Lab.Tests.Solving;

/// <summary>What is seen inside of the recursion is the recursion.</summary>
public sealed class UpdateObserverTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData("2 z_L, z_H", new[] { "z_L", "z_L", "z_H" })]
    [InlineData("z_1, z_2, 3 z_1", new[] { "z_1", "z_2", "z_1", "z_1", "z_1" })]
    public void OrdersExpand(string order, string[] names) => Assert.Equal(names, UpdateObserver.Expand(order));

    [Theory]
    [InlineData("TrmGrid_T3_n2", "2 z_L, z_H, 2 z_L, z_H, 2 z_L, z_H")]
    [InlineData("HrmSudoku", "2 z_L, z_H, 2 z_L, z_H")]
    [InlineData("TrmSevenLatents", "z_L1, z_L2, z_L3, z_L4, z_L5, z_L6, z_H, z_L1, z_L2, z_L3, z_L4, z_L5, z_L6, z_H, z_L1, z_L2, z_L3, z_L4, z_L5, z_L6, z_H")]
    [InlineData("HrmFixedPoint", "")]
    public void SpecsTellTheOrder(string model, string order) => Assert.Equal(order, Specs.HrmModels.All.Single(m => m.Spec.Name == model).Spec.Updates);

    /// <summary>The last update of each latent is what the pass returns, in every supervision step, and the values before are those after the update before.</summary>
    [Fact]
    public void LastUpdatesAreTheLatentsOfTheStep()
    {
        using var model = SmallModel.Model("TrmGrid_T3_n2", seed: 1);
        using var batch = PuzzleBatch.Create(new int[2, 16], new int[2, 16]);
        var names = new List<string>();
        var last = new Dictionary<string, float[]>(StringComparer.Ordinal);
        var steps = 0;
        using (new UpdateObserver(model, u =>
        {
            names.Add(u.Latent);
            Assert.Equal(last.GetValueOrDefault(u.Latent), u.Before is null ? null : Values(u.Before));
            last[u.Latent] = Values(u.After);
        }))
        {
            foreach (var output in model.Evaluate(batch))
            {
                steps++;
                Assert.Equal(UpdateObserver.Expand(model.Info.Updates), names);
                names.Clear();
                foreach (var (name, value) in output.Latents.Named)
                {
                    Assert.Equal(Values(value), last[name]);
                }
            }
        }

        Assert.Equal(4, steps);
        _ = model.Evaluate(batch).Count();
        Assert.Empty(names);
    }

    [Fact]
    public void WithoutAnOrderTheNetworkNamesTheValues()
    {
        using var model = SmallModel.Model("HrmFixedPoint", seed: 1);
        using var batch = PuzzleBatch.Create(new int[1, 81], new int[1, 81]);
        var names = new HashSet<string>(StringComparer.Ordinal);
        using (new UpdateObserver(model, u => names.Add(u.Latent)))
        {
            _ = model.Evaluate(batch, steps: 1).Count();
        }

        Assert.Equal(["H_level", "L_level"], names.Order());
    }

    [Fact]
    public void OneObserverAtATime()
    {
        using var model = SmallModel.Model(SmallModel.Name, seed: 1);
        using var first = new UpdateObserver(model, _ => { });
        Assert.Throws<InvalidOperationException>(() => new UpdateObserver(model, _ => { }));
    }

    private static float[] Values(Tensor value)
    {
        using var flat = value.to(float32).contiguous();
        return flat.data<float>().ToArray();
    }
}
