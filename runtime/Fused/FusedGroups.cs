using System.Runtime.ExceptionServices;
using HrmGen.Kernels;

namespace HrmGen.Fused;

/// <summary>How a batch is divided: into groups of examples that are computed one after the other on a thread.</summary>
/// <param name="Batch">Examples.</param>
/// <param name="Count">Groups.</param>
internal sealed record FusedGroups(long Batch, int Count)
{
    // What a group works in should fit the second-level cache of a core, which has 1 MB on server CPUs of today and 0.5 to 2 on others.
    private const long CacheBytes = 768 * 1024;

    // Fewer rows make products slow: each reads the whole weight, and one of bfloat16 takes microseconds to begin.
    private static unsafe long FewestRows<T>()
        where T : unmanaged => sizeof(T) == sizeof(ushort) ? 384 : 64;

    /// <summary>One group of all.</summary>
    public static FusedGroups Whole(long batch) => new(batch, 1);

    /// <summary>As many groups for each thread, of nearly equal sizes.</summary>
    public static FusedGroups Of<T>(FusedPlan<T> plan, long batch)
        where T : unmanaged
    {
        var threads = Workers.Threads;
        if (batch < threads || plan.IsWatched)
        {
            return Whole(batch);
        }

        var examples = Math.Max((FewestRows<T>() + plan.Positions - 1) / plan.Positions, CacheBytes / plan.ForwardBytes);
        var rounds = Math.Max(1, (batch + (threads * examples) - 1) / (threads * examples));
        return new(batch, (int)Math.Min(batch, threads * rounds));
    }

    /// <summary>Calls <paramref name="body"/> once on each thread with that thread's groups, in order.</summary>
    /// <param name="body">Takes the first group and all of them: number, first example, number of examples. What it throws is thrown here.</param>
    public void ForEachThread(Action<int, IEnumerable<(int Group, long First, long Count)>> body)
    {
        ExceptionDispatchInfo? failure = null;
        Workers.For(Count, 1, (begin, end) =>
        {
            try
            {
                body((int)begin, Between((int)begin, (int)end));
            }
#pragma warning disable CA1031 // An exception that leaves a native thread's callback ends the process.
            catch (Exception e)
#pragma warning restore CA1031
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        failure?.Throw();
    }

    private IEnumerable<(int Group, long First, long Count)> Between(int begin, int end)
    {
        for (var group = begin; group < end; group++)
        {
            var first = Batch * group / Count;
            yield return (group, first, (Batch * (group + 1) / Count) - first);
        }
    }
}
