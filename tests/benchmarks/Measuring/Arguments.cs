using System.Globalization;

namespace HrmGen.Benchmarks.Measuring;

/// <summary>Options of a command.</summary>
internal static class Arguments
{
    /// <summary>The number behind a name, or another one where the name is not there.</summary>
    public static int Number(string[] args, string name, int otherwise) => int.TryParse(Text(args, name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;

    /// <summary>The text behind a name, or none.</summary>
    public static string Text(string[] args, string name) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : "";
}
