using System.Globalization;
using System.Text;

namespace HrmGen.Lab.Analysis;

/// <summary>An analysis as CSV, and in a few lines.</summary>
internal static class AnalysisTables
{
    /// <summary>A line for each update.</summary>
    public static string Updates(IEnumerable<LatentPath> paths) => Table("latent,step,update,mean_residual,max_residual,participation_ratio",
        paths.SelectMany(p => p.Points.Select(point => Line($"{p.Latent},{point.Step},{point.Update},{point.MeanResidual:R},{point.MaxResidual:R},{point.ParticipationRatio:R}"))));

    /// <summary>A line for each followed puzzle at each update.</summary>
    public static string Trajectory(IEnumerable<LatentPath> paths) => Table("latent,step,update,puzzle,pc1,pc2",
        paths.SelectMany(p => p.Points.SelectMany(point => point.Points.Select((xy, puzzle) => Line($"{p.Latent},{point.Step},{point.Update},{puzzle},{xy.First:R},{xy.Second:R}")))));

    /// <summary>Each latent in a line.</summary>
    public static void Summary(IEnumerable<LatentPath> paths, TextWriter output)
    {
        foreach (var path in paths)
        {
            var last = path.Points[^1];
            output.WriteLine(Line(
                $"{path.Latent}: the last update changes it by {100 * last.MeanResidual:0.00} % on average, at most {100 * last.MaxResidual:0.00} %; participation ratio {last.ParticipationRatio:0.0}; two components explain {100 * (path.Explained.First + path.Explained.Second):0} % of its way"));
        }
    }

    private static string Line(FormattableString line) => line.ToString(CultureInfo.InvariantCulture);

    private static string Table(string names, IEnumerable<string> lines)
    {
        var text = new StringBuilder().Append(names).Append('\n');
        foreach (var line in lines)
        {
            text.Append(line).Append('\n');
        }

        return text.ToString();
    }
}
