using System.Globalization;
using System.Text.RegularExpressions;
using HrmGen.Lab.Models;
using HrmGen.Models;
using HrmGen.Optimizers;

namespace HrmGen.Lab.Tests.Training;

/// <summary>The batch that does not fit, and the one that does.</summary>
public class TrainingMemoryTests
{
    private const long MiB = 1 << 20;

    private static readonly ModelEntry Entry = HrmGen.Specs.HrmModels.All.Single(m => m.Spec.Name == "Sudoku4Trm");

    [Theory]
    [InlineData(Lowering.Fused)]
    [InlineData(Lowering.Reference)]
    public void A_batch_that_cannot_fit_is_refused_with_the_number_that_fits(Lowering lowering)
    {
        using var model = Entry.Create(null);
        model.Lowering = lowering;
        string? Shortage(int rows, long free) => TrainingMemory.Shortage(model, Entry.Spec.Training with { BatchSize = rows }, free);

        Assert.Null(Shortage(64, 1000 * MiB));
        var refused = Shortage(100_000, 1000 * MiB);
        var proposed = int.Parse(Regex.Match(refused!, @"--set batch_size=(\d+)$").Groups[1].Value, CultureInfo.InvariantCulture);

        // With room for the peak, and not much more.
        Assert.Null(Shortage(proposed, 1000 * MiB));
        Assert.NotNull(Shortage(2 * proposed, 1000 * MiB));
        Assert.Contains("not even one row fits", Shortage(1, MiB), StringComparison.Ordinal);
    }

    [Fact]
    public void Less_fits_where_less_is_free_or_more_is_kept()
    {
        using var model = Entry.Create(null);
        var (fused, free) = (Entry.Spec.FusedActivationBytes!.Value, 10 * MiB);
        var fit = (int)((free - (16 * Entry.Spec.Parameters)) / fused);
        string? Shortage(double? ema, int rows) => TrainingMemory.Shortage(model, Entry.Spec.Training with { BatchSize = rows, EmaRate = ema }, free);

        Assert.Null(Shortage(0.99, fit));
        Assert.NotNull(Shortage(0.99, fit + 1));
        Assert.Null(Shortage(null, fit + 1));

        // Frozen weights have neither gradients nor moments.
        var groups = new[] { new ParameterGroup("L_level", "L_level.") { Frozen = true } };
        Assert.Null(TrainingMemory.Shortage(model, Entry.Spec.Training with { BatchSize = fit + 1, Groups = groups }, free));
    }
}
