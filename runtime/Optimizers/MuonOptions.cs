namespace HrmGen.Optimizers;

/// <summary>What Muon does with the matrices that it takes.</summary>
public sealed record MuonOptions
{
    /// <summary>Learning rate; it follows the schedule of <c>TrainingOptions.LearningRate</c>.</summary>
    public double LearningRate { get; init; } = 0.02;

    /// <summary>Decoupled weight decay.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Decay of the running mean of the gradient.</summary>
    public double Momentum { get; init; } = 0.95;

    /// <summary>Scales updates by 0.2 sqrt(max(rows, columns)), AdamW's root mean square; otherwise by sqrt(max(1, rows / columns)).</summary>
    public bool MatchesAdamW { get; init; }
}
