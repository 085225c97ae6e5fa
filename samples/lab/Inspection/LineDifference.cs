namespace HrmGen.Lab.Inspection;

/// <summary>Lines that two texts share and lines that only one has, by their longest common subsequence.</summary>
internal static class LineDifference
{
    /// <summary>The lines of both, each behind a blank, a - or a +.</summary>
    public static IEnumerable<string> Of(IReadOnlyList<string> old, IReadOnlyList<string> now)
    {
        // Programs have a few dozen lines: the table of all pairs costs nothing.
        var common = new int[old.Count + 1, now.Count + 1];
        for (var i = old.Count - 1; i >= 0; i--)
        {
            for (var j = now.Count - 1; j >= 0; j--)
            {
                common[i, j] = old[i] == now[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
            }
        }

        var (left, right) = (0, 0);
        while (left < old.Count || right < now.Count)
        {
            if (left < old.Count && right < now.Count && old[left] == now[right])
            {
                (left, right) = (left + 1, right + 1);
                yield return "  " + old[left - 1];
            }
            else if (right == now.Count || (left < old.Count && common[left + 1, right] >= common[left, right + 1]))
            {
                yield return "- " + old[left++];
            }
            else
            {
                yield return "+ " + now[right++];
            }
        }
    }
}
