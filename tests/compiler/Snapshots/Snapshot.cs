using System.Text;
using HrmGen.Compiler.Tests.Support;

namespace HrmGen.Compiler.Tests.Snapshots;

/// <summary>
/// Compares text with an accepted file, by Verify's conventions: <c>Name.verified.cs</c> holds what was accepted, a
/// mismatch leaves <c>Name.received.cs</c> beside it, and renaming that accepts it. Nothing accepts by itself.
/// </summary>
/// <remarks>The engine is this comparer, or Verify.Xunit under <c>-p:SnapshotEngine=Verify</c>, over the same files.</remarks>
internal static class Snapshot
{
    private static string Folder => Path.Combine(Repository.Tests, "Snapshots", "Accepted");

    /// <summary>Fails unless every text is the accepted one.</summary>
    public static async Task Match(IEnumerable<(string Name, string Text)> texts)
    {
#if SNAPSHOTS_BY_VERIFY
        foreach (var (name, text) in texts)
        {
            var settings = new VerifyTests.VerifySettings();
            settings.UseDirectory(Folder);
            settings.UseFileName(name);
            await VerifyXunit.Verifier.Verify(text, "cs", settings);
        }
#else
        var mismatches = texts.Select(t => Compare(Folder, t.Name, t.Text)).OfType<Mismatch>().ToList();
        foreach (var mismatch in mismatches.Where(m => File.Exists(m.Verified)))
        {
            // Opens the difference in the editor at hand; DiffEngine itself stays quiet on a build server.
            await DiffEngine.DiffRunner.LaunchAsync(mismatch.Received, mismatch.Verified);
        }

        Assert.True(mismatches.Count == 0, string.Join("\n", mismatches.Select(m => m.Message)));
#endif
    }

    /// <summary>Null where the text is the accepted one; else what differs, with the received file written.</summary>
    public static Mismatch? Compare(string folder, string name, string text)
    {
        string verified = Path.Combine(folder, name + ".verified.cs"), received = Path.Combine(folder, name + ".received.cs");
        var accepted = File.Exists(verified) ? Normal(File.ReadAllText(verified)) : null;
        if (accepted == Normal(text))
        {
            File.Delete(received);
            return null;
        }

        Directory.CreateDirectory(folder);
        File.WriteAllText(received, text.ReplaceLineEndings("\n"), new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        var what = accepted is null ? "nothing is accepted yet" : FirstDifference(accepted, Normal(text));
        return new(received, verified, $"{name}: {what}. If it is right: mv '{received}' '{verified}'");
    }

    // As Verify does: one kind of line end, and a last one does not count.
    private static string Normal(string text)
    {
        text = text.ReplaceLineEndings("\n");
        return text.EndsWith('\n') ? text[..^1] : text;
    }

    private static string FirstDifference(string accepted, string received)
    {
        string[] a = accepted.Split('\n'), b = received.Split('\n');
        var line = Enumerable.Range(0, Math.Min(a.Length, b.Length)).FirstOrDefault(i => a[i] != b[i], Math.Min(a.Length, b.Length));
        return $"line {line + 1} was\n  {a.ElementAtOrDefault(line)}\nand is\n  {b.ElementAtOrDefault(line)}\n";
    }

    /// <summary>A text that is not the accepted one.</summary>
    public sealed record Mismatch(string Received, string Verified, string Message);
}
