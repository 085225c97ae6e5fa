using System.Diagnostics;
using HrmGen.Compiler.Emit;
using HrmGen.Compiler.Tests.Support;

namespace HrmGen.Compiler.Tests.Robustness;

/// <summary>Compiles cases, each on a stack as small as a compiler's thread may have, and holds what comes out to what is promised.</summary>
internal sealed class FuzzRun
{
    // Roslyn compiles on threads of the pool: 1.5 MB on Linux, 1 MB on Windows, 512 KB on macOS.
    private const int StackSize = 512 * 1024;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    private readonly List<string> failures = [];
    private readonly SortedDictionary<int, IReadOnlyList<SourceFile>> emitted = [];
    private int parsed;
    private TimeSpan longest;

    /// <summary>What went wrong, with the case that did it.</summary>
    public IReadOnlyList<string> Failures => failures;

    /// <summary>The emitted files of every case that reached emission, by seed.</summary>
    public IReadOnlyDictionary<int, IReadOnlyList<SourceFile>> Emitted => emitted;

    /// <summary>Cases whose text is still YAML.</summary>
    public int Parsed => parsed;

    /// <summary>The longest that a case took.</summary>
    public TimeSpan Longest => longest;

    /// <summary>Runs cases on some threads.</summary>
    public void Run(int first, int count, int threads)
    {
        var running = Enumerable.Range(0, threads).Select(t => new Thread(() =>
        {
            for (var seed = first + t; seed < first + count; seed += threads)
            {
                Run(FuzzCase.Of(seed));
            }
        }, StackSize)).ToList();
        running.ForEach(t => t.Start());
        running.ForEach(t => t.Join());
    }

    private void Run(FuzzCase fuzz)
    {
        var watch = Stopwatch.StartNew();
        var problem = Problem(fuzz, out var isYaml, out var files);
        var time = watch.Elapsed;
        for (var again = 0; again < 2 && time > Limit; again++)
        {
            // Another process may have had the core.
            watch.Restart();
            Problem(fuzz, out _, out _);
            time = watch.Elapsed < time ? watch.Elapsed : time;
        }

        problem ??= time > Limit ? $"took {time}" : null;

        lock (failures)
        {
            parsed += isYaml ? 1 : 0;
            longest = time > longest ? time : longest;
            if (problem is not null)
            {
                failures.Add($"{problem}\n{fuzz}");
            }

            if (files.Count > 0)
            {
                emitted.Add(fuzz.Seed, files);
            }
        }
    }

    private static string? Problem(FuzzCase fuzz, out bool isYaml, out IReadOnlyList<SourceFile> files)
    {
        (isYaml, files) = (false, []);
        try
        {
            var compiled = SpecCompiler.CompileAll(fuzz.Files, fuzz.OptionsOf);
            isYaml = HrmCompiler.Parse("", fuzz.Files[0].Text).Root is not null;
            files = [.. compiled.Values.SelectMany(c => c.Models).SelectMany(m => HrmCompiler.Emit(m))];
            return compiled.SelectMany(c => c.Value.Diagnostics.Select(d => Check(d, c.Key, fuzz))).FirstOrDefault(p => p is not null)
                ?? (Lost(compiled.Values) && !compiled.Values.Any(c => c.Errors.Any()) ? "A model is lost and no file has an error" : null);
        }
#pragma warning disable CA1031 // Whatever is thrown is the finding.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return e.ToString();
        }
    }

    // A base answers for its own slips, so the error need not be in the file that has lost its model.
    private static bool Lost(IEnumerable<Compiled> files) => files.Any(c => c.Models.Count < c.Link.Specs.Count(s => !s.IsAbstract));

    private static string? Check(Compiler.Diagnostics.LocatedDiagnostic finding, string path, FuzzCase fuzz)
    {
        var text = fuzz.Files.Single(f => f.Path == path).Text;
        return finding.Rule.Id == "HRM0099" ? finding.Message
            : finding.Span.Path != path ? $"{finding.Rule.Id} of {path} points at {finding.Span.Path}"
            : finding.Span.Start < 0 || finding.Span.Length < 0 || finding.Span.Start + finding.Span.Length > text.Length ? $"{finding.Rule.Id} at {finding.Span} lies outside of the {text.Length} characters"
            : finding.Message.Length is 0 or > 2000 ? $"{finding.Rule.Id} has a message of {finding.Message.Length} characters"
            : finding.Message.Any(char.IsControl) ? $"{finding.Rule.Id} has control characters in its message: {finding.Message}"
            : null;
    }
}
