using System.Text.Json;
using HrmGen.Lab.Sweeps;
using HrmGen.Lab.Tests.Support;

namespace HrmGen.Lab.Tests.Training;

public sealed class SweepTests : IDisposable
{
    private static readonly string Data = SmallModel.Sudoku4;

    private readonly string folder = Directory.CreateTempSubdirectory("hrmgen-sweep-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_sweep_trains_every_model_with_every_seed_once()
    {
        string[] command = ["sweep", "ClaimBaseline_Sudoku4", "ClaimHalting_Sudoku4_None", "ClaimHalting_Sudoku4_Both", "--data", Data, "--seeds", "2", "--set", "steps=3", "batch_size=8", "--out", folder];
        var first = await LabRun.Of(command);
        Assert.True(first.Code == 0, first.Error);
        var files = Directory.EnumerateFiles(folder, "*.json").ToDictionary(f => f, File.GetLastWriteTimeUtc);
        Assert.Equal(6, files.Count);
        Assert.Equal(3, File.ReadLines(Path.Combine(folder, "table.md")).Count(l => l.StartsWith("| Claim", StringComparison.Ordinal)));

        // What is there is read, what is lost or damaged is made again, to the same numbers.
        var lost = files.Keys.Order(StringComparer.Ordinal).First();
        var before = JsonSerializer.Deserialize(File.ReadAllText(lost), SweepJson.Default.SweepResult)!;
        File.WriteAllText(lost, "{ half");
        var second = await LabRun.Of(command);
        Assert.True(second.Code == 0, second.Error);
        Assert.All(files.Where(f => f.Key != lost), f => Assert.Equal(f.Value, File.GetLastWriteTimeUtc(f.Key)));
        var after = JsonSerializer.Deserialize(File.ReadAllText(lost), SweepJson.Default.SweepResult)!;
        Assert.Equal((before.Exact, before.TrainingSteps, before.Model), (after.Exact, after.TrainingSteps, after.Model));
    }

    [Fact]
    public async Task A_pattern_stands_for_the_models_that_it_fits()
    {
        var run = await LabRun.Of("sweep", "claimhalting_*4_*", "ClaimBaseline_Sudoku4", "--data", Data, "--seeds", "1", "--set", "steps=1", "batch_size=4", "--out", folder);
        Assert.True(run.Code == 0, run.Error);
        Assert.Equal(
            ["ClaimBaseline_Sudoku4-0.json", "ClaimHalting_Sudoku4_Both-0.json", "ClaimHalting_Sudoku4_None-0.json"],
            Directory.EnumerateFiles(folder, "*.json").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));
        Assert.Contains("There is no model 'Claim*9'", await LabRun.Error_of("sweep", "Claim*9", "--data", Data, "--out", folder), StringComparison.Ordinal);
        Assert.Contains("holds several models", await LabRun.Error_of("train", "Claim*", "--data", Data), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_result_of_another_learning_rate_or_refill_is_made_again()
    {
        string[] command = ["sweep", "ClaimBaseline_Sudoku4", "--data", Data, "--seeds", "1", "--out", folder, "--set", "steps=1", "batch_size=4"];
        async Task<(double Rate, bool FromQueue, DateTime Written)> Made(params string[] options)
        {
            var run = await LabRun.Of([.. command, .. options]);
            Assert.True(run.Code == 0, run.Error);
            var file = Assert.Single(Directory.EnumerateFiles(folder, "*.json"));
            var result = JsonSerializer.Deserialize(File.ReadAllText(file), SweepJson.Default.SweepResult)!;
            return (result.LearningRate, result.FromQueue, File.GetLastWriteTimeUtc(file));
        }

        var first = await Made("lr=0.003");
        Assert.Equal(first, await Made("lr=0.003"));
        Assert.Equal((0.003, false), (first.Rate, first.FromQueue));
        Assert.Equal(0.001, (await Made("lr=0.001")).Rate);
        Assert.True((await Made("lr=0.001", "data.refill=queue")).FromQueue);
    }

    [Fact]
    public async Task Each_model_takes_the_data_that_fits_it()
    {
        var maze = Path.Combine(folder, "maze8");
        Assert.Equal(0, (await LabRun.Of("data", "generate", "maze", "--side", "8", "--train", "8", "--test", "4", "--out", maze)).Code);
        string[] command = ["sweep", "claims/baseline", "--seeds", "1", "--set", "steps=1", "batch_size=4", "--out", folder, "--data"];
        var both = await LabRun.Of([.. command, maze, Data]);
        Assert.True(both.Code == 0, both.Error);
        Assert.Equal(2, File.ReadLines(Path.Combine(folder, "table.md")).Count(l => l.StartsWith("| Claim", StringComparison.Ordinal)));

        var one = await LabRun.Of([.. command, Data]);
        Assert.NotEqual(0, one.Code);
        Assert.Contains("this data set is not the one that the model was compiled for", one.Error, StringComparison.Ordinal);
    }

    /// <summary>What the repository holds was made by this code's models: its sweep makes none of it again.</summary>
    [Fact]
    public async Task The_committed_results_are_read()
    {
        const string Model = "ClaimBaseline_Sudoku4";
        foreach (var seed in new[] { 0, 1, 2 })
        {
            File.Copy(Path.Combine(Repository.Root, "tests", "benchmarks", "results", "claims", $"{Model}-{seed}.json"), Path.Combine(folder, $"{Model}-{seed}.json"));
        }

        var files = Directory.EnumerateFiles(folder).ToDictionary(f => f, File.ReadAllText);
        var run = await LabRun.Of("sweep", Model, "--data", Data, "--out", folder);
        Assert.True(run.Code == 0, run.Error);
        Assert.All(files, f => Assert.Equal(f.Value, File.ReadAllText(f.Key)));
    }

    [Fact]
    public void The_table_has_means_and_sample_deviations()
    {
        Assert.Equal("2.0 ± 1.0", SweepTable.Spread([1, 2, 3], "0.0"));
        Assert.Equal("2.0", SweepTable.Spread([2], "0.0"));
        SweepResult Run(long seed, double exact, double[] halt) => new("M", seed, "", "", 10, exact, [0.25, exact], 1.5, 0.25, halt, [], 2);
        var row = SweepTable.Write([Run(0, 0.5, [0.1, 0.9]), Run(1, 0.7, [0.3, 0.7])]).Split('\n')[2];
        Assert.Equal("| M | 60.0 ± 14.1 | 1.50 ± 0.00 | 0.250 ± 0.000 | 25.0 60.0 | 0.20 0.80 |  | 2 |", row);
    }
}
