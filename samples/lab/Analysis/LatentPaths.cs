using HrmGen.Data;
using HrmGen.Halting;
using HrmGen.Models;
using static TorchSharp.torch;

namespace HrmGen.Lab.Analysis;

/// <summary>A latent at one update, over some puzzles.</summary>
/// <param name="Step">Supervision step, from 1.</param>
/// <param name="Update">Update of the pass, from 1, those of other latents counted.</param>
/// <param name="MeanResidual">Mean relative change over the puzzles; null at the first update.</param>
/// <param name="MaxResidual">The largest.</param>
/// <param name="ParticipationRatio">In how many directions the values of all cells of all puzzles spread.</param>
/// <param name="Points">First and second principal component of each followed puzzle's mean cell.</param>
internal sealed record PathPoint(int Step, int Update, double? MeanResidual, double? MaxResidual, double ParticipationRatio, IReadOnlyList<(double First, double Second)> Points);

/// <summary>A latent's way through the recursion.</summary>
/// <param name="Latent">Its name.</param>
/// <param name="Explained">The part of the variance that each of the two components explains.</param>
/// <param name="Points">One for each update.</param>
internal sealed record LatentPath(string Latent, (double First, double Second) Explained, IReadOnlyList<PathPoint> Points);

/// <summary>Follows the latents of a batch through all supervision steps.</summary>
internal static class LatentPaths
{
    /// <summary>Puzzles whose way is drawn.</summary>
    public const int Followed = 8;

    /// <summary>The ways of all latents over the first puzzles of a split.</summary>
    public static IReadOnlyList<LatentPath> Follow(IRecursiveModel model, PuzzleDataset dataset, int puzzles)
    {
        using var part = new EvaluationBatches(dataset, (int)Math.Min(puzzles, dataset.ExampleCount)).First();
        var seen = new Dictionary<string, List<Seen>>(StringComparer.Ordinal);
        var (step, update) = (1, 0);
        using var scope = NewDisposeScope();
        using (new UpdateObserver(model, u => Look(u)))
        {
            foreach (var output in model.Evaluate(part.Batch, halting: EvaluationHalting.AllSteps))
            {
                _ = output;
                (step, update) = (step + 1, 0);
            }
        }

        return [.. seen.Select(s => Path(s.Key, s.Value))];

        void Look(LatentUpdate u)
        {
            update++;
            using var inner = NewDisposeScope();
            var residual = u.Before is null ? null : Latent.RelativeChange(u.Before, u.After).to(float64);
            var wide = u.After.to(float64);
            var mean = wide.mean([1]).narrow(0, 0, Math.Min(Followed, wide.size(0))).cpu().DetachFromDisposeScope();
            if (!seen.TryGetValue(u.Latent, out var list))
            {
                seen.Add(u.Latent, list = []);
            }

            list.Add(new(step, update, Finite(residual?.mean()), Finite(residual?.max()), Spread.ParticipationRatio(wide.flatten(0, 1)), mean));
        }
    }

    private static double? Finite(Tensor? value) => value?.item<double>() is { } number && double.IsFinite(number) ? number : null;

    private static LatentPath Path(string latent, List<Seen> seen)
    {
        using var scope = NewDisposeScope();
        var (coordinates, first, second) = Spread.Principal(cat([.. seen.Select(s => s.Means)], 0));
        var flat = coordinates.data<double>().ToArray();
        var rows = (int)seen[0].Means.size(0);
        var points = seen.Select((s, i) => new PathPoint(s.Step, s.Update, s.Mean, s.Max, s.Ratio,
            [.. Enumerable.Range(i * rows, rows).Select(r => (flat[2 * r], flat[(2 * r) + 1]))])).ToList();
        seen.ForEach(s => s.Means.Dispose());
        return new(latent, (first, second), points);
    }

    private sealed record Seen(int Step, int Update, double? Mean, double? Max, double Ratio, Tensor Means);
}
