using HrmGen.Optimizers;

namespace HrmGen.Training;

/// <summary>What may change at run time; a spec's values are the defaults.</summary>
public sealed record TrainingOptions
{
    /// <summary>Rows of the global batch: losses are sums divided by it.</summary>
    public int BatchSize { get; init; } = 768;

    /// <summary>Learning rate of the parameters.</summary>
    public double LearningRate { get; init; } = 1e-4;

    /// <summary>Optimizer steps of linear warm-up.</summary>
    public double WarmupSteps { get; init; } = 2000;

    /// <summary>Floor of the cosine as a part of the learning rate; 1 keeps it constant after the warm-up.</summary>
    public double MinRatio { get; init; } = 1;

    /// <summary>Decay of the first moment.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the second moment.</summary>
    public double Beta2 { get; init; } = 0.95;

    /// <summary>Decoupled weight decay of every parameter, biases and embeddings included.</summary>
    public double WeightDecay { get; init; } = 0.1;

    /// <summary>Settings of the matrices where the optimizer is Muon; null with another.</summary>
    public MuonOptions? Muon { get; init; }

    /// <summary>The gradient is scaled down to this norm, taken over all parameters (the puzzle embedding aside); null for no limit.</summary>
    public double? ClipNorm { get; init; }

    /// <summary>Weights that train otherwise; a parameter follows the first group that holds it.</summary>
    public IReadOnlyList<ParameterGroup> Groups { get; init; } = [];

    /// <summary>Learning rate of the puzzle embedding.</summary>
    public double PuzzleLearningRate { get; init; } = 1e-4;

    /// <summary>Weight decay of the puzzle embedding.</summary>
    public double PuzzleWeightDecay { get; init; } = 0.1;

    /// <summary>Rate of the exponential moving average of the parameters, or null for none.</summary>
    public double? EmaRate { get; init; }

    /// <summary>Optimizer steps in all: the length of the cosine, after which no weight changes. Needed when <see cref="MinRatio"/> is below 1.</summary>
    public long? TotalSteps { get; init; }

    /// <summary>How the rows come by their examples; <see cref="OfferedBatches"/> follows it.</summary>
    public RefillMode Refill { get; init; }

    /// <summary>Epochs in all, counted in whole batches, one a step, as if all were offered; a trainer turns them into <see cref="TotalSteps"/>.</summary>
    public long? Epochs { get; init; }

    /// <summary>Seed of the halting exploration.</summary>
    public long Seed { get; init; }
}
