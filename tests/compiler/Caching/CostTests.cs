using HrmGen.Compiler.Tests.Support;
using Microsoft.CodeAnalysis;

namespace HrmGen.Compiler.Tests.Caching;

/// <summary>What a whole generation costs, by the clock.</summary>
[Collection(nameof(CostTests))]
public sealed class CostTests
{
    // More rounds only where the first ones fail: a busy machine may pass later, a quadratic step never does.
    private const int MinRounds = 5;
    private const int MaxRounds = 30;

    private static readonly Compilation User = GeneratorHost.Compilation("class User { }");

    public CostTests() => Measure(new SpecProject(20)); // the JIT's part

    [Fact]
    public void A_whole_cold_generation_of_200_specs_takes_less_than_2_s()
    {
        var (time, _) = Measure(new SpecProject(200));
        Assert.True(time < TimeSpan.FromSeconds(2), $"{time.TotalMilliseconds:F0} ms");
    }

    [Fact]
    public void A_spec_among_400_costs_no_more_than_1_3_times_one_among_100()
    {
        var (few, many) = (new SpecProject(100), new SpecProject(400));
        var (fewTime, manyTime) = (TimeSpan.MaxValue, TimeSpan.MaxValue);
        var ratio = double.PositiveInfinity;

        // Both in turn, and the fastest run of each: what else the machine does only ever adds.
        for (var round = 0; round < MinRounds || (ratio > 1.3 && round < MaxRounds); round++)
        {
            // As much work on both sides, so that both have the same chances of a quiet moment.
            for (var run = 0; run < 4; run++)
            {
                fewTime = Min(fewTime, Measure(few).Time);
            }

            manyTime = Min(manyTime, Measure(many).Time);
            ratio = manyTime / fewTime / 4;
        }

        Assert.True(ratio <= 1.3, $"{ratio:F2}: {fewTime.TotalMilliseconds:F1} ms for 100, {manyTime.TotalMilliseconds:F1} ms for 400");
    }

    [Fact]
    public void A_spec_among_400_allocates_as_much_as_one_among_100()
    {
        var ratio = (double)Measure(new SpecProject(400)).Bytes / Measure(new SpecProject(100)).Bytes / 4;
        Assert.InRange(ratio, 0.9, 1.1);
    }

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;

    private static (TimeSpan Time, long Bytes) Measure(SpecProject project)
    {
        GC.Collect();
        var bytes = GC.GetAllocatedBytesForCurrentThread();
        var begun = ThreadTime.Now;
        var driver = GeneratorHost.Driver(project.Files, track: false).RunGenerators(User);
        var time = ThreadTime.Now - begun;
        bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;
        Assert.Empty(driver.GetRunResult().Diagnostics);
        return (time, bytes);
    }
}

/// <summary>Runs when the other tests are through: they would take its processor.</summary>
[CollectionDefinition(nameof(CostTests), DisableParallelization = true)]
public sealed class CostCollection;
