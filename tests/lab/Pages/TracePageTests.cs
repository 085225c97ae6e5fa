using System.Globalization;
using HrmGen.Lab.Tests.Solving;
using HrmGen.Lab.Tests.Support;

namespace HrmGen.Lab.Tests.Pages;

/// <summary>The trace page in a real browser: moved by keyboard, it shows the model's digits at every step, and complains of nothing.</summary>
public sealed class TracePageTests
{
    private const string Puzzle = ".1.3...2.....4..";
    private const string Digits = "[...document.querySelectorAll('#board .glyph')].map(g => g.textContent).join('')";
    private const string Changed = "[...document.querySelectorAll('#board td.changed')].map(c => c.dataset.cell).join(' ')";

    private static async Task<string> Trace(SmallModel.TemporaryFolder folder, long seed)
    {
        var page = folder["trace.html"];
        var (code, _, error) = await SmallModel.Run("solve", SmallModel.Name, Puzzle, "--checkpoint", SmallModel.Weights(folder, seed), "--trace", page);
        Assert.True(code == 0, error);
        return page;
    }

    [Fact]
    public async Task NeedsNothingButItself()
    {
        using var folder = SmallModel.Folder();
        var html = await File.ReadAllTextAsync(await Trace(folder, seed: 5));
        Assert.DoesNotContain("http", html.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("src=", html, StringComparison.OrdinalIgnoreCase);
        var summary = html[html.IndexOf("<noscript>", StringComparison.Ordinal)..html.IndexOf("</noscript>", StringComparison.Ordinal)];
        Assert.Contains("step 4", summary, StringComparison.Ordinal);
        Assert.Contains("answer ", summary, StringComparison.Ordinal);
        Assert.False(File.Exists(folder["trace.html.tmp"]));
    }

    [BrowserFact]
    public async Task ForwardAndBackByKeyboard()
    {
        using var folder = SmallModel.Folder();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        var cancel = limit.Token;
        await using var browser = await Browser.Open(await Trace(folder, seed: 5), cancel);
        var boards = Boards(folder);

        await Shows(0);
        for (var step = 1; step <= 4; step++)
        {
            await browser.Press("ArrowRight", cancel);
            await Shows(step);
        }

        await browser.Press("ArrowRight", cancel);
        await Shows(4);
        await browser.Press("ArrowLeft", cancel);
        await Shows(3);
        await browser.Press("Home", cancel);
        await Shows(0);
        await browser.Press("End", cancel);
        await Shows(4);

        // The same keys on the slider itself: one step a press, not two.
        await browser.Evaluate("document.getElementById('time').focus()", cancel);
        await browser.Press("ArrowLeft", cancel);
        await Shows(3);
        await browser.Press("Home", cancel);
        await Shows(0);

        // And a button, reached by keyboard.
        await browser.Press("Tab", cancel);
        Assert.Equal("forward", await browser.Evaluate("document.activeElement.id", cancel));
        Assert.NotEqual("none", await browser.Evaluate("getComputedStyle(document.activeElement).outlineStyle", cancel));
        Assert.Empty(browser.Complaints);

        async Task Shows(int step)
        {
            // The slider moves a little after its key; what moves twice has done so two frames later.
            await browser.Until($"document.getElementById('time').value === '{step}'", cancel);
            await browser.Evaluate("requestAnimationFrame(() => requestAnimationFrame(() => window.frames2 = true))", cancel);
            await browser.Until("window.frames2", cancel);
            await browser.Evaluate("window.frames2 = false", cancel);
            Assert.Equal(boards[step], await browser.Evaluate(Digits, cancel));
            var changed = step == 0 ? [] : Enumerable.Range(0, 16).Where(i => boards[step][i] != boards[step - 1][i]);
            Assert.Equal(string.Join(' ', changed), await browser.Evaluate(Changed, cancel));
            Assert.Equal(step.ToString(CultureInfo.InvariantCulture), await browser.Evaluate("document.getElementById('time').value", cancel));
            Assert.Equal(step == 0 ? "The puzzle" : $"Step {step} of 4", await browser.Evaluate("document.getElementById('time').getAttribute('aria-valuetext')", cancel));
        }
    }

    [BrowserFact]
    public async Task ShowsHaltingResidualsAndBothSchemes()
    {
        using var folder = SmallModel.Folder();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        var cancel = limit.Token;
        await using var browser = await Browser.Open(await Trace(folder, seed: 5), cancel);

        // Four probabilities of halting; two updates of z_L and one of z_H a step, the first of each without a value before it.
        Assert.Equal("4", await browser.Evaluate("document.querySelectorAll('#halt circle').length", cancel));
        Assert.Equal("z_L 7, z_H 3", await browser.Evaluate("['z_L', 'z_H'].map(n => n + ' ' + [...document.querySelectorAll('#residuals circle title')].filter(t => t.textContent.startsWith(n)).length).join(', ')", cancel));
        Assert.Equal("16", await browser.Evaluate("document.querySelectorAll('#board td[aria-label]').length", cancel));
        await browser.Scheme("light", cancel);
        var light = await browser.Evaluate("getComputedStyle(document.body).backgroundColor", cancel);
        await browser.Scheme("dark", cancel);
        Assert.NotEqual(light, await browser.Evaluate("getComputedStyle(document.body).backgroundColor", cancel));
        Assert.Empty(browser.Complaints);
    }

    // The question, then the model's answers.
    private static string[] Boards(SmallModel.TemporaryFolder folder) => [Puzzle, .. SolveTests.Boards(Puzzle, folder["weights.safetensors"]).Select(b => string.Concat(b.Select(t => t == 0 ? "?" : t == 1 ? "." : (t - 1).ToString(CultureInfo.InvariantCulture))))];
}
