using HrmGen.Compiler.Tests.Support;

namespace HrmGen.Compiler.Tests.Snapshots;

/// <summary>What people read: the whole emitted code of the three families, and of the registry over them.</summary>
#if SNAPSHOTS_BY_VERIFY
[VerifyXunit.UsesVerify]
#endif
public sealed class EmittedFamiliesTests
{
    [Theory]
    [InlineData("Hrm", Specs.Hrm)]
    [InlineData("TrmAtt", Specs.TrmAtt)]
    [InlineData("TrmMlp", Specs.TrmMlp)]
    public async Task A_family_is_emitted_as_accepted(string name, string spec)
    {
        var files = GeneratorHost.Run(new SpecFile($"/project/{name}.hrm.yaml", spec)).GeneratedSources;

        var own = files.Where(f => f.HintName.Contains($".{name}.", StringComparison.Ordinal)).ToList();
        Assert.Equal(3, own.Count);
        await Snapshot.Match(own.Select(f => (Short(f.HintName), f.SourceText.ToString())));
    }

    [Theory]
    [InlineData("FusedTrm", Specs.TrmAtt, "TrmAtt")]
    [InlineData("FusedHier6", Specs.TrmHier6, "TrmHier6")]
    public async Task A_fused_form_is_emitted_as_accepted(string name, string spec, string was)
    {
        var file = new SpecFile($"/project/{name}.hrm.yaml", spec.Replace(was, name, StringComparison.Ordinal), hrmSet: "precision.forward=float32", hrmLowering: "fused");
        var files = GeneratorHost.Run(file).GeneratedSources;
        await Snapshot.Match(files.Where(f => f.HintName.EndsWith(".Fused.g.cs", StringComparison.Ordinal)).Select(f => (Short(f.HintName), f.SourceText.ToString())));
    }

    [Fact]
    public async Task The_registry_is_emitted_as_accepted()
    {
        var files = GeneratorHost.Run(
            new("/project/hrm.hrm.yaml", Specs.Hrm), new("/project/att.hrm.yaml", Specs.TrmAtt), new("/project/mlp.hrm.yaml", Specs.TrmMlp)).GeneratedSources;
        await Snapshot.Match(files.Where(f => f.HintName.EndsWith("HrmModels.g.cs", StringComparison.Ordinal)).Select(f => (Short(f.HintName), f.SourceText.ToString())));
    }

    // Ns.TrmAtt.Spec.g.cs is kept as TrmAtt.Spec.
    private static string Short(string hint) => string.Join('.', hint[..^".g.cs".Length].Split('.')[^2..]);
}
