using HrmGen.Compiler.Language;
using HrmGen.Compiler.Model;
using HrmGen.Compiler.Tests.Support;

namespace HrmGen.Compiler.Tests.Linking;

/// <summary>Several models from one file.</summary>
public sealed class MatrixTests
{
    [Fact]
    public void The_product_runs_in_the_order_written()
    {
        var models = Grid("matrix: { recursion.let.T: [1, 2, 3], recursion.let.n: [6, 2] }", "G_T{T}_n{recursion.let.n}");

        Assert.Equal(["G_T1_n6", "G_T1_n2", "G_T2_n6", "G_T2_n2", "G_T3_n6", "G_T3_n2"], models.Select(m => m.Architecture.Name));
        Assert.Equal([(1, 6), (1, 2), (2, 6), (2, 2), (3, 6), (3, 2)], models.Select(m => (Constant(m, "T"), Constant(m, "n"))));
        Assert.All(models, m => Assert.Equal("model.hrm.yaml", SpecPaths.FileName(m.Architecture.Source)));
    }

    [Theory]
    [InlineData("training.ema: [0.9, 0.99]", "E{ema}", "E0_9 E0_99")]
    [InlineData("training.lr: [1.0e-4, 2E+1]", "L{lr}", "L1_0e_4 L2E_1")]
    [InlineData("act.halt_when: { early: q_halt > -1, never: never }", "M_{halt_when}", "M_early M_never")]
    [InlineData("training.ema: [none, null]", "Ema_{ema}", "Ema_none Ema_null")]
    [InlineData("loss.kind: [softmax]", "\"{kind}Model\"", "softmaxModel")]
    [InlineData("recursion.let.T: { 0.5: 1, -2: 2 }", "G{T}_{T}", "G0_5_0_5 G_2__2")]
    [InlineData("training.lr: [1, 2], training.puzzle_embedding.lr: [3]", "\"G{training.lr}P{training.puzzle_embedding.lr}\"", "G1P3 G2P3")]
    public void Labels_are_values_or_words_of_the_author(string axes, string name, string names) =>
        Assert.Equal(names.Split(' '), Grid($"matrix: {{ {axes} }}", name).Select(m => m.Architecture.Name));

    [Fact]
    public void A_value_merges_like_an_override()
    {
        var models = Grid("matrix: { act.loss: { both: { continue: 0.25 }, halt: { halt: 1 }, neither: none, removed: null } }", "G_{loss}");
        Assert.Equal([(0.5, 0.25), (1.0, null), (null, null), ((double?)null, (double?)null)], models.Select(m => (m.Architecture.Act.HaltWeight?.Last, m.Architecture.Act.Continue?.Weight.Last)));
    }

    [Fact]
    public void A_list_and_a_program_can_be_values()
    {
        var models = Grid(
            "matrix: { recursion.program: { once: [\"z_L = f(z_L + (z_H + x))\", \"z_H = f(z_H + z_L)\"], twice: [{ repeat: 2, do: [\"z_L = f(z_L + (z_H + x))\", \"z_H = f(z_H + z_L)\"] }] } }\n"
            + "recursion: { gradient: full }", "G_{program}");
        Assert.Equal([2, 4], models.Select(m => m.Recursion.Updates));
    }

    [Fact]
    public void A_key_that_nothing_holds_yet_is_made()
    {
        var models = Grid("matrix: { networks.g.layers: [1, 2] }\nrecursion: { program: [\"z_L = g(z_L + x)\", \"z_H = f(z_H + z_L + x)\"], gradient: full }", "G{layers}");
        Assert.Equal([1, 2], models.Select(m => m.Architecture.Networks.Single(n => n.Name == "g").Layers));
    }

    [Fact]
    public void A_matrix_over_a_base_and_under_HrmSet()
    {
        var files = Project.Of(
            path => path == "/project/grid.hrm.yaml" ? new("Grids", "supervision.N_sup=3;recursion.let.n=1") : SpecFileOptions.None,
            ("base.hrm.yaml", "hrmgen: 1\nabstract: true\nextends: hrmgen:trm\nblock: { hidden_size: 64, num_heads: 4 }\n"),
            ("grid.hrm.yaml", "hrmgen: 1\nname: G{T}{n}\nextends: base.hrm.yaml\nmatrix: { recursion.let.T: [1, 2], recursion.let.n: [3, 4] }\nsupervision: { N_sup: 5 }\n"));

        Assert.Empty(files.Diagnostics);
        var models = files["grid.hrm.yaml"].Models;
        Assert.Equal(["G13", "G14", "G23", "G24"], models.Select(m => m.Architecture.Name));
        Assert.All(models, m => Assert.Equal(("Grids", 64, 3, 1), (m.Architecture.Namespace, m.Architecture.Block.HiddenSize, m.Architecture.Supervision.N_sup, Constant(m, "n"))));
    }

    [Fact]
    public void Each_model_equals_the_same_lines_in_a_file()
    {
        var models = Grid("matrix: { block.hidden_size: [64, 128], act.loss: { both: { continue: 0.5 }, halt: {} } }", "G{hidden_size}_{loss}");
        var lines = SpecCompiler.Lower("hrmgen: 1\nname: G128_both\nextends: hrmgen:trm\nblock: { hidden_size: 128 }\nact: { loss: { continue: 0.5 } }\n");
        Assert.Equal(lines, models.Single(m => m.Architecture.Name == "G128_both"));
    }

    [Fact]
    public void One_axis_may_lie_within_another_and_the_later_wins()
    {
        var models = Grid("matrix: { act.loss: { one: { halt: 1 }, two: { halt: 2 } }, act.loss.halt: [3] }", "G_{loss}_{halt}");
        Assert.Equal([3.0, 3.0], models.Select(m => m.Architecture.Act.HaltWeight!.Last));
    }

    [Fact]
    public void A_thousand_models_are_allowed()
    {
        var compiled = SpecCompiler.Compile($"hrmgen: 1\nname: G{{N_sup}}\nextends: hrmgen:trm\nmatrix: {{ supervision.N_sup: [{string.Join(", ", Enumerable.Range(1, 1000))}] }}\nblock: {{ oops: 1 }}\n");
        Assert.Equal(1000, compiled.Link.Specs.Count());
        Assert.Single(compiled.Diagnostics);
    }

    [Fact]
    public void Slips_in_several_values_are_each_at_their_place()
    {
        const string text = "hrmgen: 1\nname: G{num_heads}{T}\nextends: hrmgen:trm\nmatrix:\n  block.num_heads: [8, 7, 0]\n  recursion.let.T: { a: 1, b: q, c: { d: 1 } }\n";
        var findings = SpecCompiler.Compile(text).Diagnostics;

        // What has an error before sizes are bound says nothing of sizes: 7 is reported by the models whose T is right.
        Assert.Equal(["7 HRM0040", "0 HRM0013", "q HRM0021", "{ d: 1 } HRM0012"], findings.Select(d => $"{text.Substring(d.Span.Start, d.Span.Length)} {d.Rule.Id}"));
    }

    [Fact]
    public void A_finding_of_some_models_outside_of_the_matrix_names_one()
    {
        var findings = SpecCompiler.Compile(
            "hrmgen: 1\nname: G{hidden_size}{N_sup}\nextends: hrmgen:trm\nmatrix: { block.hidden_size: [512, 100], supervision.N_sup: [2, 3] }\nblock: { num_heads: 8 }\n").Diagnostics;
        Assert.EndsWith("(in the model G1002 and 1 more)", Assert.Single(findings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_model_is_emitted_and_registered()
    {
        var result = GeneratorHost.Run(new SpecFile("/project/sub/grid.hrm.yaml", "hrmgen: 1\nname: G{T}\nextends: hrmgen:trm\nmatrix: { recursion.let.T: [2, 1] }\n"));

        Assert.Empty(result.Diagnostics);
        Assert.Equal(7, result.GeneratedSources.Length);
        var texts = result.GeneratedSources.ToDictionary(s => s.HintName, s => s.SourceText.ToString());
        Assert.All(texts.Where(t => !t.Key.EndsWith("HrmModels.g.cs", StringComparison.Ordinal)), t => Assert.Contains("// Compiled by HrmGen from sub/grid.hrm.yaml.", t.Value, StringComparison.Ordinal));
        Assert.Contains("ModelEntry.Of(global::Tests.Models.G1.Spec,", texts["Tests.Models.HrmModels.g.cs"], StringComparison.Ordinal);
        Assert.Contains("ModelEntry.Of(global::Tests.Models.G2.Spec,", texts["Tests.Models.HrmModels.g.cs"], StringComparison.Ordinal);
    }

    private static int Constant(LoweredModel model, string name) => model.Architecture.Recursion.Constants.Single(c => c.Name == name).Value;

    private static IReadOnlyList<LoweredModel> Grid(string lines, string name)
    {
        var compiled = SpecCompiler.Compile($"hrmgen: 1\nname: {name}\nextends: hrmgen:trm\n{lines}\n");
        Assert.True(!compiled.Errors.Any(), string.Join("\n", compiled.Errors.Select(d => d.Message)));
        return compiled.Models;
    }
}
