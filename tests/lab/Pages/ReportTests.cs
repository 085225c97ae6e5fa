using HrmGen.Lab.Tests.Support;

namespace HrmGen.Lab.Tests.Pages;

/// <summary><c>hrmgen report</c>: a chart of every column.</summary>
public sealed class ReportTests
{
    private const string Metrics = "step,loss,exact,lr\n50,2.5,0,0.001\n100,1.25,0.25,0.001\n150,0.5,,0.001\n200,0.75,0.5,0.001\n250,0.1";

    private static async Task<string> Report(SmallModel.TemporaryFolder folder, string metrics)
    {
        await File.WriteAllTextAsync(folder["metrics.csv"], metrics);
        var (code, _, error) = await SmallModel.Run("report", folder["."]);
        return code == 0 ? folder["report.html"] : error;
    }

    [BrowserFact]
    public async Task EveryColumnIsAChart()
    {
        using var folder = SmallModel.Folder();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        var cancel = limit.Token;
        var page = await Report(folder, Metrics);
        Assert.EndsWith("report.html", page, StringComparison.Ordinal);
        await using var browser = await Browser.Open(page, cancel);
        Assert.Equal("loss exact lr", await browser.Evaluate("[...document.querySelectorAll('figure h2')].map(h => h.textContent).join(' ')", cancel));

        // The cut line at the end is not part of it; the hole in 'exact' is no zero.
        Assert.Equal("min 0.5000 · max 2.500 · last 0.7500", await browser.Evaluate("document.querySelector('figure .range').textContent", cancel));
        Assert.Equal("3", await browser.Evaluate("document.querySelectorAll('figure polyline')[1].points.length", cancel));

        // One cursor moves in all charts.
        await browser.Press("Tab", cancel);
        await browser.Press("Home", cancel);
        await browser.Press("ArrowRight", cancel);
        Assert.Equal("1.250 0.2500 0.001000", await browser.Evaluate("[...document.querySelectorAll('figure .value')].map(v => v.textContent).join(' ')", cancel));
        Assert.Empty(browser.Complaints);
    }

    [Theory]
    [InlineData("step,loss\n", "there is no line of numbers yet")]
    [InlineData("step,loss\n1,2,3\n", "metrics.csv(2): 3 values where line 1 names 2 columns")]
    [InlineData("step,loss\n1,2\nx,3\n", "metrics.csv(3): 'x' is no step")]
    public async Task ErrorsNameTheLine(string metrics, string message)
    {
        using var folder = SmallModel.Folder();
        Assert.Contains(message, await Report(folder, metrics), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoMetrics()
    {
        using var folder = SmallModel.Folder();
        var (code, _, error) = await SmallModel.Run("report", folder["nowhere"]);
        Assert.Equal(1, code);
        Assert.Contains("there is no such file", error, StringComparison.Ordinal);
    }
}
