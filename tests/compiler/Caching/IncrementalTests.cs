using HrmGen.Compiler.Tests.Support;
using HrmGen.Generator;
using Microsoft.CodeAnalysis;
using static Microsoft.CodeAnalysis.IncrementalStepRunReason;

namespace HrmGen.Compiler.Tests.Caching;

/// <summary>What each kind of edit makes the generator do again.</summary>
public sealed class IncrementalTests
{
    private readonly SpecFile hrm = new("/project/hrm.hrm.yaml", Specs.Hrm);
    private readonly SpecFile att = new("/project/att.hrm.yaml", Specs.TrmAtt);
    private readonly SpecFile mlp = new("/project/mlp.hrm.yaml", Specs.TrmMlp);

    [Fact]
    public void The_first_run_makes_everything()
    {
        var pipeline = new Pipeline(hrm, att, mlp);
        Assert.Equal(TrackingNames.All.Order(StringComparer.Ordinal), pipeline.Result.TrackedSteps.Keys.Where(k => k.StartsWith("HrmGen.", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.All(TrackingNames.All, step => Assert.All(pipeline.Reasons(step), r => Assert.Equal(New, r)));
        Assert.Equal(3, pipeline.Reasons(TrackingNames.Lower).Count);
    }

    [Fact]
    public void The_same_run_again_makes_nothing()
    {
        var pipeline = new Pipeline(hrm, att, mlp).Run();
        Assert.All(TrackingNames.All, step => Assert.All(pipeline.Reasons(step), r => Assert.Equal(Cached, r)));
    }

    [Fact]
    public void An_edit_of_the_user_s_own_code_makes_nothing()
    {
        var pipeline = new Pipeline(hrm, att, mlp).EditSource();
        Assert.All(TrackingNames.All, step => Assert.All(pipeline.Reasons(step), r => Assert.Equal(Cached, r)));
    }

    [Fact]
    public void A_comment_edit_stops_at_Link()
    {
        var pipeline = new Pipeline(hrm, att, mlp).Replace(att, new("/project/att.hrm.yaml", "# a comment\n" + Specs.TrmAtt));

        Assert.Equal([Cached, Modified, Cached], pipeline.Reasons(TrackingNames.Parse));
        Assert.Equal([Cached, Unchanged, Cached], pipeline.Reasons(TrackingNames.Link));
        Assert.Equal([Cached, Cached, Cached], pipeline.Reasons(TrackingNames.Lower));
        Assert.Equal([Cached, Cached, Cached], pipeline.Reasons(TrackingNames.Emit));
        Assert.Equal([Cached], pipeline.Reasons(TrackingNames.Registry));
    }

    [Fact]
    public void A_comment_edit_moves_the_findings_all_the_same()
    {
        var before = new SpecFile("/project/att.hrm.yaml", Specs.TrmAtt + "block: { hiden_size: 8 }\n");
        var pipeline = new Pipeline(hrm, before);
        Assert.Equal(3, Assert.Single(pipeline.Result.Diagnostics).Location.GetLineSpan().StartLinePosition.Line);

        pipeline.Replace(before, new("/project/att.hrm.yaml", "# a comment\n" + before.GetText()));

        Assert.Equal([Cached, Cached], pipeline.Reasons(TrackingNames.Lower));
        Assert.Equal(4, Assert.Single(pipeline.Result.Diagnostics).Location.GetLineSpan().StartLinePosition.Line);
    }

    [Fact]
    public void An_edit_of_one_spec_lowers_and_emits_that_one()
    {
        var pipeline = new Pipeline(hrm, att, mlp).Replace(att, new("/project/att.hrm.yaml", Specs.TrmAtt + "supervision: { N_sup: 4 }\n"));

        Assert.Equal([Cached, Modified, Cached], pipeline.Reasons(TrackingNames.Link));
        Assert.Equal([Cached, Modified, Cached], pipeline.Reasons(TrackingNames.Lower));
        Assert.Equal([Cached, Modified, Cached], pipeline.Reasons(TrackingNames.Emit));
        Assert.True(pipeline.IsIdle(TrackingNames.Registry));
        Assert.Contains("public const int N_sup = 4;", pipeline.Source("TrmAtt.Spec.g.cs"), StringComparison.Ordinal);
    }

    [Fact]
    public void An_edit_that_means_the_same_ends_before_Emit()
    {
        // Written-out defaults are another tree, but the same model.
        var pipeline = new Pipeline(hrm, att).Replace(att, new("/project/att.hrm.yaml", Specs.TrmAtt + "supervision: { N_sup: 16 }\nblock: { expansion: 4.0 }\n"));
        Assert.Equal([Cached, Unchanged], pipeline.Reasons(TrackingNames.Lower));
        Assert.Equal([Cached, Cached], pipeline.Reasons(TrackingNames.Emit));
    }

    [Fact]
    public void A_new_file_leaves_the_others_alone()
    {
        var pipeline = new Pipeline(hrm, att).Add(mlp);

        Assert.Equal([Cached, Cached, New], pipeline.Reasons(TrackingNames.Lower));
        Assert.Equal([Cached, Cached, New], pipeline.Reasons(TrackingNames.Emit));
        Assert.Equal([Modified], pipeline.Reasons(TrackingNames.Registry));
    }

    [Fact]
    public void A_removed_file_leaves_the_others_alone()
    {
        var pipeline = new Pipeline(hrm, att, mlp).Remove(att);

        Assert.Equal([Cached, Cached], pipeline.Reasons(TrackingNames.Emit).Where(r => r != Removed));
        Assert.Equal([Modified], pipeline.Reasons(TrackingNames.Registry));
        Assert.DoesNotContain("TrmAtt", pipeline.Source("HrmModels.g.cs"), StringComparison.Ordinal);
        Assert.DoesNotContain(pipeline.Result.GeneratedSources, s => s.HintName.Contains("TrmAtt", StringComparison.Ordinal));
    }

    [Fact]
    public void A_new_name_reaches_the_registry()
    {
        var renamed = new SpecFile("/project/att.hrm.yaml", Specs.TrmAtt.Replace("TrmAtt", "Renamed", StringComparison.Ordinal));
        var pipeline = new Pipeline(hrm, att).Replace(att, renamed);

        Assert.Equal([Modified], pipeline.Reasons(TrackingNames.Registry));
        Assert.Contains("Tests.Models.Renamed", pipeline.Source("HrmModels.g.cs"), StringComparison.Ordinal);
        Assert.Equal([Cached, Modified], pipeline.Reasons(TrackingNames.Emit));
    }

    [Fact]
    public void A_broken_spec_drops_out_and_comes_back()
    {
        var broken = new SpecFile("/project/att.hrm.yaml", "hrmgen: 1\nname: [\n");
        var pipeline = new Pipeline(hrm, att).Replace(att, broken);
        Assert.Single(pipeline.Result.Diagnostics);
        Assert.DoesNotContain(pipeline.Result.GeneratedSources, s => s.HintName.Contains("TrmAtt", StringComparison.Ordinal));
        Assert.Equal(Cached, pipeline.Reasons(TrackingNames.Emit)[0]);

        pipeline.Replace(broken, att);
        Assert.Empty(pipeline.Result.Diagnostics);
        Assert.Contains(pipeline.Result.GeneratedSources, s => s.HintName.EndsWith("TrmAtt.Model.g.cs", StringComparison.Ordinal));
    }
}
