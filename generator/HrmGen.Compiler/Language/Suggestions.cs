namespace HrmGen.Compiler.Language;

/// <summary>The likely spelling of a word that is not known.</summary>
public static class Suggestions
{
    /// <summary>" (did you mean 'x'?)", or "" where nothing is near.</summary>
    public static string DidYouMean(string word, IEnumerable<string> candidates)
    {
        var best = Nearest(word, candidates);
        return best is null ? "" : $" (did you mean '{best}'?)";
    }

    /// <summary>The candidate at the smallest edit distance, where that is small for the word's length.</summary>
    public static string? Nearest(string word, IEnumerable<string> candidates)
    {
        if (word.Length > 64)
        {
            return null;
        }

        var limit = Math.Max(1, word.Length / 3);
        return candidates
            .Where(c => Math.Abs(c.Length - word.Length) <= limit) // the distance is no smaller
            .Select(c => (Candidate: c, Distance: Distance(word, c)))
            .Where(p => p.Distance <= limit)
            .OrderBy(p => p.Distance)
            .ThenBy(p => p.Candidate, StringComparer.Ordinal)
            .Select(p => p.Candidate)
            .FirstOrDefault();
    }

    // Optimal string alignment: a swap of neighbours counts once, and case does not count.
    private static int Distance(string left, string right)
    {
        var (a, b) = (left.ToLowerInvariant(), right.ToLowerInvariant());
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            d[i, 0] = i;
        }

        for (var j = 0; j <= b.Length; j++)
        {
            d[0, j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = a[i - 1] == b[j - 1] ? 0 : 1;
                d[i, j] = Math.Min(Math.Min(d[i - 1, j] + 1, d[i, j - 1] + 1), d[i - 1, j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
                }
            }
        }

        return d[a.Length, b.Length];
    }
}
