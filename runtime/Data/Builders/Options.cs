using System.Globalization;

namespace HrmGen.Data.Builders;

/// <summary>Checks of options that come from a user.</summary>
internal static class Options
{
    /// <exception cref="HrmGenException">The value is smaller.</exception>
    public static void RequireAtLeast(string what, long? value, long minimum)
    {
        if (value < minimum)
        {
            throw new HrmGenException(string.Create(
                CultureInfo.InvariantCulture, $"{char.ToUpperInvariant(what[0])}{what[1..]} is {value}. Give {minimum} or more."));
        }
    }

    /// <exception cref="HrmGenException">The value is greater.</exception>
    public static void RequireAtMost(string what, long value, long maximum)
    {
        if (value > maximum)
        {
            throw new HrmGenException(string.Create(
                CultureInfo.InvariantCulture, $"{char.ToUpperInvariant(what[0])}{what[1..]} is {value}. Give {maximum} or less."));
        }
    }
}
