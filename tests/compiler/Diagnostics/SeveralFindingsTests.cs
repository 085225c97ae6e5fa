using HrmGen.Compiler.Tests.Support;

namespace HrmGen.Compiler.Tests.Diagnostics;

/// <summary>How many findings a slip makes, and in which order several come.</summary>
public sealed class SeveralFindingsTests
{
    [Fact]
    public void All_errors_of_a_file_are_reported_in_its_order()
    {
        const string text =
            """
            hrmgen: 1
            name: M
            extends: hrmgen:trm
            training: { lr: fast }
            block: { hiden_size: 8, num_heads: 0 }
            supervision: { N_sup: 0 }
            loss: { kind: focal }

            """;
        var findings = SpecCompiler.Compile(text).Diagnostics;

        Assert.Equal(["HRM0012", "HRM0010", "HRM0013", "HRM0013", "HRM0014"], findings.Select(d => d.Rule.Id));
        Assert.Equal(["fast", "hiden_size", "0", "0", "focal"], findings.Select(d => text.Substring(d.Span.Start, d.Span.Length)));
    }

    [Fact]
    public void All_bad_equations_of_a_program_are_reported()
    {
        var text = DiagnosticCase.Program("    - \"z_H = f(z_M + x)\"\n    - { repeat: T, do: [\"z_L = h(x)\", \"z_L = g(x\"] }\n    - { every: 2, do: [\"z_H = q\"] }");

        var findings = SpecCompiler.Compile(text).Diagnostics;

        Assert.Equal(["z_M", "h", "\"", "every", "q"], findings.Select(d => text.Substring(d.Span.Start, d.Span.Length)));
        Assert.Equal(["HRM0021", "HRM0021", "HRM0020", "HRM0027", "HRM0021"], findings.Select(d => d.Rule.Id));
    }

    [Theory]
    [InlineData("block: { hiden_size: 64 }")]
    [InlineData("recursion: { program: [\"z_H = f(z_H +\", \"z_L = f(x)\"] }")]
    [InlineData("supervision: &a { N_sup: *a }")]
    [InlineData("task: &a { puzzle_embedding: *a }")]
    [InlineData("networks: { f: { layer: 2 } }")]
    [InlineData("block: 3")]
    [InlineData("recursion: { gradient: { last_updatse: 3 } }")]
    public void One_slip_is_one_error(string lines) => Assert.Single(SpecCompiler.Compile(DiagnosticCase.Trm(lines)).Diagnostics);

    [Fact]
    public void A_misspelt_required_key_is_not_missing_as_well()
    {
        var text = DiagnosticCase.Program("    - \"z_H = f(z_H + g(z_L) + x)\"").Replace("vocab_size", "vocab_sise", StringComparison.Ordinal);
        Assert.Equal("Unknown key 'vocab_sise' in task (did you mean 'vocab_size'?)", Assert.Single(SpecCompiler.Compile(text).Diagnostics).Message);
    }

    [Fact]
    public void Warnings_leave_the_model_standing()
    {
        var compiled = SpecCompiler.Compile(DiagnosticCase.Trm("block: { mixer: mlp, positions: none, num_heads: 4 }"));
        Assert.Single(compiled.Diagnostics);
        Assert.NotNull(compiled.Model);
    }

    [Fact]
    public void A_preset_s_setting_that_an_override_leaves_without_effect_is_nobody_s_slip()
    {
        // num_heads, rope_theta and positions come from the preset.
        Assert.Empty(SpecCompiler.Compile(DiagnosticCase.Trm("block: { mixer: mlp }")).Diagnostics);
        Assert.Empty(SpecCompiler.Compile(DiagnosticCase.Trm("supervision: { N_sup: 1 }")).Diagnostics);
        Assert.Empty(SpecCompiler.Compile(DiagnosticCase.Trm("task: { puzzle_embedding: none }")).Diagnostics);
    }

    [Theory]
    [InlineData("[|block|]: { hidden_size: 100 }", "HRM0040")] // the preset's num_heads does not divide it
    [InlineData("[|recursion|]: { latents: { z_H: null } }", "HRM0021")] // the preset's equations name it
    public void An_override_that_breaks_the_preset_takes_the_blame(string lines, string id)
    {
        var marked = Marked.Parse(DiagnosticCase.Trm(lines));
        var findings = SpecCompiler.Compile(marked.Text).Diagnostics;
        Assert.All(findings, d => Assert.Equal(SpecCompiler.DefaultPath, d.Span.Path));
        Assert.Contains(findings, d => d.Rule.Id == id && (d.Span.Start, d.Span.Length) == (marked.Start, marked.Length));
    }

    [Fact]
    public void An_override_from_the_project_file_is_checked_like_the_spec()
    {
        var compiled = SpecCompiler.Compile(DiagnosticCase.Trm("block: { hidden_size: 64 }"), file: new(null, "block.num_heads=7"));
        Assert.Equal("HRM0040", Assert.Single(compiled.Diagnostics).Rule.Id);
        Assert.Equal(SpecCompiler.DefaultPath, compiled.Diagnostics[0].Span.Path);
    }
}
