using System.Globalization;
using HrmGen.Lab.Analysis;
using HrmGen.Lab.Tests.Support;
using static TorchSharp.torch;

namespace HrmGen.Lab.Tests.Pages;

/// <summary><c>hrmgen analyze</c>, and the numbers behind it.</summary>
public sealed class AnalyzeTests
{
    /// <summary>Three directions with variances 4, 4 and 0 are two; a line is one.</summary>
    [Fact]
    public void ParticipationRatio()
    {
        Native.NativeLibraries.Ensure();
        using var scope = NewDisposeScope();
        Assert.Equal(2, Spread.ParticipationRatio(tensor(new double[,] { { 2, 0, 5 }, { -2, 0, 5 }, { 0, 2, 5 }, { 0, -2, 5 } })), 9);
        Assert.Equal(1, Spread.ParticipationRatio(tensor(new double[,] { { 1, 2, 3 }, { 2, 4, 6 }, { 5, 10, 15 } })), 9);
        Assert.Equal(0, Spread.ParticipationRatio(ones(4, 3, float64)));
    }

    [Fact]
    public void PrincipalComponents()
    {
        Native.NativeLibraries.Ensure();
        using var scope = NewDisposeScope();

        // Along the second axis first, then the third; the first is constant.
        var (coordinates, first, second) = Spread.Principal(tensor(new double[,] { { 7, 3, 0 }, { 7, -3, 0 }, { 7, 0, 1 }, { 7, 0, -1 } }));
        Assert.Equal([3, 0, -3, 0, 0, 1, 0, -1], coordinates.data<double>().Select(v => Math.Round(v, 9) + 0.0));
        Assert.Equal((0.9, 0.1), (Math.Round(first, 9), Math.Round(second, 9)));
    }

    [Fact]
    public async Task WritesALineForEveryUpdate()
    {
        using var folder = SmallModel.Folder();
        var (code, output, error) = await SmallModel.Run(
            "analyze", SmallModel.Name, "--data", SmallModel.Sudoku4, "--checkpoint", SmallModel.Weights(folder, seed: 5), "--puzzles", "3", "--output", folder["out"]);
        Assert.True(code == 0, error);
        Assert.Contains("z_H: the last update changes it by ", output, StringComparison.Ordinal);
        var updates = (await File.ReadAllLinesAsync(folder["out/updates.csv"])).Select(l => l.Split(',')).ToList();
        Assert.Equal(["latent", "step", "update", "mean_residual", "max_residual", "participation_ratio"], updates[0]);
        var places = Enumerable.Range(1, 4).SelectMany(s => new[] { $"z_L {s} 1", $"z_L {s} 2" }).Concat(Enumerable.Range(1, 4).Select(s => $"z_H {s} 3"));
        Assert.Equal(places, updates.Skip(1).Select(u => $"{u[0]} {u[1]} {u[2]}"));

        // All but the first update of a latent have a value before them.
        Assert.Equal(["z_L 1 1", "z_H 1 3"], updates.Skip(1).Where(u => u[3].Length == 0).Select(u => $"{u[0]} {u[1]} {u[2]}"));
        Assert.All(updates.Skip(1).Where(u => u[3].Length > 0), u => Assert.InRange(Number(u[3]), double.Epsilon, Number(u[4])));
        Assert.Equal(1 + (12 * 3), (await File.ReadAllLinesAsync(folder["out/trajectory.csv"])).Length);
    }

    [BrowserFact]
    public async Task ThePageDrawsEveryLatent()
    {
        using var folder = SmallModel.Folder();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        var cancel = limit.Token;
        var (code, _, error) = await SmallModel.Run("analyze", SmallModel.Name, "--data", SmallModel.Sudoku4, "--puzzles", "3", "--output", folder["out"]);
        Assert.True(code == 0, error);
        await using var browser = await Browser.Open(folder["out/analysis.html"], cancel);
        Assert.Equal("4 6", await browser.Evaluate("document.querySelectorAll('svg.chart').length + ' ' + document.querySelectorAll('.path').length", cancel));
        Assert.Empty(browser.Complaints);
    }

    [Fact]
    public async Task OnePuzzleIsNoSpread()
    {
        var (code, _, error) = await SmallModel.Run("analyze", SmallModel.Name, "--data", SmallModel.Sudoku4, "--puzzles", "1");
        Assert.Equal(1, code);
        Assert.Contains("takes at least 2", error, StringComparison.Ordinal);
    }

    /// <summary>A run says its model, its puzzles and its weights; options come before what it says.</summary>
    [Fact]
    public async Task ARunSaysEverything()
    {
        using var folder = SmallModel.Folder();
        var run = folder["run"];
        Task<(int Code, string Output, string Error)> Analyze(params string[] more) => SmallModel.Run(["analyze", run, "--puzzles", "2", "--output", folder["out"], .. more]);
        var trained = await SmallModel.Run("train", SmallModel.Name, "--data", SmallModel.Sudoku4, "--out", run, "--set", "steps=1", "batch_size=4");
        Assert.True(trained.Code == 0, trained.Error);

        var own = await Analyze();
        Assert.True(own.Code == 0, own.Error);
        Assert.StartsWith(SmallModel.Name + ", " + Path.Combine(run, "checkpoints"), own.Output, StringComparison.Ordinal);
        Assert.Contains($"; {SmallModel.Sudoku4} (test)\n", own.Output, StringComparison.Ordinal);

        var weights = SmallModel.Weights(folder, seed: 5);
        Assert.StartsWith($"{SmallModel.Name}, {weights}; ", (await Analyze("--checkpoint", weights)).Output, StringComparison.Ordinal);

        // The data set moved.
        var manifest = Path.Combine(run, "run.json");
        var text = await File.ReadAllTextAsync(manifest);
        await File.WriteAllTextAsync(manifest, text.Replace(SmallModel.Sudoku4, "/moved", StringComparison.Ordinal));
        var moved = await Analyze();
        Assert.Equal((1, $"error: {run}: the run's data set was in '/moved', where nothing is now; say with --data where it is\n"), (moved.Code, moved.Error));
        Assert.Equal(0, (await Analyze("--data", SmallModel.Sudoku4)).Code);

        await File.WriteAllTextAsync(manifest, text.Replace(SmallModel.Name, "Gone", StringComparison.Ordinal));
        Assert.StartsWith($"error: {run}: the run is one of 'Gone', and there is no such model here", (await Analyze()).Error, StringComparison.Ordinal);
        await File.WriteAllTextAsync(manifest, "{");
        Assert.StartsWith($"error: {manifest}: 'model' cannot be read", (await Analyze()).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatIsNoRunIsSaid()
    {
        using var folder = SmallModel.Folder();
        var empty = Directory.CreateDirectory(folder["empty"]).FullName;
        Assert.Equal($"error: {empty} holds no run: there is no run.json in it\n", (await SmallModel.Run("analyze", empty)).Error);
        Assert.StartsWith($"error: There is no model '{folder["nothing"]}'", (await SmallModel.Run("analyze", folder["nothing"])).Error, StringComparison.Ordinal);
        Assert.StartsWith($"error: {SmallModel.Name} is a model: say with --data which puzzles to look at", (await SmallModel.Run("analyze", SmallModel.Name)).Error, StringComparison.Ordinal);
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
