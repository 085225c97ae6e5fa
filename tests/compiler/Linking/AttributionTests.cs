using HrmGen.Compiler.Language;
using HrmGen.Compiler.Tests.Support;

namespace HrmGen.Compiler.Tests.Linking;

/// <summary>Which of several files answers for an error, and where.</summary>
public sealed class AttributionTests
{
    [Theory]
    // An abstract base answers for keys, types, ranges and the form of its equations.
    [InlineData("abstract: true\nblock: { [|hiden_size|]: 64 }")]
    [InlineData("abstract: true\nsupervision: { N_sup: [|0|] }")]
    [InlineData("abstract: true\nextends: hrmgen:trm\nblock: { mixer: [|mpl|] }")]
    [InlineData("abstract: true\nextends: hrmgen:trm\nrecursion: { program: [\"z_H = f(z_H + x[|\"|]] }")]
    // A base that is a model answers for everything.
    [InlineData("name: Base\nextends: hrmgen:trm\nblock: { [|hiden_size|]: 64 }")]
    [InlineData("name: Base\nextends: hrmgen:trm\nblock: { hidden_size: 100, num_heads: [|7|] }")]
    [InlineData("name: Base\nextends: hrmgen:trm\nrecursion: { program: [\"z_H = f(z_H + [|z_K|] + x)\"] }")]
    [InlineData("name: Base\nextends: hrmgen:trm\n[|task|]: { vocab_size: null }")]
    [InlineData("name: Base\nextends: hrmgen:trm\nblock: { mixer: mlp, positions: none, rope_theta: null, [|num_heads|]: 4 }")] // a warning
    [InlineData("name: Base\nextends: hrmgen:hrm\nrecursion: { gradient: { last_updates: 1 } }", "networks.f_L: 'one'")]
    public void A_slip_in_a_base_is_reported_there_once(string lines, string? _ = null)
    {
        var marked = lines.Contains("[|", StringComparison.Ordinal) ? Marked.Parse("hrmgen: 1\n" + lines + "\n") : null;
        var text = marked?.Text ?? "hrmgen: 1\n" + lines + "\n";
        var files = Project.Of(
            ("base.hrm.yaml", text), ("a.hrm.yaml", NewLeaf("A")), ("b.hrm.yaml", NewLeaf("B", "supervision: { loop: per_sample }\n")), ("c.hrm.yaml", "hrmgen: 1\nname: C\nextends: b.hrm.yaml\n"));

        // What an abstract base leaves out is the business of those that extend it.
        var finding = Assert.Single(files.Diagnostics, d => d.Rule.Id != "HRM0011" || marked?.Text.Contains("vocab_size: null", StringComparison.Ordinal) == true);
        Assert.Equal("/project/base.hrm.yaml", finding.Span.Path);
        if (marked is not null)
        {
            Assert.Equal((marked.Start, marked.Length), (finding.Span.Start, finding.Span.Length));
        }
    }

    [Fact]
    public void An_override_can_mend_a_base()
    {
        var files = Project.Of(
            ("base.hrm.yaml", "hrmgen: 1\nabstract: true\nextends: hrmgen:trm\nblock: { hidden_size: 100 }\nsupervision: { N_sup: 0 }\n"), ("a.hrm.yaml", NewLeaf("A", "block: { num_heads: 10 }\nsupervision: { N_sup: 4 }\n")));

        Assert.Equal(["base.hrm.yaml: 'N_sup' takes a whole number from 1 to 10000; it is 0"], files.Shown);
        Assert.NotNull(files["a.hrm.yaml"].Model);
    }

    [Theory]
    // At the node itself, where the leaf wrote it.
    [InlineData("block: { num_heads: [|7|] }", "HRM0040", "hidden_size 512 is not a multiple of num_heads 7; change one, or give head_dim")]
    [InlineData("block: { [|hiden_size|]: 7 }", "HRM0010", "Unknown key 'hiden_size' in block (did you mean 'hidden_size'?)")]
    // At the nearest key around it, with the place that it is about.
    [InlineData("[|block|]: { hidden_size: 100 }", "HRM0040", "hidden_size 100 is not a multiple of num_heads 16; change one, or give head_dim (at 'block.num_heads' of base.hrm.yaml)")]
    [InlineData("[|recursion|]: { latents: { z_H: null } }", "HRM0021", "There is no latent 'z_H' (did you mean 'z_L'?) (at 'recursion.program[1]' of base.hrm.yaml)")]
    [InlineData("task: { seq_len: 16 }\nrecursion: { gradient: { last_updates: 1 } }", "HRM0031",
        "No update that 'gradient: { last_updates: 1 }' records calls the network 'f' on a path to the answer: its weights would never be trained (at 'networks.f' of base.hrm.yaml)")]
    // At 'extends', where the leaf wrote nothing near.
    [InlineData("task: { seq_len: 16 }", "HRM0040", "hidden_size 512 is not a multiple of num_heads 15; change one, or give head_dim (at 'block.num_heads' of base.hrm.yaml)", 15)]
    public void What_arises_in_a_leaf_only_is_reported_in_the_leaf(string lines, string id, string message, int heads = 16)
    {
        var program = "networks: { f: { layers: 1 }, g: { layers: 1 } }\nrecursion: { program: [\"z_L = f(z_L + x)\", \"z_H = g(z_H + z_L + x)\"], gradient: full }";
        var text = NewLeaf("A", lines + "\n");
        var marked = Marked.Parse(text.Contains("[|", StringComparison.Ordinal) ? text : text.Replace("base.hrm.yaml", "[|base.hrm.yaml|]", StringComparison.Ordinal));
        var files = Project.Of(("base.hrm.yaml", $"hrmgen: 1\nabstract: true\nextends: hrmgen:trm\nblock: {{ num_heads: {heads} }}\n{program}\n"), ("a.hrm.yaml", marked.Text));

        var finding = files.Diagnostics[0];
        Assert.Equal((id, message), (finding.Rule.Id, finding.Message));
        Assert.Equal(("/project/a.hrm.yaml", marked.Start, marked.Length), (finding.Span.Path, finding.Span.Start, finding.Span.Length));
        Assert.All(files.Diagnostics, d => Assert.Equal((finding.Span, id), (d.Span, d.Rule.Id)));
    }

    [Fact]
    public void A_leaf_of_an_incomplete_base_is_told_what_it_lacks_and_the_base_is_not()
    {
        var files = Project.Of(("base.hrm.yaml", "hrmgen: 1\nabstract: true\ntask: { vocab_size: 5 }\nnetworks: { f: {} }\n"), ("a.hrm.yaml", NewLeaf("A", "heads: { logits: z }\n")));

        Assert.Equal(
            [
                "Network needs the key 'layers': Layers of the stack. (at 'networks.f' of base.hrm.yaml)",
                "Task needs the key 'seq_len': Number of cells of a puzzle. (at 'task' of base.hrm.yaml)",
                "The spec needs the key 'block': One layer.",
                "The spec needs the key 'recursion': How the networks are applied again and again.",
            ],
            files.Diagnostics.Select(d => d.Message).Order(StringComparer.Ordinal));
        Assert.All(files.Diagnostics, d => Assert.Equal("/project/a.hrm.yaml", d.Span.Path));
    }

    [Fact]
    public void A_setting_of_a_base_that_an_override_leaves_without_effect_is_nobody_s_slip()
    {
        var files = Project.Of(("base.hrm.yaml", "hrmgen: 1\nabstract: true\nextends: hrmgen:trm\nblock: { num_heads: 4 }\n"), ("a.hrm.yaml", NewLeaf("A", "block: { mixer: mlp }\n")));
        Assert.Empty(files.Diagnostics);
    }

    [Fact]
    public void A_preset_s_network_that_an_override_leaves_untrained_is_told()
    {
        var files = Project.Of(("a.hrm.yaml", "hrmgen: 1\nname: A\nextends: hrmgen:hrm\nrecursion: { gradient: { last_updates: 1 }, program: [\"z_L = f_L(z_L + x)\", \"z_H = f_H(z_H + z_L + x)\"] }\n"));
        var warning = Assert.Single(files.Diagnostics);
        Assert.Equal(("HRM0031", "hrmgen:hrm"), (warning.Rule.Id, files.TextAt(warning)));
    }

    [Fact]
    public void Each_file_s_own_slips_are_its_own()
    {
        var files = Project.Of(
            ("base.hrm.yaml", "hrmgen: 1\nabstract: true\nextends: hrmgen:trm\nblock: { oops: 1 }\n"), ("a.hrm.yaml", NewLeaf("A", "act: { oops: 1 }\n")), ("b.hrm.yaml", "hrmgen: 1\nname: B\nextends: a.hrm.yaml\ntask: { oops: 1 }\n"));

        Assert.Equal(["a.hrm.yaml act", "b.hrm.yaml task", "base.hrm.yaml block"],
            files.Diagnostics.Select(d => $"{SpecPaths.FileName(d.Span.Path)} {d.Message.Split("'oops' in ")[1].Split(' ')[0]}").Order(StringComparer.Ordinal));
        Assert.All(files.Diagnostics, d => Assert.Equal("oops", files.TextAt(d)));
    }

    [Fact]
    public void The_same_slip_written_twice_is_reported_twice()
    {
        var files = Project.Of(("base.hrm.yaml", "hrmgen: 1\nabstract: true\nextends: hrmgen:trm\nsupervision: { N_sup: 0 }\n"), ("a.hrm.yaml", NewLeaf("A", "supervision: { N_sup: 0 }\n")));
        Assert.Equal(2, files.Diagnostics.Count);
    }

    private static string NewLeaf(string name, string lines = "") => $"hrmgen: 1\nname: {name}\nextends: base.hrm.yaml\n{lines}";
}
