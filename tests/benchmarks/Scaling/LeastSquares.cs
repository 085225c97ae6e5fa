namespace HrmGen.Benchmarks.Scaling;

/// <summary>A fit y = a + b · x₁ + c · x₂ by least squares.</summary>
/// <param name="Coefficients">a, b and c.</param>
/// <param name="RSquared">Share of the variance that it explains.</param>
internal sealed record LeastSquares(double[] Coefficients, double RSquared)
{
    /// <summary>Fits.</summary>
    /// <param name="x">Rows of values, without the one for a.</param>
    /// <param name="y">As many values.</param>
    public static LeastSquares Fit(IReadOnlyList<double[]> x, IReadOnlyList<double> y)
    {
        double[][] rows = [.. x.Select(r => (double[])[1, .. r])];
        var n = rows[0].Length;

        // The normal equations with their right side, by Gauss and Jordan: three unknowns of one size need no more.
        double[][] m = [.. Enumerable.Range(0, n).Select(i => Enumerable.Range(0, n + 1).Select(j => rows.Select((r, at) => r[i] * (j < n ? r[j] : y[at])).Sum()).ToArray())];
        for (var i = 0; i < n; i++)
        {
            var pivot = m[i][i];
            m[i] = [.. m[i].Select(v => v / pivot)];
            for (var other = 0; other < n; other++)
            {
                if (other != i)
                {
                    var factor = m[other][i];
                    m[other] = [.. m[other].Select((v, j) => v - (factor * m[i][j]))];
                }
            }
        }

        double[] c = [.. m.Select(r => r[n])];
        var mean = y.Average();
        var left = rows.Select((r, at) => Math.Pow(y[at] - r.Zip(c, (a, b) => a * b).Sum(), 2)).Sum();
        return new(c, 1 - (left / y.Sum(v => Math.Pow(v - mean, 2))));
    }
}
