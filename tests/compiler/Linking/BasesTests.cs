using HrmGen.Compiler.Language;
using HrmGen.Compiler.Tests.Support;

namespace HrmGen.Compiler.Tests.Linking;

/// <summary><c>extends</c> over files and presets.</summary>
public sealed class BasesTests
{
    private const string Small = "hrmgen: 1\nabstract: true\nextends: hrmgen:trm\nblock: { hidden_size: 64, num_heads: 4 }\ntask: { seq_len: 16 }\n";

    [Fact]
    public void A_chain_of_files_and_a_preset_merges_from_the_preset_on()
    {
        var files = Project.Of(
            ("bases/small.hrm.yaml", Small),
            ("bases/smaller.hrm.yaml", "hrmgen: 1\nname: Smaller\nsummary: Not mine.\nextends: ./small.hrm.yaml\nblock: { hidden_size: 32, num_heads: 8, rope_theta: null, head_dim: 8 }\n"),
            ("specs/leaf.hrm.yaml", "hrmgen: 1\nname: Leaf\nextends: ../bases/smaller.hrm.yaml\nblock: { num_heads: 2 }\nrecursion: { let: { n: 2 } }\n"));

        Assert.Empty(files.Diagnostics);
        var leaf = files["specs/leaf.hrm.yaml"].Model!.Architecture;
        Assert.Equal(("Leaf", "", 32, 2, 8, 16, 11), (leaf.Name, leaf.Summary, leaf.Block.HiddenSize, leaf.Block.Mixer["num_heads"], leaf.Block.Mixer["head_dim"], leaf.Task.SeqLen, leaf.Task.VocabSize));
        Assert.Equal(["T = 3", "n = 2"], leaf.Recursion.Constants.Select(c => $"{c.Name} = {c.Value}"));
    }

    [Fact]
    public void A_chain_equals_its_lines_written_out()
    {
        var files = Project.Of(
            ("a.hrm.yaml", "hrmgen: 1\nabstract: true\ntask: { vocab_size: 5, seq_len: 4 }\nact: none\n"),
            ("b.hrm.yaml", "hrmgen: 1\nabstract: true\nextends: a.hrm.yaml\nblock: { hidden_size: 8, num_heads: 2 }\nnetworks: { f: { layers: 1 } }\nact: { loss: { halt: 1 }, exploration: null }\n"),
            ("leaf.hrm.yaml", "hrmgen: 1\nname: M\nextends: b.hrm.yaml\nrecursion: { latents: { z: {} }, program: [\"z = f(z + x)\"], gradient: full }\nheads: { logits: z }\n"),
            ("other/whole.hrm.yaml",
                "hrmgen: 1\nname: M\ntask: { vocab_size: 5, seq_len: 4 }\nblock: { hidden_size: 8, num_heads: 2 }\nnetworks: { f: { layers: 1 } }\nact: { loss: { halt: 1 } }\n"
                + "recursion: { latents: { z: {} }, program: [\"z = f(z + x)\"], gradient: full }\nheads: { logits: z }\n"));

        var (leaf, whole) = (files["leaf.hrm.yaml"].Link, files.With("leaf.hrm.yaml", null)["other/whole.hrm.yaml"]);
        Assert.Equal(["HRM0016", "HRM0016"], files.Diagnostics.Select(d => d.Rule.Id));
        files = files.With("other/whole.hrm.yaml", null);
        Assert.Empty(files.Diagnostics);
        Assert.NotNull(leaf);
        Assert.Equal(
            HrmCompiler.Emit(whole.Model!).Select(f => f.Text.Replace("other/whole", "leaf", StringComparison.Ordinal)), HrmCompiler.Emit(files["leaf.hrm.yaml"].Model!).Select(f => f.Text));
    }

    [Fact]
    public void Nothing_of_a_base_s_identity_is_inherited()
    {
        var files = Project.Of(
            ("base.hrm.yaml", "hrmgen: 1\nname: Base\nsummary: Base's.\nabstract: true\nextends: hrmgen:trm\n"),
            ("nameless.hrm.yaml", "hrmgen: 1\nextends: base.hrm.yaml\n"),
            ("versionless.hrm.yaml", "name: Versionless\nextends: base.hrm.yaml\n"),
            ("leaf.hrm.yaml", "hrmgen: 1\nname: Leaf\nextends: base.hrm.yaml\n"));

        Assert.Equal("", files["leaf.hrm.yaml"].Model!.Architecture.Summary);
        Assert.Empty(files["base.hrm.yaml"].Models);
        Assert.Equal(
            ["nameless.hrm.yaml: The spec needs the key 'name': The C# type name.", "versionless.hrm.yaml: The spec needs the key 'hrmgen': Version of the language."],
            files.Shown);
    }

    [Fact]
    public void HrmSet_and_HrmNamespace_of_a_base_are_its_own()
    {
        var files = Project.Of(
            path => path == "/project/base.hrm.yaml" ? new("Base.Space", "supervision.N_sup=3") : SpecFileOptions.None,
            ("base.hrm.yaml", "hrmgen: 1\nname: Base\nextends: hrmgen:trm\n"), ("leaf.hrm.yaml", "hrmgen: 1\nname: Leaf\nextends: base.hrm.yaml\n"));

        var (own, leaf) = (files["base.hrm.yaml"].Model!.Architecture, files["leaf.hrm.yaml"].Model!.Architecture);
        Assert.Equal(("Base.Space", 3), (own.Namespace, own.Supervision.N_sup));
        Assert.Equal(("Tests.Models", 16), (leaf.Namespace, leaf.Supervision.N_sup));
    }

    [Fact]
    public void The_order_of_the_files_does_not_matter()
    {
        (string, string)[] files =
        [
            ("a.hrm.yaml", Small), ("b.hrm.yaml", "hrmgen: 1\nname: B\nextends: a.hrm.yaml\n"), ("c.hrm.yaml", "hrmgen: 1\nname: C\nextends: b.hrm.yaml\nact: { los: none }\n"),
            ("d.hrm.yaml", "hrmgen: 1\nname: C\nextends: e.hrm.yaml\n"), ("e.hrm.yaml", "hrmgen: 1\nname: E\nextends: d.hrm.yaml\n"),
        ];
        var (forth, back) = (Project.Of(files), Project.Of([.. files.Reverse()]));
        foreach (var (path, _) in files)
        {
            Assert.Equal(forth[path].Link, back[path].Link);
            Assert.Equal(forth[path].Diagnostics, back[path].Diagnostics);
        }

        Assert.Equal(3, forth.Diagnostics.Count);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("a b")]
    [InlineData("a b c")]
    [InlineData("a b c d e")]
    public void A_circle_is_one_error_at_each_extends_in_it(string names)
    {
        var circle = names.Split(' ');
        var files = Project.Of(
        [
            .. circle.Select((n, i) => ($"{n}.hrm.yaml", $"hrmgen: 1\nname: {n.ToUpperInvariant()}\nextends: {circle[(i + 1) % circle.Length]}.hrm.yaml\nblock: {{ oops: 1 }}\n")),
            ("in.hrm.yaml", "hrmgen: 1\nname: In\nextends: a.hrm.yaml\n"),
            ("further.hrm.yaml", "hrmgen: 1\nname: Further\nextends: in.hrm.yaml\nblock: { oops: 1 }\n"),
        ]);

        Assert.Equal(
            circle.Select((n, i) => $"{n}.hrm.yaml: 'extends' goes in a circle: {string.Join(" -> ", Enumerable.Range(i, circle.Length + 1).Select(k => circle[k % circle.Length] + ".hrm.yaml"))}")
                .Append("further.hrm.yaml: The base 'in.hrm.yaml' has errors of its own; this spec is compiled once they are mended")
                .Append("in.hrm.yaml: The base 'a.hrm.yaml' has errors of its own; this spec is compiled once they are mended")
                .Order(StringComparer.Ordinal),
            files.Shown);
        Assert.All(files.Diagnostics, d => Assert.EndsWith(".hrm.yaml", files.TextAt(d), StringComparison.Ordinal));
        Assert.All(files.Diagnostics, d => Assert.Equal('e', files.Text(d.Span.Path)[d.Span.Start - "xtends: ".Length - 1]));
    }

    [Theory]
    [InlineData("../bases/smal.hrm.yaml", "did you mean '../bases/small.hrm.yaml'?")]
    [InlineData("../bases/Small.hrm.yaml", "did you mean '../bases/small.hrm.yaml'?")]
    [InlineData("../bases/small.yaml", "did you mean '../bases/small.hrm.yaml'?")]
    [InlineData("small.hrm.yaml", "did you mean '../bases/small.hrm.yaml'?")] // the right name in another folder
    [InlineData("smoll.hrm.yaml", "did you mean '../bases/small.hrm.yaml'?")]
    [InlineData("../somewhere/quite/different/small.hrm.yaml", "did you mean '../bases/small.hrm.yaml'?")]
    [InlineData("/project/bases/small.hrm.yaml", "did you mean '../bases/small.hrm.yaml'?")] // a path is relative
    [InlineData("..\\bases\\smal.hrm.yaml", "did you mean '../bases/small.hrm.yaml'?")]
    [InlineData("../bases/large.hrm.yaml", "did you mean")]
    [InlineData("wholly_else.hrm.yaml", "a path starts at the folder of the file that says it")]
    public void A_missing_base_is_one_error_with_the_likely_file(string extends, string hint)
    {
        var files = Project.Of(("bases/small.hrm.yaml", Small), ("specs/leaf.hrm.yaml", $"hrmgen: 1\nname: Leaf\nextends: {extends}\nblock: {{ oops: 1 }}\n"),
            ("specs/further.hrm.yaml", "hrmgen: 1\nname: Further\nextends: leaf.hrm.yaml\n"));

        var error = Assert.Single(files.Diagnostics, d => d.Span.Path == "/project/specs/leaf.hrm.yaml");
        Assert.Equal("HRM0017", error.Rule.Id);
        Assert.StartsWith($"There is no base '{extends}' among the spec files of this project (", error.Message, StringComparison.Ordinal);
        Assert.Contains(hint, error.Message, StringComparison.Ordinal);
        Assert.Equal(extends, files.TextAt(error));

        var above = Assert.Single(files.Diagnostics, d => d != error);
        Assert.Equal(("HRM0071", "leaf.hrm.yaml"), (above.Rule.Id, files.TextAt(above)));
    }

    [Theory]
    [InlineData("hrmgen: 1\nname: [\n", "HRM0001")]
    [InlineData("hrmgen: 2\nname: Base\n", "HRM0018")]
    [InlineData("", "HRM0011")]
    [InlineData("- a list\n", "HRM0012")]
    public void A_base_that_cannot_be_read_is_reported_in_itself(string text, string id)
    {
        var files = Project.Of(("base.hrm.yaml", text), ("a.hrm.yaml", "hrmgen: 1\nname: A\nextends: base.hrm.yaml\nblock: { oops: 1 }\n"), ("b.hrm.yaml", "hrmgen: 1\nname: B\nextends: a.hrm.yaml\n"));

        Assert.Equal([("/project/a.hrm.yaml", "HRM0071"), ("/project/b.hrm.yaml", "HRM0071"), ("/project/base.hrm.yaml", id)], files.Diagnostics.Select(d => (d.Span.Path, d.Rule.Id)));
        Assert.Equal("base.hrm.yaml", files.TextAt(files.Diagnostics[0]));
        Assert.Equal("The base 'base.hrm.yaml' has errors of its own; this spec is compiled once they are mended", files.Diagnostics[0].Message);
    }

    [Fact]
    public void A_file_with_a_matrix_cannot_be_extended()
    {
        var files = Project.Of(
            ("grid.hrm.yaml", "hrmgen: 1\nname: Grid{T}\nextends: hrmgen:trm\nmatrix: { recursion.let.T: [1, 2] }\n"), ("a.hrm.yaml", "hrmgen: 1\nname: A\nextends: grid.hrm.yaml\n"),
            ("b.hrm.yaml", "hrmgen: 1\nname: B\nextends: a.hrm.yaml\n"));

        Assert.Equal(["HRM0072 grid.hrm.yaml", "HRM0071 a.hrm.yaml"], files.Diagnostics.Select(d => $"{d.Rule.Id} {files.TextAt(d)}"));
        Assert.Equal(2, files["grid.hrm.yaml"].Models.Count);
    }

    [Fact]
    public void An_abstract_spec_emits_nothing_and_may_be_whole()
    {
        var result = GeneratorHost.Run(new SpecFile("/project/a.hrm.yaml", "abstract: true\n" + Specs.TrmAtt), new SpecFile("/project/b.hrm.yaml", "hrmgen: 1\nname: TrmAtt\nextends: a.hrm.yaml\nabstract: false\n"));

        Assert.Empty(result.Diagnostics);
        Assert.Equal(4, result.GeneratedSources.Length);
        Assert.Contains("Compiled by HrmGen from b.hrm.yaml.", result.GeneratedSources[0].SourceText.ToString(), StringComparison.Ordinal);
    }
}
