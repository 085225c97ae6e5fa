using HrmGen.Lab.Tests.Support;

namespace HrmGen.Lab.Tests.Import;

public sealed class ImportErrorTests : IDisposable
{
    private readonly TextFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("arch.hidden_size=big", "arch.hidden_size: 'big' is not a whole number; mend the file, or override it (--set arch.hidden_size=...)")]
    [InlineData("lr=fast", "lr: 'fast' is not a number; mend the file, or override it (--set lr=...)")]
    [InlineData("arch.mlp_t=maybe", "arch.mlp_t: 'maybe' is not true or false; mend the file, or override it (--set arch.mlp_t=...)")]
    [InlineData("arch.pos_encodings=sine", "arch.pos_encodings: 'sine' is not one of rope, learned, none; mend the file, or override it (--set arch.pos_encodings=...)")]
    [InlineData("arch.num_heads=0", "arch.num_heads: 0 heads are none; mend the file, or override it (--set arch.num_heads=...)")]
    [InlineData("arch.puzzle_emb_ndim=${.size}", "arch.puzzle_emb_ndim: ${.size} leads to no value; write the value itself (--set arch.puzzle_emb_ndim=...)")]
    [InlineData("arch.puzzle_emb_ndim=${.puzzle_emb_ndim}", "arch.puzzle_emb_ndim: ${.puzzle_emb_ndim} leads to no value; write the value itself (--set arch.puzzle_emb_ndim=...)")]
    [InlineData("arch.hidden_size=null", "arch.hidden_size is missing; the configuration of an architecture has it")]
    [InlineData("arch.L_cycles", "--set arch.L_cycles: an override has the form key=value, as in arch.L_cycles=4")]
    [InlineData("arch.name=recursive_reasoning.trm_single@X", "arch.name: 'recursive_reasoning.trm_single@X' is no architecture that can be imported (did you mean 'trm_singlez'?); these can: hrm_act_v1, hrm, trm, trm_singlez, trm_hier6, transformers_baseline")]
    public async Task A_value_that_is_none_is_told_with_its_key(string setting, string message) =>
        Assert.Equal(message, await LabRun.Error_of("import", folder.Write("trm.yaml", OfficialFiles.Trm), "--set", setting));

    [Fact]
    public async Task Six_latents_have_room_for_six_cycles() => Assert.Equal(
        "arch.L_cycles: trm_hier6 has 6 latents, one for each cycle, so 7 cycles do not fit; set it to at most 6",
        await LabRun.Error_of("import", folder.Write("a.yaml", OfficialFiles.Of("trm_hier6")), "--set", "arch.L_cycles=7"));

    [Fact]
    public async Task Files_that_are_no_configurations_are_told()
    {
        Assert.StartsWith("There is no file 'nowhere.yaml'; give official configuration files", await LabRun.Error_of("import", "nowhere.yaml"), StringComparison.Ordinal);
        var broken = folder.Write("broken.yaml", "name: [\n");
        Assert.StartsWith($"{broken}(2,1): this is not YAML: ", await LabRun.Error_of("import", broken), StringComparison.Ordinal);
        var list = folder.Write("list.yaml", "- 1\n");
        Assert.StartsWith($"{list} holds no keys; ", await LabRun.Error_of("import", list), StringComparison.Ordinal);
        var long_ = folder.Write("long.yaml", new string('#', (1 << 20) + 1));
        Assert.Equal($"{long_} has 1048577 bytes; an official configuration has at most 1048576", await LabRun.Error_of("import", long_));
        var data = folder.Write("dataset.json", OfficialFiles.Dataset);
        Assert.StartsWith("No file among these says what the architecture is; add one of config/arch", await LabRun.Error_of("import", data), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_language_does_not_take_is_shown_with_the_findings()
    {
        var run = await LabRun.Of("import", folder.Write("trm.yaml", OfficialFiles.Trm), "--set", "arch.hidden_size=24", "arch.num_heads=8");
        Assert.Equal((1, ""), (run.Code, run.Output));
        Assert.Contains("block: { hidden_size: 24 }", run.Error, StringComparison.Ordinal);
        Assert.Contains("error HRM0041: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("error: The imported spec, shown above, does not compile; override the values that it names (--set), or finish it by hand", run.Error, StringComparison.Ordinal);
    }
}
