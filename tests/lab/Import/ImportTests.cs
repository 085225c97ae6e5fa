using HrmGen.Lab.Inspection;
using HrmGen.Lab.Tests.Support;

namespace HrmGen.Lab.Tests.Import;

public sealed class ImportTests : IDisposable
{
    private readonly TextFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("hrm_v1", "hrmgen:hrm", "")]
    [InlineData("trm", "hrmgen:trm", "")]
    [InlineData("transformers_baseline", "hrmgen:transformer", "")]
    public async Task The_official_configuration_of_a_preset_is_the_preset(string family, string preset, string rest)
    {
        var output = await LabRun.Output_of("import", folder.Write($"{family}.yaml", OfficialFiles.Of(family)), "--name", "Mine");
        Assert.Equal($"# Imported from {family}.yaml.\nhrmgen: 1\nname: Mine\nextends: {preset}\n{rest}", output);
    }

    [Fact]
    public async Task A_recipe_becomes_ten_lines_and_every_key_left_out_is_named()
    {
        var (arch, pretrain) = (folder.Write("arch/trm.yaml", OfficialFiles.Trm), folder.Write("cfg_pretrain.yaml", OfficialFiles.Pretrain));
        var run = await LabRun.Of("import", arch, pretrain, folder.Write("dataset.json", OfficialFiles.Dataset), "--set", "arch.L_cycles=4", "+run_name=x", "--set", "lr=2e-4");
        Assert.Equal((0, """
            # Imported from trm.yaml, cfg_pretrain.yaml, dataset.json.
            hrmgen: 1
            name: ImportedTrm
            extends: hrmgen:trm
            task: { seq_len: 16, puzzle_embedding: { count: 7 } }
            recursion: { let: { n: 4 } }
            training: { batch_size: 384, epochs: 60000, lr: 2e-4, lr_min_ratio: 0.1, warmup_steps: 1000, weight_decay: 0.1, betas: [0.9, 0.99], puzzle_embedding: { lr: 1e-2, weight_decay: 0.2 }, ema: 0.99 }

            """), (run.Code, run.Output));
        Assert.Equal("""
            not carried over: hydra.output_subdir: it is Hydra's own
            not carried over: data_paths: give the data set to the run (--data)
            not carried over: evaluators: it belongs to a run, not to a model
            not carried over: eval_interval: it belongs to a run, not to a model
            not carried over: checkpoint_every_eval: it belongs to a run, not to a model
            not carried over: seed: give it to the run (--seed)
            not carried over: run_name: it belongs to a run, not to a model

            """, run.Error);
    }

    // Parameters of the golden fixtures (config.json, derived.num_trainable_params), which the official code counted.
    [Theory]
    [InlineData("hrm_v1", 53_634, 12, "arch.H_layers=2 arch.L_layers=2")]
    [InlineData("trm", 27_010, 42, "arch.puzzle_emb_len=2")]
    [InlineData("trm_singlez", 27_010, 42, "arch.puzzle_emb_len=2")]
    [InlineData("trm_hier6", 27_010, 42, "arch.puzzle_emb_len=2")]
    [InlineData("transformers_baseline", 27_010, 2, "arch.H_layers=2")]
    [InlineData("trm", 28_034, 8, "arch.mlp_t=True arch.pos_encodings=none arch.L_layers=1 arch.H_cycles=2 arch.L_cycles=3 arch.puzzle_emb_len=4")]
    public async Task Imported_models_have_the_parameters_that_the_official_code_counts(string family, long parameters, long depth, string settings)
    {
        var spec = await Import(family, $"arch.hidden_size=16 arch.num_heads=2 arch.halt_max_steps=4 {settings}");
        Assert.Equal((parameters, depth, 4), (spec.Sizes.Parameters, spec.Sizes.EffectiveDepth, spec.Architecture.Supervision.N_sup));
    }

    [Fact]
    public async Task Several_latents_and_a_single_one_have_programs_of_their_own()
    {
        var (hier, single) = (await Import("trm_hier6", ""), await Import("trm_singlez", ""));
        Assert.Equal(["H_init", "L1_init", "L6_init"], new[] { hier.Architecture.Recursion["z_H"].StateDict, hier.Architecture.Recursion["z_L"].StateDictOf(1), hier.Architecture.Recursion["z_L"].StateDictOf(6) });
        Assert.Contains("    z_L[i] = f(sum(z_L) + (z_H + x))", RecursionText.Lines(hier.Architecture.Recursion.Body));
        Assert.Equal("z_L", Assert.Single(single.Architecture.Recursion.Latents).Name);
        Assert.Equal(["repeat T = 3 times:", "  repeat n = 6 times:", "    z_L = f(z_L + x)", "  z_L = f(z_L)"], RecursionText.Lines(single.Architecture.Recursion.Body));
    }

    [Theory]
    [InlineData("trm", "arch.no_ACT_continue=False", "act: { loss: { continue: 0.5 }, halt_when: q_halt > q_continue }")]
    [InlineData("trm", "arch.loss.loss_type=softmax_cross_entropy", "loss: { kind: softmax, precision: float32 }")]
    [InlineData("trm", "arch.puzzle_emb_ndim=600 arch.puzzle_emb_len=0", "task: { puzzle_embedding: { dim: 600, tokens: 2 } }")]
    [InlineData("hrm_v1", "arch.puzzle_emb_ndim=0", "task: { puzzle_embedding: none }")]
    [InlineData("hrm_v1", "arch.puzzle_emb_ndim=600", "task: { puzzle_embedding: { dim: 600, tokens: 2 } }")]
    [InlineData("hrm_v1", "arch.pos_encodings=learned arch.forward_dtype=float32", "block: { positions: learned }\nprecision: { forward: float32 }")]
    [InlineData("hrm_v1", "arch.L_cycles=8 arch.halt_max_steps=8 arch.halt_exploration_prob=0", "recursion: { let: { T: 8 } }\nsupervision: { N_sup: 8 }\nact: { exploration: 0 }")]
    [InlineData("hrm_v1", "arch.num_heads=12 arch.rope_theta=5e3", "block: { rope_theta: 5e3, num_heads: 12, head_dim: 42 }")]
    [InlineData("transformers_baseline", "arch.num_heads=8 arch.act_inference=True", "block: { num_heads: 8, head_dim: 64 }\nact: { evaluate: halt }")]
    [InlineData("trm", "arch.mlp_t=True", "block: { mixer: mlp, positions: none }")]
    [InlineData("trm", "ema=False", "training: { ema: none }")]
    public async Task A_key_has_its_place(string family, string settings, string expected)
    {
        var output = await LabRun.Output_of(["import", folder.Write("a.yaml", OfficialFiles.Of(family)), "--set", .. settings.Split(' ')]);
        Assert.Equal(expected, string.Join("\n", output.TrimEnd().Split('\n').Skip(4)));
    }

    [Theory]
    [InlineData("trm", "arch.H_layers=2", "arch.H_layers: the official code ignores it: one network does both")]
    [InlineData("trm", "arch.L_cycle=2", "arch.L_cycle: this architecture reads no such key")]
    [InlineData("trm", "arch.loss.name=losses@Other", "arch.loss.name: only losses@ACTLossHead is known, not losses@Other")]
    [InlineData("trm", "freeze_weights=True", "freeze_weights: say what stands still with training.groups, as in { f: { frozen: true } }")]
    [InlineData("transformers_baseline", "arch.H_cycles=2", "arch.H_cycles: the baseline has one stack that runs once; write the recursion yourself")]
    [InlineData("transformers_baseline", "arch.act_enabled=False", "arch.act_enabled: write 'act: none' where every example runs all steps")]
    [InlineData("hrm_v1", "arch.mlp_t=True", "arch.mlp_t: this architecture reads no such key")]
    public async Task What_has_no_place_is_named_and_fails_only_when_asked_to(string family, string settings, string expected)
    {
        string[] args = ["import", folder.Write("a.yaml", OfficialFiles.Of(family)), "--set", settings];
        var run = await LabRun.Of(args);
        Assert.Equal((0, $"not carried over: {expected}"), (run.Code, run.Error.Split('\n')[0]));
        Assert.Equal("1 key(s) could not be carried over (--strict); nothing was written", await LabRun.Error_of([.. args, "--strict"]));
    }

    [Fact]
    public async Task A_misspelt_key_is_told_the_one_that_is_missing()
    {
        var path = folder.Write("a.yaml", OfficialFiles.Trm.Replace("L_cycles", "L_cycels", StringComparison.Ordinal));
        Assert.StartsWith("not carried over: arch.L_cycels: this architecture reads no such key (did you mean 'arch.L_cycles'?)", (await LabRun.Of("import", path)).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_architecture_that_a_recipe_names_is_found_beside_it_and_can_be_another()
    {
        var pretrain = folder.Write("cfg_pretrain.yaml", OfficialFiles.Pretrain);
        Assert.Equal($"{pretrain} takes the architecture 'trm', and there is no {folder.Under("arch/trm.yaml")}; give the file of the architecture too", await LabRun.Error_of("import", pretrain));
        folder.Write("arch/trm.yaml", OfficialFiles.Trm);
        folder.Write("arch/hrm_v1.yaml", OfficialFiles.Hrm);
        Assert.Contains("extends: hrmgen:trm\n", await LabRun.Output_of("import", pretrain), StringComparison.Ordinal);
        Assert.Contains("extends: hrmgen:hrm\n", await LabRun.Output_of("import", pretrain, "--set", "arch=hrm_v1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_writes_a_file_that_inspect_reads()
    {
        var (arch, spec) = (folder.Write("trm.yaml", OfficialFiles.Trm), folder.Under("mine.hrm.yaml"));
        var run = await LabRun.Of("import", arch, "--out", spec);
        Assert.Equal((0, "", "note: vocab_size and seq_len are those of the preset, Sudoku 9x9; add the data set's dataset.json for others\n" + $"written to {spec}\n"), (run.Code, run.Output, run.Error));
        Assert.Contains("6,828,034 parameters", await LabRun.Output_of("inspect", spec), StringComparison.Ordinal);
    }

    private async Task<CompiledSpec> Import(string family, string settings)
    {
        string[] set = settings.Length == 0 ? [] : ["--set", .. settings.Split(' ')];
        var run = await LabRun.Of(["import", folder.Write("a.yaml", OfficialFiles.Of(family)), folder.Write("dataset.json", OfficialFiles.Dataset), "--strict", .. set]);
        Assert.Equal((0, ""), (run.Code, run.Error));
        return Assert.Single(SpecCompilation.Compile(folder.Under("a.hrm.yaml"), run.Output).Models);
    }
}
