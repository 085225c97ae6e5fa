using System.Globalization;
using HrmGen.Compiler.Emit;
using HrmGen.Compiler.Tests.Support;

namespace HrmGen.Compiler.Tests.Emission;

/// <summary>Equal models give equal bytes, whatever they are written with and wherever they are compiled.</summary>
public sealed class DeterminismTests
{
    private const string HrmWrittenOut =
        """
        # By hand, in another order and another style than the preset.
        training:
          puzzle_embedding: { weight_decay: 1, lr: 0.0001, optimizer: sign_sgd }
          epochs: 20000
          lr: 0.0001
          betas: [0.90, 0.950]
          warmup_steps: 2000
          lr_min_ratio: 1
          weight_decay: 1
          batch_size: 768
          optimizer: adam_atan2
        precision: { internal: float32, forward: bfloat16, parameters: float32 }
        loss:
          precision: float64
          kind: stablemax
        act:
          evaluate: all_steps
          exploration: 0.1
          halt_when: " q_halt>q_continue "
          loss:
            continue: 0.5
            halt: 0.50
        supervision: { loop: per_sample, N_sup: 16 }
        heads:
          q: { at: 0, from: z_H }
          logits: z_H
        recursion:
          gradient: one_step
          program:
            - repeat: cycles
              do:
                - repeat: T
                  do:
                    - z_L=f_L( z_L+(z_H+x) )
                - 'z_H = f_H(z_H + z_L)'
          latents:
            z_H: { state_dict: H_init, init: buffer }
            z_L: { state_dict: L_init, init: buffer }
          let: { cycles: 2, T: 2 }
        networks:
          f_L: { state_dict: L_level, layers: 4 }
          f_H: { state_dict: H_level, layers: 4 }
        block: { rms_norm_eps: 0.00001, norm: post_rms, rope_theta: 1.0e+4, positions: rope, mixer: attention, expansion: 4.0, num_heads: 8, hidden_size: 512 }
        task: { puzzle_embedding: { tokens: 1, count: 1 }, seq_len: 81, vocab_size: 11 }
        name: Hrm
        hrmgen: 1

        """;

    private const string TrmWrittenOut =
        """
        hrmgen: 1
        name: TrmAtt
        task:
          vocab_size: 11
          seq_len: 81
          puzzle_embedding:
            count: 1
            tokens: 16
        block:
          hidden_size: 512
          num_heads: 8
        networks:
          f:
            layers: 2
            state_dict: L_level
        recursion:
          let: { T: 3, n: 6 }
          latents:
            z_H: { state_dict: H_init }
            z_L: { state_dict: L_init }
          program:
            - { repeat: T, do: [{ repeat: n, do: ["z_L = f(z_L + (z_H + x))"] }, "z_H = f(z_H + z_L)"] }
          gradient: last_cycle
        heads: { logits: z_H, q: { from: z_H } }
        act: { loss: { halt: 0.5 }, halt_when: q_halt > 0, exploration: 0.1 }
        precision: { forward: bfloat16 }
        training:
          batch_size: 768
          betas: [0.9, 0.95]
          lr: 1e-4
          warmup_steps: 2000
          lr_min_ratio: 1
          weight_decay: 1
          ema: 0.999
          epochs: 50000
          puzzle_embedding: { optimizer: sign_sgd, lr: 1e-4, weight_decay: 1 }

        """;

    [Fact]
    public void The_HRM_preset_and_its_program_written_out() =>
        // A let's name is the author's; the constant that it becomes is the only difference there may be.
        Same(SpecCompiler.Emit(Specs.Hrm), SpecCompiler.Emit(HrmWrittenOut.Replace("cycles", "N", StringComparison.Ordinal)));

    [Fact]
    public void The_TRM_preset_and_its_program_written_out_defaults_left_out() => Same(SpecCompiler.Emit(Specs.TrmAtt), SpecCompiler.Emit(TrmWrittenOut));

    [Fact]
    public void A_name_that_differs_shows() =>
        // The comparison above can fail: the same text with the let's own name emits other bytes.
        Assert.NotEqual(Texts(SpecCompiler.Emit(Specs.Hrm)), Texts(SpecCompiler.Emit(HrmWrittenOut)));

    [Theory]
    [InlineData("tr-TR")]
    [InlineData("fa-IR")]
    [InlineData("de-DE")]
    public void Any_culture(string culture)
    {
        var expected = Generate([.. Project()]);
        var before = (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture);
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = new(culture);
            Assert.NotEqual("0.5", culture == "de-DE" ? 0.5.ToString(CultureInfo.CurrentCulture) : "0,5"); // real cultures, not invariant ones
            Assert.Equal(expected, Generate([.. Project()]));
        }
        finally
        {
            (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = before;
        }
    }

    [Fact]
    public void Any_order_of_files() => Assert.Equal(Generate([.. Project()]), Generate([.. Project().Reverse()]));

    [Fact]
    public void Any_line_ends() => Assert.Equal(Generate([.. Project()]), Generate([.. Project().Select(f => new SpecFile(f.Path, f.GetText().ToString().ReplaceLineEndings("\r\n")))]));

    [Fact]
    public void Any_place_of_the_project()
    {
        var here = Generate(Project(), "/project/");
        var there = Generate(Project("/elsewhere/with a space/"), "/elsewhere/with a space/");
        Assert.Equal(here, there);
        Assert.All(here, text => Assert.DoesNotContain("/project/", text, StringComparison.Ordinal));
    }

    [Fact]
    public void Lines_end_in_line_feeds_alone() => Assert.All(Generate([.. Project()]), text => Assert.DoesNotContain('\r', text));

    private static IEnumerable<SpecFile> Project(string root = "/project/") =>
    [
        new(root + "b/hrm.hrm.yaml", Specs.Hrm + "summary: I\u0131\u0130i\n"), new(root + "att.hrm.yaml", Specs.TrmAtt + "training: { lr: 0.00015 }\n"),
        new(root + "a/mlp.hrm.yaml", Specs.TrmMlp), new(root + "clocks.hrm.yaml", Specs.ThreeClocks), new(root + "hier.hrm.yaml", Specs.TrmHier6),
    ];

    private static List<string> Generate(IEnumerable<SpecFile> files, string projectDirectory = "/project/")
    {
        var result = GeneratorHost.Driver(files, projectDirectory: projectDirectory).RunGenerators(GeneratorHost.Compilation()).GetRunResult().Results.Single();
        Assert.Empty(result.Diagnostics);
        var texts = result.GeneratedSources.OrderBy(s => s.HintName, StringComparer.Ordinal).Select(s => s.HintName + "\n" + s.SourceText).ToList();
        Assert.True(texts.Count >= 16, $"{texts.Count} files");
        return texts;
    }

    private static void Same(EquatableArray<SourceFile> expected, EquatableArray<SourceFile> actual) =>
        Assert.Equal(string.Join("\n", Texts(expected)), string.Join("\n", Texts(actual)));

    private static List<string> Texts(EquatableArray<SourceFile> files) => [.. files.Select(f => f.HintName + "\n" + f.Text)];
}
