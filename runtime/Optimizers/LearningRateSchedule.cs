namespace HrmGen.Optimizers;

/// <summary>Learning rates as functions of the optimizer step, counted from 1 for the first update.</summary>
public static class LearningRateSchedule
{
    /// <summary>Rises linearly over the warm-up, then falls along half a cosine to <c>base_lr · min_ratio</c> at the last step.</summary>
    /// <param name="step">The optimizer step; the first update uses 1.</param>
    /// <param name="base_lr">The rate at the end of the warm-up.</param>
    /// <param name="warmup_steps">Length of the warm-up, rounded to an integer with ties to even.</param>
    /// <param name="total_steps">The step at which the minimum is reached.</param>
    /// <param name="min_ratio">Final share of <paramref name="base_lr"/>; 1 keeps the rate constant after the warm-up.</param>
    /// <returns>The learning rate.</returns>
    /// <remarks>Source: <c>cosine_schedule_with_warmup_lr_lambda</c> in <c>pretrain.py</c> of HRM and TRM.</remarks>
    public static double CosineWithWarmup(long step, double base_lr, double warmup_steps, long total_steps, double min_ratio)
    {
        var warmup = (long)Math.Round(warmup_steps, MidpointRounding.ToEven);
        if (step < warmup)
        {
            return base_lr * step / Math.Max(1, warmup);
        }
        var progress = (double)(step - warmup) / Math.Max(1, total_steps - warmup);
        return base_lr * (min_ratio + Math.Max(0, (1 - min_ratio) * 0.5 * (1 + Math.Cos(Math.PI * progress))));
    }
}
