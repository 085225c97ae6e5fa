using BenchmarkDotNet.Attributes;
using HrmGen.Compiler.Tests.Support;
using Microsoft.CodeAnalysis;

namespace HrmGen.Benchmarks.Generator;

/// <summary>A build from nothing, and what an editor waits for after each kind of edit.</summary>
[MemoryDiagnoser]
public class GeneratorBenchmarks
{
    private readonly Compilation before = GeneratorHost.Compilation("class User { }");
    private readonly Compilation after = GeneratorHost.Compilation("class User { int field; }");
    private SpecProject project = null!;
    private GeneratorDriver warm = null!;

    /// <summary>Spec files of the project.</summary>
    [Params(100, 200, 400)]
    public int Specs { get; set; }

    /// <summary>A project, generated once.</summary>
    [GlobalSetup]
    public void Setup()
    {
        project = new(Specs);
        warm = Cold();
        var result = warm.GetRunResult().Results.Single();
        if (result.Exception is not null || result.Diagnostics.Length > 0)
        {
            throw new InvalidOperationException("The project does not compile: " + result.Diagnostics.FirstOrDefault(), result.Exception);
        }
    }

    /// <summary>Everything, in a new driver.</summary>
    [Benchmark(Description = "cold generation")]
    public GeneratorDriver Cold() => GeneratorHost.Driver(project.Files, track: false).RunGenerators(before);

    /// <summary>An edit of the user's own code.</summary>
    [Benchmark(Description = "unrelated C# edit")]
    public GeneratorDriver UnrelatedEdit() => warm.RunGenerators(after);

    /// <summary>An edit of a spec that none extends: one model.</summary>
    [Benchmark(Description = "leaf edit")]
    public GeneratorDriver LeafEdit() => Apply(project.LeafEdit);

    /// <summary>An edit of a base: 15 models.</summary>
    [Benchmark(Description = "base edit")]
    public GeneratorDriver BaseEdit() => Apply(project.BaseEdit);

    // A driver never changes, so that every call starts from the same one.
    private GeneratorDriver Apply(SpecEdit edit) => warm.ReplaceAdditionalText(edit.Before, edit.After).RunGenerators(before);
}
