using HrmGen.Checkpoints;
using HrmGen.Models;
using static TorchSharp.torch;

namespace HrmGen.Parity;

/// <summary>Puts a case's weights into a model: every one of them, and no other.</summary>
internal static class GoldenWeights
{
    public static void Load(IRecursiveModel model, FixtureTensors golden, Comparer comparer)
    {
        var state = StateDict.Of(model.Module).ToDictionary(s => s.name, s => s.tensor, StringComparer.Ordinal);
        using var gradient = no_grad();
        foreach (var name in golden.Below("weights."))
        {
            using var value = golden.Take(name);
            var own = name["weights.".Length..].Replace(StateDict.OfficialPrefix, "", StringComparison.Ordinal);
            if (!state.Remove(own, out var tensor))
            {
                comparer.Fail(name, $"the model has no '{own}'");
            }
            else if (!tensor.shape.SequenceEqual(value.shape))
            {
                comparer.Fail(name, $"shape [{string.Join(", ", tensor.shape)}] instead of [{string.Join(", ", value.shape)}]");
            }
            else
            {
                _ = tensor.copy_(value);
            }
        }

        foreach (var left in state.Keys)
        {
            comparer.Fail(left, "the case has no such weight");
        }
    }
}
