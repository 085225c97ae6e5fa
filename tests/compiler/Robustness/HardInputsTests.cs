using System.Diagnostics;
using HrmGen.Compiler.Tests.Diagnostics;
using HrmGen.Compiler.Tests.Support;

namespace HrmGen.Compiler.Tests.Robustness;

/// <summary>Inputs that once threw, overflowed the stack, filled the memory or took minutes: each keeps to its time now.</summary>
public sealed class HardInputsTests
{
    private const string Grid = "hrmgen: 1\nname: M{T}\nextends: hrmgen:trm\nmatrix: { recursion.let.T: [1, 2] }\n";

    /// <summary>Found by seed 10522 of the mutations: the models of a matrix were looked up by names that were no names.</summary>
    [Theory]
    [InlineData("name.x=1")]
    [InlineData("name=[1]")]
    [InlineData("name=Other")]
    public void HrmSet_that_touches_the_names_of_a_matrix(string set) => Assert.Equal(
        "HrmSet: 'name' would give all models of the matrix one name", Assert.Single(SpecCompiler.Compile(Grid + "nonsense: 1\n", file: new(null, set)).Errors).Message);

    /// <summary>Every part was a level of recursion: the stack overflowed, and the compiler with it.</summary>
    [Fact]
    public void Dotted_keys_of_a_hundred_thousand_parts()
    {
        var key = string.Join('.', Enumerable.Repeat("a", 100_000));
        Assert.Single(SpecCompiler.Compile(Specs.TrmAtt, file: new(null, key + "=1")).Errors);
        Assert.Equal("HRM0005", Assert.Single(SpecCompiler.Compile($"hrmgen: 1\nname: M{{a}}\nextends: hrmgen:trm\nmatrix:\n  ? {key[..999]}\n  : [1, 2]\n").Errors).Rule.Id);
    }

    public static TheoryData<string> Slow => [.. Inputs.Keys];

    // Each was quadratic, or worse, in something that only the size of the file bounds.
    private static readonly Dictionary<string, string> Inputs = new()
    {
        ["a long key around many nodes"] = $"? {new string('k', 500_000)}\n: [{string.Join(", ", Enumerable.Repeat("1", 15_000))}]\n",
        ["unknown keys"] = DiagnosticCase.Trm($"task: {{ {string.Join(", ", Enumerable.Range(0, 9_900).Select(i => $"vocab_sizes_of_long_names_and_more_{i}: 1"))} }}"),
        ["keys that remove nothing"] = DiagnosticCase.Trm($"task: {{ {string.Join(", ", Enumerable.Range(0, 9_900).Select(i => $"k{i}: null"))} }}"),
        ["sums that move out of a loop"] = Specs.Small("  latents: { z_H: {}, a: {} }\n  program: [{ repeat: 2, do: ["
            + string.Join(", ", Enumerable.Range(0, 6_000).Select(i => "\"z_H = f(z_H + " + string.Join(" + ", Enumerable.Range(0, 5).Select(k => $"({i}.{k} * a + x)")) + ")\"")) + "] }, \"a = f(a)\"]\n  gradient: full", "{ f: { layers: 1 } }"),
        ["sums of many elements"] = Specs.Small($"  latents: {{ z_H: {{}}, z: {{ count: 1024 }} }}\n  program: [{{ repeat: 20000, do: [\"z_H = f(x{string.Concat(Enumerable.Repeat(" + sum(z)", 170))})\"] }}]\n  gradient: full", "{ f: { layers: 1 } }"),
        ["constants that change all the time"] = Specs.Small($"  let: {{ {string.Join(", ", Enumerable.Range(0, 60).Select(c => $"c{c}: {{ at: {{ 0: 1, {string.Join(", ", Enumerable.Range(1, 99).Select(p => $"0.{p:00}{c:00}: {p}"))} }} }}"))} }}\n"
            + "  latents: { z_H: {} }\n  program: [{ repeat: 20000, do: [\"z_H = f(z_H + x)\"] }]\n  gradient: full", "{ f: { layers: 1 } }"),
        ["a matrix with a name of a megabyte"] = $"hrmgen: 1\nname: M{string.Concat(Enumerable.Repeat("{T}", 300_000))}\nextends: hrmgen:trm\nmatrix: {{ recursion.let.T: [{string.Join(", ", Enumerable.Range(1, 1000))}] }}\n",
        ["a matrix with a label of a megabyte"] = $"hrmgen: 1\nname: M{{T}}{{n}}\nextends: hrmgen:trm\nmatrix: {{ recursion.let.T: [{string.Join(", ", Enumerable.Range(1, 1000))}], recursion.let.n: [{new string('1', 900_000)}] }}\n",
    };

    [Theory]
    [MemberData(nameof(Slow))]
    public void Large_inputs_end_soon(string name)
    {
        var watch = Stopwatch.StartNew();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var compiled = SpecCompiler.Compile(Inputs[name]);
        Assert.NotEqual(compiled.Model is null, !compiled.Errors.Any());
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(15)); // a second, but for machines that are shared
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1L << 30);
    }
}
