using System.Text.RegularExpressions;
using HrmGen.Compiler.Language;
using HrmGen.Compiler.Tests.Support;

namespace HrmGen.Compiler.Tests.Emission;

/// <summary>What a project says of a spec file: <c>HrmNamespace</c>, <c>HrmSet</c> and <c>HrmLowering</c>.</summary>
public sealed class FileOptionsTests
{
    [Theory]
    [InlineData("Tests.Models", "Tests.Models")]
    [InlineData("", "HrmGen.Generated")]
    [InlineData("my-app.2nd demo", "my_app._2nd_demo")]
    [InlineData("new", "_new")]
    public void The_project_s_root_namespace_is_the_default(string root, string expected)
    {
        var result = GeneratorHost.Driver([new SpecFile(Specs.TrmAtt)], root).RunGenerators(GeneratorHost.Compilation()).GetRunResult().Results.Single();
        Assert.Empty(result.Diagnostics);
        Assert.Contains($"\nnamespace {expected};\n", result.GeneratedSources[0].SourceText.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_root_namespace_that_hides_what_the_emitted_code_means_is_an_error()
    {
        var result = GeneratorHost.Driver([new SpecFile(Specs.TrmAtt)], "Acme.Math").RunGenerators(GeneratorHost.Compilation()).GetRunResult().Results.Single();
        Assert.Equal(
            "'Acme.Math' cannot be a name: inside it, 'Math' would be the namespace and not what the emitted code means; "
            + "it is the project's RootNamespace: give the file another with HrmNamespace",
            Assert.Single(result.Diagnostics).GetMessage(System.Globalization.CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData(null, null, false)]
    [InlineData("fused", null, true)]
    [InlineData("fused", "reference", false)]
    [InlineData(null, "fused", true)]
    [InlineData("reference", " fused ", true)]
    public void HrmLowering_goes_before_the_project_s(string? project, string? file, bool fused)
    {
        var parsed = HrmCompiler.Parse("/project/m.hrm.yaml", Specs.TrmAtt + "precision: { forward: float32 }\n");
        var link = HrmCompiler.Link(parsed, new SpecIndex([parsed]), new("/project/", "Tests", project), new(null, null, file));
        var model = HrmCompiler.Lower(link.Spec!).Value!;
        Assert.Equal(fused, model.Architecture.Fused);

        // Beside its fused form the reference is the same code under another name, and checkpoints go from one to the other.
        string Hash(bool isFused) => Regex.Match(HrmCompiler.Emit(model with { Architecture = model.Architecture with { Fused = isFused } })[0].Text, "Hash = \"([0-9a-f]{64})\"").Groups[1].Value;
        Assert.Equal(Hash(false), Hash(true));
        Assert.Equal(64, Hash(true).Length);
    }

    [Fact]
    public void HrmNamespace_wins_over_it() => Assert.Contains("namespace My.Own_1.Place;", Model(Specs.TrmAtt, "My.Own_1.Place"), StringComparison.Ordinal);

    [Theory]
    [InlineData("My.Own-Place")]
    [InlineData("1st")]
    [InlineData("a..b")]
    [InlineData(".a")]
    [InlineData("class")]
    public void A_namespace_that_C_sharp_cannot_have_is_an_error(string ns)
    {
        var result = GeneratorHost.Run(new SpecFile(SpecCompiler.DefaultPath, Specs.TrmAtt, hrmNamespace: ns));
        Assert.Null(result.Exception);
        var diagnostic = Assert.Single(result.Diagnostics);
        Assert.Contains(ns, diagnostic.GetMessage(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
        Assert.DoesNotContain(result.GeneratedSources, s => s.HintName.Contains("TrmAtt", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("supervision.N_sup=5", "public const int N_sup = 5;")]
    [InlineData(" supervision.N_sup = 5 ", "public const int N_sup = 5;")]
    [InlineData("recursion.let.T=4|recursion.let.n=2", "public const int T = 4;")]
    [InlineData("recursion.let.T=4|recursion.let.n=2|", "public const int n = 2;")]
    [InlineData("block.expansion=2|block.hidden_size=64|block.num_heads=2", "public const int hidden_size = 64;")]
    [InlineData("act.loss={halt: 0.25}|act.exploration=0", "q_halt")]
    [InlineData("training.epochs=null|training.steps=100|training.betas=[0.8, 0.9]", "0.8")]
    [InlineData("data.refill=queue", "Refill = RefillMode.Queue,")]
    [InlineData("task.puzzle_embedding=none|act.halt_when=q_halt > -1.5", "TrmAtt")]
    public void HrmSet_lays_values_over_the_file(string set, string shows)
    {
        var plain = SpecCompiler.Emit(Specs.TrmAtt).Select(f => f.Text).ToList();
        var changed = SpecCompiler.Emit(Specs.TrmAtt, new(null, set)).Select(f => f.Text).ToList();
        Assert.NotEqual(plain, changed);
        Assert.Contains(changed, text => text.Contains(shows, StringComparison.Ordinal));
    }

    [Fact]
    public void The_default_refill_leaves_no_trace() =>
        Assert.Equal(SpecCompiler.Emit(Specs.TrmAtt).Select(f => f.Text), SpecCompiler.Emit(Specs.TrmAtt, new(null, "data.refill=offered")).Select(f => f.Text));

    [Fact]
    public void A_later_value_wins() =>
        Assert.Equal(SpecCompiler.Emit(Specs.TrmAtt, new(null, "supervision.N_sup=5")).Select(f => f.Text), SpecCompiler.Emit(Specs.TrmAtt, new(null, "supervision.N_sup=7|supervision.N_sup=5")).Select(f => f.Text));

    [Fact]
    public void HrmSet_equals_the_same_lines_in_the_file() =>
        Assert.Equal(
            SpecCompiler.Emit(Specs.TrmAtt + "supervision: { N_sup: 5 }\nblock: { hidden_size: 64 }\n").Select(f => f.Text),
            SpecCompiler.Emit(Specs.TrmAtt, new(null, "supervision.N_sup=5|block.hidden_size=64")).Select(f => f.Text));

    private static string Model(string spec, string? ns) =>
        GeneratorHost.Run(new SpecFile(SpecCompiler.DefaultPath, spec, hrmNamespace: ns)).GeneratedSources.Single(s => s.HintName.EndsWith("TrmAtt.Model.g.cs", StringComparison.Ordinal)).SourceText.ToString();
}
