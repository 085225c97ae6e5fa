using HrmGen.Models;
using static TorchSharp.torch;

namespace HrmGen.Tests.Fused;

/// <summary>One pass and its gradient in both lowerings, by the emitted backward and by autograd.</summary>
internal static class FusedComparison
{
    // What no kernel computes yet; everything else must be fused.
    private static readonly string[] s_notFused = ["Urm"];

    /// <summary>Fails where the two differ, relative to the largest value of each tensor.</summary>
    public static void Check(ModelEntry entry, double tolerance)
    {
        random.manual_seed(5);
        using var model = entry.Create(null);
        Assert.Equal(!s_notFused.Any(entry.Spec.Name.StartsWith), model.HasFusedForm);
        if (!model.HasFusedForm)
        {
            return;
        }

        Damp(model);

        // Two passes: the second one works in the memory of the first.
        for (var rows = 3; rows <= 5; rows++)
        {
            var (reference, fused) = (Pass(model, Lowering.Reference, rows), Pass(model, Lowering.Fused, rows));
            Assert.Subset(fused.Keys.ToHashSet(), reference.Keys.ToHashSet());
            Assert.All(fused.Where(f => !reference.ContainsKey(f.Key)), extra => Assert.All(extra.Value, v => Assert.Equal(0, v)));
            foreach (var (tensor, expected) in reference)
            {
                var scale = expected.Max(Math.Abs) + 1e-30;
                var worst = expected.Zip(fused[tensor], (a, b) => Math.Abs(a - b) / scale).Max();
                Assert.True(worst <= tolerance, $"{tensor} differs by {worst:g3} of its largest value at {rows} rows");
            }
        }
    }

    // Deep recursion with random weights is chaotic: it would blow up the last bit that two orders of summation differ in.
    private static void Damp(IRecursiveModel model)
    {
        using var _ = no_grad();
        foreach (var (name, parameter) in model.Module.named_parameters())
        {
            if (name.EndsWith("down_proj.weight", StringComparison.Ordinal) || name.EndsWith("o_proj.weight", StringComparison.Ordinal))
            {
                parameter.mul_(0.1);
            }
        }
    }

    // One pass from random latents, and the gradient of a random projection of all latents that it gives.
    private static SortedDictionary<string, double[]> Pass(IRecursiveModel model, Lowering lowering, int rows)
    {
        using var scope = NewDisposeScope();
        model.Lowering = lowering;
        random.manual_seed(11);
        var puzzles = randint(0, model.Info.VocabSize, [rows, model.Info.SeqLen], dtype: int32);
        var x = model.Embed(puzzles, zeros(rows, dtype: int32)).detach().requires_grad_();
        var start = model.InitialLatents(rows).Named.ToDictionary(l => l.Name, l => (l.Value.detach() + randn_like(l.Value)).requires_grad_());
        random.manual_seed(12);
        var end = model.Recur(model.LatentsFrom(n => start[n]), x);
        random.manual_seed(13);
        var values = new SortedDictionary<string, double[]>(StringComparer.Ordinal);
        var total = zeros(1, dtype: x.dtype);
        foreach (var (name, value) in end.Named)
        {
            values["latent " + name] = value.detach().to(float64).flatten().data<double>().ToArray();
            total = total + (value * randn_like(value)).sum();
        }

        foreach (var (_, parameter) in model.Module.named_parameters())
        {
            parameter.grad = null;
        }

        total.backward();
        foreach (var (name, gradient) in model.Module.named_parameters().Select(p => (p.name, p.parameter.grad)).Append(("x", x.grad)).Concat(start.Select(s => (s.Key, s.Value.grad))))
        {
            if (gradient is { IsInvalid: false })
            {
                values["gradient of " + name] = gradient.to(float64).flatten().data<double>().ToArray();
            }
        }

        return values;
    }
}
