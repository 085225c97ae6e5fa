using System.Globalization;

namespace HrmGen.Lab.Pages;

/// <summary><c>report</c>: a small chart of every column.</summary>
internal static class ReportPage
{
    // More points than a chart has pixels make a page heavy and nothing clearer.
    private const int MaximumPoints = 1500;

    public static string Html(string run, MetricsTable table)
    {
        var curves = Enumerable.Range(1, table.Columns.Length - 1)
            .Select(c => (Name: table.Columns[c], Points: table.Curve(c)))
            .Where(c => c.Points.Count > 0)
            .ToList();
        var summary = curves.Select(c => string.Create(CultureInfo.InvariantCulture,
            $"{c.Name}: last {c.Points[^1].Y:G5}, least {c.Points.Min(p => p.Y):G5}, most {c.Points.Max(p => p.Y):G5}"));
        return PageTemplate.Fill($"{run}: training curves", summary.Prepend(run), "report", json =>
        {
            json.WriteStartObject();
            json.WriteString("run", run);
            json.WriteString("x", table.Columns[0]);
            json.List("curves", curves, curve =>
            {
                json.WriteStartObject();
                json.WriteString("name", curve.Name);
                json.WritePropertyName("least");
                json.Number(curve.Points.Min(p => p.Y));
                json.WritePropertyName("most");
                json.Number(curve.Points.Max(p => p.Y));
                json.List("points", Thin(curve.Points), point =>
                {
                    json.WriteStartArray();
                    json.WriteNumberValue(point.X);
                    json.Number(point.Y);
                    json.WriteEndArray();
                });
                json.WriteEndObject();
            });
            json.WriteEndObject();
        });
    }

    // Every k-th point, and the last one.
    private static IEnumerable<(double X, double Y)> Thin(IReadOnlyList<(double X, double Y)> points)
    {
        var stride = Math.Max(1, (points.Count + MaximumPoints - 1) / MaximumPoints);
        return points.Where((_, i) => i % stride == 0 || i == points.Count - 1);
    }
}
