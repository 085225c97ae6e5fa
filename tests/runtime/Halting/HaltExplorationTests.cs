using HrmGen.Halting;
using HrmGen.Tests.Models;
using static TorchSharp.torch;

namespace HrmGen.Tests.Halting;

public class HaltExplorationTests
{
    [Fact]
    public void Every_step_draws_anew_or_every_sample_once()
    {
        using var scope = NewDisposeScope();
        using var exploration = new HaltExploration(3);
        var (held, anew, changed) = (0, 0, 0);
        var first = exploration.MinHaltStepsOfSample(ones(2000, dtype: int32), 0.5, 9).Ints();
        for (var step = 2; step <= 6; step++)
        {
            // The first half of the rows begins a new example at the fourth call.
            var steps = cat([full(1000, step == 4 ? 1 : step, dtype: int32), full(1000, step, dtype: int32)]);
            var drawn = exploration.MinHaltStepsOfSample(steps, 0.5, 9).Ints();
            if (step == 4)
            {
                anew = drawn.Take(1000).Zip(first).Count(p => p.First != p.Second);
                Assert.Equal(first.Skip(1000), drawn.Skip(1000));
                first = drawn;
            }

            held += drawn.Zip(first).Count(p => p.First == p.Second);
        }

        Assert.Equal(5 * 2000, held);
        Assert.InRange(anew, 600, 850);

        // As in the official code: no memory.
        var old = exploration.MinHaltSteps(full(2000, 3, dtype: int32), 0.5, 9).Ints();
        changed = exploration.MinHaltSteps(full(2000, 4, dtype: int32), 0.5, 9).Ints().Zip(old).Count(p => p.First != p.Second);
        Assert.InRange(changed, 1200, 1700);
    }
}
