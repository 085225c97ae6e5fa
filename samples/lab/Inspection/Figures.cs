using System.Globalization;

namespace HrmGen.Lab.Inspection;

/// <summary>Numbers for people, the same under every culture.</summary>
internal static class Figures
{
    public static string Whole(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Operations, in billions; below one in millions.</summary>
    public static string Flops(double value) => value < 1e9
        ? (value / 1e6).ToString("N2", CultureInfo.InvariantCulture) + " MFLOPs"
        : (value / 1e9).ToString("N2", CultureInfo.InvariantCulture) + " GFLOPs";

    public static string MiB(double bytes) => (bytes / (1 << 20)).ToString("N1", CultureInfo.InvariantCulture) + " MiB";
}
