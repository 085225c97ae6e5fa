using HrmGen.Lab.Runs;

namespace HrmGen.Lab.Tests.Training;

public sealed class MetricLogsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("hrmgen-logs-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Rows_beyond_the_step_that_a_run_goes_on_from_are_dropped_and_half_lines_too()
    {
        var logs = new MetricLogs(folder, "metrics", 0);
        logs.Add(1, [("loss", 2), ("lr", 0.5)]);
        logs.Add(2, [("loss", double.NaN), ("lr", 0.25)]);
        logs.Add(3, [("loss", 1), ("lr", 0.125)]);
        File.AppendAllText(Path.Combine(folder, "metrics.csv"), "4,0.");
        File.AppendAllText(Path.Combine(folder, "metrics.jsonl"), "{\"step\":4,\"lo");

        new MetricLogs(folder, "metrics", 2).Add(3, [("loss", 1.5), ("lr", 0.125)]);

        Assert.Equal(["step,loss,lr", "1,2,0.5", "2,,0.25", "3,1.5,0.125"], File.ReadAllLines(Path.Combine(folder, "metrics.csv")));
        Assert.Equal(["{\"step\":1,\"loss\":2,\"lr\":0.5}", "{\"step\":2,\"loss\":null,\"lr\":0.25}", "{\"step\":3,\"loss\":1.5,\"lr\":0.125}"], File.ReadAllLines(Path.Combine(folder, "metrics.jsonl")));
    }
}
