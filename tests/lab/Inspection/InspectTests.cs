using HrmGen.Lab.Tests.Support;

namespace HrmGen.Lab.Tests.Inspection;

public sealed class InspectTests : IDisposable
{
    private const string Base = """
        hrmgen: 1
        abstract: true
        extends: hrmgen:trm
        task: { vocab_size: 6, seq_len: 16, puzzle_embedding: { count: 3, dim: 20, tokens: 1 } }
        block: { hidden_size: 32, num_heads: 4 }
        recursion: { let: { T: { at: { 0: 1, 0.5: 2 } }, n: 2 } }

        """;

    private const string Spec = "hrmgen: 1\nname: Small\nsummary: A small one.\npublished: nowhere\nextends: bases/base.hrm.yaml\ntraining: { batch_size: 8 }\n";

    private readonly TextFolder folder = new();

    public void Dispose() => folder.Dispose();

    private string Small(string text = Spec)
    {
        folder.Write("bases/base.hrm.yaml", Base);
        return folder.Write("small.hrm.yaml", text);
    }

    [Fact]
    public async Task It_tells_what_a_file_and_its_bases_compile_to()
    {
        var output = await LabRun.Output_of("inspect", Small(), "--batch", "4");
        Assert.Equal("""
            Small (small.hrm.yaml)
            A small one.
            published: nowhere
            6 tokens, 16 cells, 17 positions of 32 channels, weights float32, forward bfloat16

            Layers (names below model.inner.)
            module        checkpoint name                                  shape           numbers
            embed_tokens  embed_tokens.embedding_weight                    [6, 32]           192
            puzzle_emb    puzzle_emb.weights                               [3, 20]            60 *
            f             L_level.layers.{0..1}.self_attn.qkv_proj.weight  2 x [96, 32]    6,144
            f             L_level.layers.{0..1}.self_attn.o_proj.weight    2 x [32, 32]    2,048
            f             L_level.layers.{0..1}.mlp.gate_up_proj.weight    2 x [512, 32]  32,768
            f             L_level.layers.{0..1}.mlp.down_proj.weight       2 x [32, 256]  16,384
            lm_head       lm_head.weight                                   [6, 32]           192
            q_head        q_head.weight                                    [2, 32]            64
            q_head        q_head.bias                                      [2]                 2
            z_H           H_init                                           [32]               32 *
            z_L           L_init                                           [32]               32 *
            57,794 parameters; * 124 numbers in buffers, which the optimizer of the parameters does not train

            Recursion as written (T = 2, n = 2)
              repeat T = 2 times:
                repeat n = 2 times:
                  z_L = f(z_L + (z_H + x))
                z_H = f(z_H + z_L)

            Recursion after the passes, until 0.5 of training (T = 1, n = 2)
              recorded, 3 of 3 updates:
                injection = z_H + x  (computed once, ahead of the loop)
                repeat n = 2 times:
                  z_L = f(z_L + injection)
                z_H = f(z_H + z_L)

            Recursion after the passes, at the end of training
              detached, 3 of 6 updates:
                injection = z_H + x  (computed once, ahead of the loop)
                repeat n = 2 times:
                  z_L = f(z_L + injection)
                z_H = f(z_H + z_L)
              recorded, 3 of 6 updates:
                injection2 = z_H + x  (computed once, ahead of the loop)
                repeat n = 2 times:
                  z_L = f(z_L + injection2)
                z_H = f(z_H + z_L)

            What the gradient covers (recursion.gradient: last_cycle)
              z_L = f(z_L + (z_H + x))  2 of 4
              z_H = f(z_H + z_L)        1 of 2
              6 of 12 layer calls; it reaches the embedded input and trains f

            Cost
              effective depth (layer calls a pass)            12
              forward passes an optimizer step                 1
              one pass, one example                 12.15 MFLOPs
              one optimizer step, one example       24.30 MFLOPs
              one optimizer step, 4 examples        97.21 MFLOPs
              supervision steps at most                       16

            Memory of training, 4 examples
              weights                                     0.2 MiB
              gradients                                   0.2 MiB
              optimizer                                   0.4 MiB
              moving average                              0.2 MiB
              latents                                     0.0 MiB
              activations, reference lowering (at least)  1.0 MiB
              total, reference lowering (at least)        2.2 MiB
              activations, fused lowering                 0.7 MiB
              total, fused lowering                       1.8 MiB

            """, output);
    }

    [Fact]
    public async Task The_batch_is_the_specs_own_where_none_is_given() =>
        Assert.Contains("Memory of training, 8 examples", await LabRun.Output_of("inspect", Small()), StringComparison.Ordinal);

    [Theory]
    [InlineData("TrmGrid_T1_n6")]
    [InlineData("trmgrid_t1_n6")]
    public async Task A_name_of_the_registry_means_its_file_below_specs(string name) =>
        Assert.StartsWith("TrmGrid_T1_n6 (", await LabRun.Output_of("inspect", name), StringComparison.Ordinal);

    [Fact]
    public async Task One_model_of_a_matrix_is_named_behind_the_file() =>
        Assert.StartsWith("TrmGrid_T3_n2 (", await LabRun.Output_of("inspect", Repository.Spec("examples/trm_grid.hrm.yaml") + "#TrmGrid_T3_n2"), StringComparison.Ordinal);

    [Fact]
    public async Task A_gradient_that_misses_a_network_is_told()
    {
        var run = await LabRun.Of("inspect", folder.Write("a.hrm.yaml", "hrmgen: 1\nname: A\nextends: hrmgen:hrm\nrecursion: { gradient: { last_updates: 1 }, program: [\"z_L = f_L(z_L + x)\", \"z_H = f_H(z_H + (z_L + x))\"], let: null }\n"));
        Assert.Equal(0, run.Code);
        Assert.Contains("z_L = f_L(z_L + x)          0 of 1", run.Output, StringComparison.Ordinal);
        Assert.Contains("trains f_H; it never reaches f_L", run.Output, StringComparison.Ordinal);
        Assert.Contains("warning HRM0031", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Loops_that_end_early_and_every_have_words_of_their_own()
    {
        var output = await LabRun.Output_of("inspect", folder.Write("a.hrm.yaml", """
            hrmgen: 1
            name: A
            extends: hrmgen:trm
            recursion:
              program:
                - { repeat: 9, until: residual < 0.01, do: ["z_L = f(z_L + (z_H + x))"] }
                - { for: i in 1..T, do: [{ every: 2, do: ["z_L = f(z_L + x)"] }, "z_H = f(z_H + (z_L + x))"] }
            """));
        Assert.Contains("repeat 9 times at most, until residual < 0.01:", output, StringComparison.Ordinal);
        Assert.Contains("for i in 1..T, 3 times:\n    every 2 iterations:", output, StringComparison.Ordinal);

        // What may end early is counted at most, and only that: z_H and the second z_L stand behind the loop.
        Assert.Contains("  detached, at most 12 of at most 13 updates:", output, StringComparison.Ordinal);
        Assert.Contains("  recorded, 1 of at most 13 updates:", output, StringComparison.Ordinal);
        Assert.Contains("z_L = f(z_L + (z_H + x))  0 of at most 9\n", output, StringComparison.Ordinal);
        Assert.Contains("z_H = f(z_H + (z_L + x))          1 of 3\n", output, StringComparison.Ordinal);
        Assert.Contains("  2 of at most 26 layer calls", output, StringComparison.Ordinal);
        Assert.Contains("\nCost at most, with every iteration of the loops that may end early\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fixed_point_is_reached_in_so_many_updates_at_most()
    {
        var output = await LabRun.Output_of("inspect", "HrmFixedPoint");
        Assert.Contains("  detached, at most 36 of at most 38 updates:", output, StringComparison.Ordinal);
        Assert.Contains("  recorded, 2 of at most 38 updates:", output, StringComparison.Ordinal);
        Assert.Contains("z_H = f_H(z_H + z_L)        1 of at most 13\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_recorded_loop_that_ends_early_makes_what_is_recorded_uncertain()
    {
        var output = await LabRun.Output_of("inspect", folder.Write("a.hrm.yaml", """
            hrmgen: 1
            name: A
            extends: hrmgen:trm
            recursion:
              gradient: full
              program:
                - { repeat: 9, until: residual < 0.01, do: ["z_L = f(z_L + (z_H + x))"] }
                - z_H = f(z_H + z_L)
            """));
        Assert.Contains("  recorded, at most 10 of at most 10 updates:", output, StringComparison.Ordinal);
        Assert.Contains("z_L = f(z_L + (z_H + x))  at most 9 of at most 9\n", output, StringComparison.Ordinal);
        Assert.Contains("z_H = f(z_H + z_L)                        1 of 1\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Findings_are_printed_at_line_and_column_and_end_with_1()
    {
        var path = Small(Spec + "block: { hiden_size: 3 }\n");
        var run = await LabRun.Of("inspect", path);
        Assert.Equal((1, $"{path}(7,10): error HRM0010: Unknown key 'hiden_size' in block (did you mean 'hidden_size'?)\n", ""), (run.Code, run.Error, run.Output));
    }

    [Fact]
    public async Task A_slip_in_a_base_is_told_there_and_a_base_that_is_missing_at_extends()
    {
        var path = Small();
        var slip = folder.Write("bases/base.hrm.yaml", Base + "loss: { kind: stablemx }\n");
        Assert.Equal($"{slip}(7,15): error HRM0014: 'stablemx' is not a value of 'kind' (did you mean 'stablemax'?)\n", (await LabRun.Of("inspect", path)).Error);
        folder.Write("bases/base.hrm.yaml", Base);
        var missing = folder.Write("a.hrm.yaml", Spec.Replace("bases/base", "smal", StringComparison.Ordinal));
        Assert.Equal($"{missing}(5,10): error HRM0017: There is no base 'smal.hrm.yaml' among the spec files of this project (did you mean 'small.hrm.yaml'?)\n", (await LabRun.Of("inspect", missing)).Error);
    }

    [Theory]
    [InlineData("TrmSmall", "There is no model 'TrmSmall'")]
    [InlineData("no/such.hrm.yaml", "There is no spec file 'no/such.hrm.yaml' (looked in ")]
    [InlineData(".", ". is a folder; give one of its spec files (*.hrm.yaml)")]
    public async Task What_is_no_spec_is_told(string word, string message) => Assert.StartsWith(message, await LabRun.Error_of("inspect", word), StringComparison.Ordinal);

    [Fact]
    public async Task A_file_of_several_models_asks_for_one_and_an_abstract_one_for_another()
    {
        var grid = Repository.Spec("examples/trm_grid.hrm.yaml");
        Assert.Equal($"{grid} holds several models; add one of them behind a #: TrmGrid_T1_n2, TrmGrid_T1_n6, TrmGrid_T3_n2, TrmGrid_T3_n6", await LabRun.Error_of("inspect", grid));
        Assert.StartsWith($"{grid} holds no model 'TrmGrid_T3_n3' (did you mean 'TrmGrid_T3_n2'?); it holds TrmGrid_T1_n2", await LabRun.Error_of("inspect", grid + "#TrmGrid_T3_n3"), StringComparison.Ordinal);
        var small = Repository.Spec("bases/small_trm.hrm.yaml");
        Assert.Equal($"{small} says 'abstract: true': it is a base for others, and no model by itself; name a spec that extends it", await LabRun.Error_of("inspect", small));
    }

    [Fact]
    public async Task Options_that_mean_nothing_are_refused()
    {
        Assert.Equal("--diagram png: there is no such drawing; use mermaid or svg", await LabRun.Error_of("inspect", Small(), "--diagram", "png"));
        Assert.Equal("--batch 0: a batch has at least one example", await LabRun.Error_of("inspect", Small(), "--batch", "0"));
        var nowhere = folder.Under("no/such/file.txt");
        var error = await LabRun.Error_of("inspect", Small(), "--out", nowhere);
        Assert.StartsWith($"--out {nowhere}: ", error, StringComparison.Ordinal);
        Assert.EndsWith("; name a file in a folder that exists and can be written", error, StringComparison.Ordinal);
    }
}
