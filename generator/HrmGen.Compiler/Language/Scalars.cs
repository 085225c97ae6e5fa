using System.Globalization;
using HrmGen.Compiler.Parsing;

namespace HrmGen.Compiler.Language;

/// <summary>Numbers in scalars, by YAML's core schema.</summary>
internal static class Scalars
{
    private const NumberStyles Decimal = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>The scalar as a number, or null where it is none; quoted scalars never are.</summary>
    public static double? Number(SpecScalar scalar) =>
        !scalar.Quoted && scalar.Text.Length <= 64 && double.TryParse(scalar.Text, Decimal, CultureInfo.InvariantCulture, out var value) ? value : null;

    /// <summary>The scalar as true or false, or null where it is neither.</summary>
    public static bool? Flag(SpecScalar scalar) => (scalar.Quoted, scalar.Text) switch
    {
        (false, "true" or "True" or "TRUE") => true,
        (false, "false" or "False" or "FALSE") => false,
        _ => null,
    };

    /// <summary>The scalar as a whole number that fits 64 bits, or null.</summary>
    public static long? Integer(SpecScalar scalar)
    {
        if (!scalar.Quoted && long.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
        {
            return value;
        }

        // "1e3" is a whole number too.
        return Number(scalar) is { } number && number == Math.Floor(number) && Math.Abs(number) < 1e15 ? (long)number : null;
    }
}
