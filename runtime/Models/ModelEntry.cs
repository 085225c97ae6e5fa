using HrmGen.Training;
using static TorchSharp.torch;

namespace HrmGen.Models;

/// <summary>A row of a compilation's registry: a model and how to make it, without reflection.</summary>
/// <param name="Spec">The spec's numbers.</param>
/// <param name="Create">Makes the model on a device (the CPU when null), with fresh weights from torch's default generator.</param>
/// <param name="CreateTrainingStep">Makes the training state of a model that <paramref name="Create"/> made; the spec's options when null.</param>
public sealed record ModelEntry(
    ModelSpec Spec, Func<Device?, IRecursiveModel> Create, Func<IRecursiveModel, TrainingOptions?, ITrainingStep> CreateTrainingStep)
{
    /// <summary>Namespace and name of the model's type, which tell two models of one name apart.</summary>
    public string FullName { get; init; } = Spec.Name;

    /// <summary>A row from typed functions.</summary>
    public static ModelEntry Of<TModel>(ModelSpec spec, Func<Device?, TModel> create, Func<TModel, TrainingOptions?, ITrainingStep> createTrainingStep)
        where TModel : IRecursiveModel =>
        new(spec, device => create(device), (model, options) => model is TModel typed
            ? createTrainingStep(typed, options)
            : throw new ArgumentException($"This row trains {spec.Name}, not {model.Info.Name}", nameof(createTrainingStep)))
        {
            FullName = typeof(TModel).FullName!,
        };
}
