namespace HrmGen.Optimizers;

/// <summary>Weights that train otherwise than the rest (training.groups of a spec).</summary>
/// <param name="Name">As the spec calls them.</param>
/// <param name="Prefixes">What their names begin with.</param>
public sealed record ParameterGroup(string Name, params string[] Prefixes)
{
    /// <summary>Their learning rate at its height, under the same schedule as the rest; null for that of the rest.</summary>
    public double? LearningRate { get; init; }

    /// <summary>Their decoupled weight decay; null for that of the rest.</summary>
    public double? WeightDecay { get; init; }

    /// <summary>True where they keep the values that they have: no gradient, no update and no decay.</summary>
    public bool Frozen { get; init; }

    /// <summary>Whether a parameter belongs to the group.</summary>
    /// <param name="parameter">Its name in the module.</param>
    public bool Holds(string parameter) => Prefixes.Any(p => p.EndsWith('.') ? parameter.StartsWith(p, StringComparison.Ordinal) : parameter == p);
}
