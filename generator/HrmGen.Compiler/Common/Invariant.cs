using System.Globalization;

namespace HrmGen.Compiler;

/// <summary>Numbers and names as text, the same under every culture.</summary>
public static class Invariant
{
    /// <summary>A whole number.</summary>
    public static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A number in its shortest form that reads back equal, as valid C# (<c>0.5</c>, <c>1E-05</c>, <c>1.0</c>).</summary>
    public static string Text(double value)
    {
        // .NET Framework's "R" can print a digit too few; 17 digits always read back.
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        if (double.Parse(text, CultureInfo.InvariantCulture) != value)
        {
            text = value.ToString("G17", CultureInfo.InvariantCulture);
        }

        return text.Contains('.') || text.Contains('E') ? text : text + ".0";
    }

    /// <summary>With thousands separators, for people.</summary>
    public static string Grouped(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Formats with the invariant culture.</summary>
    public static string Format(FormattableString text) => FormattableString.Invariant(text);
}
