using System.Globalization;
using HrmGen.Compiler.Tests.Support;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit.Abstractions;

namespace HrmGen.Compiler.Tests.Robustness;

/// <summary>Seeded mutations give findings or code that compiles: never an exception, a hang or an overflow of the stack.</summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    private const int Mutations = 50_000;

    private const int Compiled = 600;

    // Other seeds, or more of them, for a longer search by hand.
    private static readonly int First = Number("HRMGEN_FUZZ_FIRST", 0);

    private static readonly int Count = Number("HRMGEN_FUZZ_COUNT", Mutations);

    [Fact]
    public void Mutations_give_findings_or_code_that_compiles()
    {
        var run = new FuzzRun();
        run.Run(First, Count, threads: 2);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Count} mutations: {100.0 * run.Parsed / Count:F1} % are YAML, {100.0 * run.Emitted.Count / Count:F1} % reach emission; the longest took {run.Longest.TotalMilliseconds:F0} ms"));

        Assert.True(run.Failures.Count == 0, $"{run.Failures.Count} failures\n{string.Join("\n\n", run.Failures.GroupBy(f => f[..Math.Min(40, f.Length)]).Select(g => $"{g.Count()} times: {g.First()}").Take(12))}");
        Assert.True(run.Parsed >= 0.3 * Count, $"only {run.Parsed} are YAML");
        Assert.True(run.Emitted.Count >= 0.1 * Count, $"only {run.Emitted.Count} reach emission");
        AssertParses(run);
        AssertCompiles(run);
    }

    private static void AssertParses(FuzzRun run)
    {
        var broken = run.Emitted.AsParallel().WithDegreeOfParallelism(2).SelectMany(e => e.Value.Select(f => (e.Key, Text: f.Text, Errors: CSharpSyntaxTree.ParseText(f.Text, GeneratorHost.ParseOptions).GetDiagnostics().ToList())))
            .Where(t => t.Errors.Count > 0).Take(3).ToList();
        Assert.True(broken.Count == 0, string.Join("\n", broken.Select(b => $"{b.Errors[0]}\n{FuzzCase.Of(b.Key)}")));
    }

    // The expensive part is a sample, spread over the seeds.
    private static void AssertCompiles(FuzzRun run)
    {
        var every = Math.Max(1, run.Emitted.Count / Number("HRMGEN_FUZZ_COMPILED", Compiled));
        foreach (var batch in run.Emitted.Where((_, i) => i % every == 0).Chunk(300))
        {
            var files = batch.SelectMany(e => e.Value.DistinctBy(f => f.HintName).Select(f => f with { HintName = $"{e.Key}.{f.HintName}" }));
            var findings = Consumer.Findings(Consumer.Compile(files));
            var seeds = findings.Select(d => int.Parse(Path.GetFileName(d.Location.SourceTree!.FilePath).Split('.')[0], CultureInfo.InvariantCulture)).Distinct().Take(3);
            Assert.True(findings.Count == 0, $"{Consumer.Show(findings)}\n{string.Join("\n", seeds.Select(s => FuzzCase.Of(s)))}");
        }
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
