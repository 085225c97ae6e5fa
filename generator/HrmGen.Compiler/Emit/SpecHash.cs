using System.Security.Cryptography;
using System.Text;

namespace HrmGen.Compiler.Emit;

/// <summary>
/// What tells a model from every other one, for its checkpoints: SHA-256 over the code that it was compiled to. Training options, which
/// may change at run time, are not part of that code; comments, namespace and the spec's path do not count.
/// </summary>
internal static class SpecHash
{
    private static readonly string[] notCounted = ["//", "using HrmGen", "using static", "namespace "];

    /// <summary>The hash of emitted code, 64 hexadecimal digits.</summary>
    public static string Of(params string[] texts)
    {
        var text = new StringBuilder();
        foreach (var line in texts.SelectMany(t => t.Split('\n')).Select(l => l.Trim()).Where(Counts))
        {
            _ = text.Append(line).Append('\n');
        }

        using var sha = SHA256.Create();
        return string.Concat(sha.ComputeHash(Encoding.UTF8.GetBytes(text.ToString())).Select(b => b.ToString("x2", System.Globalization.CultureInfo.InvariantCulture)));
    }

    private static bool Counts(string line) => line.Length > 0 && !Array.Exists(notCounted, start => line.StartsWith(start, StringComparison.Ordinal));
}
