using HrmGen.Lab.Tests.Support;

namespace HrmGen.Lab.Tests.Inspection;

public sealed class DiffTests : IDisposable
{
    private readonly TextFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task It_shows_keys_with_their_defaults_the_program_and_what_they_change() => Assert.Equal("""
        HrmSudoku (hrm_sudoku.hrm.yaml) -> TrmMlpSudoku (trm_mlp_sudoku.hrm.yaml)

        task.puzzle_embedding.tokens: 1 -> 16
        block.mixer: attention -> mlp
        block.positions: rope -> none
        networks.f_L.layers: 4 -> absent
        networks.f_L.state_dict: L_level -> absent
        networks.f_H.layers: 4 -> absent
        networks.f_H.state_dict: H_level -> absent
        recursion.let.N: 2 -> absent
        recursion.let.T: 2 -> 3
        recursion.gradient: one_step -> last_cycle
        act.loss.continue: 0.5 -> no continue loss (the default)
        act.halt_when: q_halt > q_continue -> q_halt > 0
        training.epochs: 20000 -> 50000
        networks.f.layers: absent -> 2
        networks.f.state_dict: absent -> L_level
        recursion.let.n: absent -> 6
        training.ema: none (the default) -> 0.999
        recursion.program:
        -   repeat N = 2 times:
        -     repeat T = 2 times:
        -       z_L = f_L(z_L + (z_H + x))
        -     z_H = f_H(z_H + z_L)
        +   repeat T = 3 times:
        +     repeat n = 6 times:
        +       z_L = f(z_L + (z_H + x))
        +     z_H = f(z_H + z_L)

                                     HrmSudoku  TrmMlpSudoku
        parameters                  27,275,266     5,028,866  x 0.18
        effective depth                     24            42  x 1.75
        recorded depth                       8            14  x 1.75
        forward passes                       2             1  x 0.50
        one pass                  13.74 GFLOPs  25.63 GFLOPs  x 1.86
        one step                  36.65 GFLOPs  42.72 GFLOPs  x 1.17
        activations, one example      14.1 MiB      49.2 MiB  x 3.49
        memory, one batch         11,364.7 MiB  38,042.9 MiB  x 3.35
        memory, one batch, fused   7,957.2 MiB  20,353.7 MiB  x 2.56

        """, await LabRun.Output_of("diff", "HrmSudoku", "TrmMlpSudoku"));

    [Fact]
    public async Task What_says_the_same_in_other_words_does_not_differ()
    {
        var a = folder.Write("a.hrm.yaml", "hrmgen: 1\nname: A\nextends: hrmgen:trm\nsummary: Words.\ntraining: { lr: 1.0e-4, betas: null }\nblock: { norm: null }\n");
        var b = folder.Write("b.hrm.yaml", "hrmgen: 1\nname: B\nextends: hrmgen:trm\ntraining: { lr: 0.0001 }\nsupervision: { N_sup: 16.0 }\n");
        var output = await LabRun.Output_of("diff", a, b);
        Assert.Contains("\nThe specs say the same.\n", output, StringComparison.Ordinal);
        Assert.Matches("\nparameters +6,828,034 +6,828,034  =\n", output);
    }

    [Fact]
    public async Task Lines_of_a_program_that_stay_are_shown_between_those_that_change()
    {
        var a = folder.Write("a.hrm.yaml", "hrmgen: 1\nname: A\nextends: hrmgen:trm\n");
        var b = folder.Write("b.hrm.yaml", "hrmgen: 1\nname: B\nextends: hrmgen:trm\nrecursion: { program: [{ repeat: T, do: [{ repeat: n, do: [\"z_L = f(z_L + z_H + x)\"] }, \"z_H = f(z_H + z_L)\"] }] }\n");
        Assert.Contains("""
            recursion.program:
                repeat T = 3 times:
                  repeat n = 6 times:
            -       z_L = f(z_L + (z_H + x))
            +       z_L = f(z_L + z_H + x)
                  z_H = f(z_H + z_L)
            """, await LabRun.Output_of("diff", a, b), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Errors_of_both_are_told_at_once()
    {
        var a = folder.Write("a.hrm.yaml", "hrmgen: 1\nname: A\nextends: hrmgen:trm\nloss: { kind: x }\n");
        var b = folder.Write("b.hrm.yaml", "hrmgen: 1\nname: B\nextends: hrmgen:trn\n");
        var run = await LabRun.Of("diff", a, b);
        Assert.Equal((1, ""), (run.Code, run.Output));
        Assert.Contains($"{a}(4,15): error HRM0014", run.Error, StringComparison.Ordinal);
        Assert.Contains($"{b}(3,10): error HRM0017", run.Error, StringComparison.Ordinal);
        Assert.StartsWith("There is no model 'Nobody'", await LabRun.Error_of("diff", "HrmSudoku", "Nobody"), StringComparison.Ordinal);
    }
}
