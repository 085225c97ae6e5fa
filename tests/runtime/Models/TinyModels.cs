using HrmGen.Models;
using HrmGen.Training;
using static TorchSharp.torch;

namespace HrmGen.Tests.Models;

/// <summary>Models of these tests, made so that their halting logits say something.</summary>
internal static class TinyModels
{
    public static IRecursiveModel Create(string name, int seed = 1)
    {
        random.manual_seed(seed);
        var model = HrmModels.All.Single(m => m.Spec.Name == name).Create(null);
        DrawHaltingHead(model, seed);
        return model;
    }

    public static ITrainingStep Step(IRecursiveModel model, Func<TrainingOptions, TrainingOptions>? change = null) =>
        HrmModels.All.Single(m => m.Spec.Name == model.Info.Name).CreateTrainingStep(model, (change ?? (o => o))(model.Info.Training));

    /// <summary>Gives the halting head random weights around 0: a fresh one says "go on" to every row.</summary>
    public static void DrawHaltingHead(IRecursiveModel model, int seed)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed);
        foreach (var (name, parameter) in model.Module.named_parameters().Where(p => p.name.StartsWith("q_head", StringComparison.Ordinal)))
        {
            _ = parameter.copy_(randn(parameter.shape, dtype: parameter.dtype, generator: generator));
        }
    }

    /// <summary>Halting logits of 0: no rule halts a row before its last step.</summary>
    public static void NeverHalt(IRecursiveModel model)
    {
        using var noGrad = no_grad();
        foreach (var (_, parameter) in model.Module.named_parameters().Where(p => p.name.StartsWith("q_head", StringComparison.Ordinal)))
        {
            _ = parameter.zero_();
        }
    }

    public static double[] Doubles(this Tensor? tensor)
    {
        using var scope = NewDisposeScope();
        return [.. tensor!.detach().to(float64).flatten().data<double>()];
    }

    public static double Double(this Tensor? tensor) => Assert.Single(tensor.Doubles());

    public static bool[] Bools(this Tensor tensor) => [.. tensor.data<bool>()];

    public static int[] Ints(this Tensor tensor) => [.. tensor.data<int>()];

    public static Dictionary<string, double[]> Gradients(IRecursiveModel model) =>
        model.Module.named_parameters().Where(p => p.parameter.grad is not null).ToDictionary(p => p.name, p => p.parameter.grad.Doubles());

    public static Dictionary<string, double[]> Weights(IRecursiveModel model) => model.Module.named_parameters().ToDictionary(p => p.name, p => p.parameter.Doubles());
}
