using System.Diagnostics;

namespace HrmGen.Benchmarks.Measuring;

/// <summary>Several sides measured in turn: what else runs on the machine hits all of them alike.</summary>
internal static class Turns
{
    /// <summary>Milliseconds of each side, turn by turn. The order turns from turn to turn, so that no side always follows the same one.</summary>
    /// <param name="sides">What to measure.</param>
    /// <param name="count">Turns.</param>
    /// <param name="warmup">Turns before them, which do not count.</param>
    /// <param name="prepare">Called before each side, outside of the measured time.</param>
    /// <param name="processor">Whether processor time counts instead of the clock's: what else runs hardly changes it, and threads add up in it.</param>
    public static IEnumerable<double[]> Of(IReadOnlyList<Action> sides, int count, int warmup = 3, Action<int>? prepare = null, bool processor = false)
    {
        for (var turn = -warmup; turn < count; turn++)
        {
            var times = new double[sides.Count];
            for (var i = 0; i < sides.Count; i++)
            {
                var side = (i + Math.Abs(turn)) % sides.Count;
                prepare?.Invoke(side);
                var (clock, used) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
                sides[side]();
                times[side] = (processor ? Environment.CpuUsage.TotalTime - used : Stopwatch.GetElapsedTime(clock)).TotalMilliseconds;
            }

            if (turn >= 0)
            {
                yield return times;
            }
        }
    }
}
