namespace HrmGen.Halting;

/// <summary>When a row's answer stands in evaluation. A row that has stopped keeps its latents and its answer; evaluation ends when all have.</summary>
/// <remarks>The transformer baseline's published code starts such rows anew instead and so loses their answers; nothing here does that.</remarks>
public sealed record EvaluationHalting
{
    private EvaluationHalting(EvaluationRule rule, double threshold) => (Rule, Threshold) = (rule, threshold);

    /// <summary>Every row has all supervision steps: the published evaluation.</summary>
    public static EvaluationHalting AllSteps { get; } = new(EvaluationRule.AllSteps, 0);

    /// <summary>A row stops once the halting rule of its training holds.</summary>
    public static EvaluationHalting WhenHalting { get; } = new(EvaluationRule.Halting, 0);

    /// <summary>The rule.</summary>
    public EvaluationRule Rule { get; }

    /// <summary>Threshold of <see cref="EvaluationRule.Settled"/>.</summary>
    public double Threshold { get; }

    /// <summary>A row stops once a supervision step changes the latent that its answer is read from by less than a part of its norm.</summary>
    /// <param name="threshold">That part, above 0.</param>
    public static EvaluationHalting WhenSettled(double threshold)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threshold);
        return new(EvaluationRule.Settled, threshold);
    }
}

/// <summary>A rule of <see cref="EvaluationHalting"/>.</summary>
public enum EvaluationRule
{
    /// <summary>After the last supervision step.</summary>
    AllSteps,

    /// <summary>Once the row would halt in training.</summary>
    Halting,

    /// <summary>Once the answer's latent hardly changes.</summary>
    Settled,
}
