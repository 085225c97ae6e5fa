using System.Text.Json;
using HrmGen.Optimizers;
using HrmGen.Tests.Fixtures;

namespace HrmGen.Tests.Optimizers;

public class LearningRateScheduleTests
{
    [Fact]
    public void Rates_equal_the_official_ones()
    {
        using var file = JsonDocument.Parse(File.ReadAllText(Path.Combine(OperatorFixture.Folder, "schedule.json")));
        var compared = 0;
        foreach (var setting in file.RootElement.GetProperty("settings").EnumerateArray())
        {
            double Number(string name) => setting.GetProperty(name).GetDouble();
            foreach (var pair in setting.GetProperty("values").EnumerateArray())
            {
                var (step, expected) = (pair[0].GetInt64(), pair[1].GetDouble());
                var actual = LearningRateSchedule.CosineWithWarmup(
                    step, Number("base_lr"), Number("lr_warmup_steps"), setting.GetProperty("total_steps").GetInt64(), Number("lr_min_ratio"));
                Assert.True(
                    Math.Abs(actual - expected) <= 1e-13 * Math.Abs(expected),
                    $"{setting.GetProperty("lr_warmup_steps")} of {setting.GetProperty("total_steps")}, step {step}: {actual:R}, not {expected:R}");
                compared++;
            }
        }
        Assert.True(compared > 100);
    }
}
