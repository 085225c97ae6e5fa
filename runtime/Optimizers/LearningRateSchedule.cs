namespace HrmGen.Optimizers;

/// <summary>Learning-rate schedules.</summary>
public static class LearningRateSchedule
{
    /// <summary>Linear warm-up, then half a cosine down to a floor (official pretrain.py, <c>cosine_schedule_with_warmup_lr_lambda</c>).</summary>
    /// <param name="step">The optimizer step, counted from 1.</param>
    /// <param name="base_lr">The rate after the warm-up.</param>
    /// <param name="warmup_steps">Steps of the warm-up, rounded half to even.</param>
    /// <param name="total_steps">Steps in all.</param>
    /// <param name="min_ratio">The floor as a part of the base; 1 keeps the rate constant.</param>
    /// <returns>The rate of that step.</returns>
    public static double CosineWithWarmup(long step, double base_lr, double warmup_steps, long total_steps, double min_ratio)
    {
        var warmup = (long)Math.Round(warmup_steps, MidpointRounding.ToEven);
        if (step < warmup)
        {
            return base_lr * step / Math.Max(1, warmup);
        }

        var progress = (double)(step - warmup) / Math.Max(1, total_steps - warmup);
        return base_lr * (min_ratio + Math.Max(0.0, (1 - min_ratio) * 0.5 * (1.0 + Math.Cos(Math.PI * progress))));
    }
}
