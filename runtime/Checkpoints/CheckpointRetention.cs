namespace HrmGen.Checkpoints;

/// <summary>Which checkpoints stay when a new one has been saved.</summary>
/// <param name="Last">The newest, this many; at least 1.</param>
/// <param name="BestMetric">And the best by this metric; null for none. Of equals the earlier one.</param>
/// <param name="LargerIsBetter">Whether a larger value of the metric is a better one.</param>
public sealed record CheckpointRetention(int Last = 3, string? BestMetric = null, bool LargerIsBetter = true)
{
    /// <summary>Those by the metric, the best first; the ones without it are left out.</summary>
    internal IEnumerable<Checkpoint> ByMetric(IEnumerable<Checkpoint> checkpoints) => BestMetric is not { } metric
        ? []
        : checkpoints.Where(c => c.Manifest.Metrics.ContainsKey(metric))
            .OrderBy(c => (LargerIsBetter ? -1 : 1) * c.Manifest.Metrics[metric]).ThenBy(c => c.Order);
}
