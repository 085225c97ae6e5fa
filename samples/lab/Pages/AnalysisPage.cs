using System.Globalization;
using HrmGen.Lab.Analysis;
using HrmGen.Models;

namespace HrmGen.Lab.Pages;

/// <summary><c>analyze</c>: residuals, participation ratios and ways of the latents.</summary>
internal static class AnalysisPage
{
    public static string Html(ModelSpec spec, IReadOnlyList<LatentPath> paths)
    {
        var summary = new StringWriter(CultureInfo.InvariantCulture);
        AnalysisTables.Summary(paths, summary);
        return PageTemplate.Fill($"{spec.Name}: inside the recursion", [summary.ToString()], "analysis", json =>
        {
            json.WriteStartObject();
            json.WriteString("name", spec.Name);
            json.WriteNumber("updates", paths.SelectMany(p => p.Points).Max(p => p.Update));
            json.WriteNumber("steps", paths.SelectMany(p => p.Points).Max(p => p.Step));
            json.List("latents", paths, path =>
            {
                json.WriteStartObject();
                json.WriteString("name", path.Latent);
                json.List("explained", [path.Explained.First, path.Explained.Second], v => json.Number(v));
                json.List("points", path.Points, point =>
                {
                    json.WriteStartObject();
                    json.WriteNumber("step", point.Step);
                    json.WriteNumber("update", point.Update);
                    json.WritePropertyName("residual");
                    json.Number(point.MeanResidual);
                    json.WritePropertyName("ratio");
                    json.Number(point.ParticipationRatio);
                    json.List("at", point.Points.SelectMany(p => new[] { p.First, p.Second }), v => json.Number(v));
                    json.WriteEndObject();
                });
                json.WriteEndObject();
            });
            json.WriteEndObject();
        });
    }
}
