using HrmGen.Compiler.Tests.Support;
using HrmGen.Generator;
using Microsoft.CodeAnalysis;
using static Microsoft.CodeAnalysis.IncrementalStepRunReason;

namespace HrmGen.Compiler.Tests.Caching;

/// <summary>What an edit does to the specs that are made of the edited one.</summary>
public sealed class CompositionCachingTests
{
    private const string BaseText = "hrmgen: 1\nabstract: true\nextends: hrmgen:trm\nblock: { hidden_size: 64, num_heads: 4 }\n";

    private readonly SpecFile @base = new("/project/base.hrm.yaml", BaseText);
    private readonly SpecFile middle = new("/project/middle.hrm.yaml", "hrmgen: 1\nname: Middle\nextends: base.hrm.yaml\nsupervision: { N_sup: 3 }\n");
    private readonly SpecFile other = new("/project/other.hrm.yaml", Specs.TrmMlp);
    private readonly SpecFile leaf = new("/project/sub/leaf.hrm.yaml", "hrmgen: 1\nname: Leaf\nextends: ../middle.hrm.yaml\nsupervision: { N_sup: 4 }\n");

    [Fact]
    public void An_edit_of_a_base_makes_those_that_extend_it_through_others_too()
    {
        var pipeline = new Pipeline(@base, middle, other, leaf)
            .Replace(@base, new("/project/base.hrm.yaml", BaseText.Replace("64", "32", StringComparison.Ordinal)));

        Assert.Equal([Modified, Modified, Cached, Modified], pipeline.Reasons(TrackingNames.Link));
        Assert.Equal([Modified, Modified, Cached, Modified], pipeline.Reasons(TrackingNames.Expand));
        Assert.Equal([Unchanged, Modified, Cached, Modified], pipeline.Reasons(TrackingNames.Lower)); // a base lowers to nothing
        Assert.Equal([Cached, Modified, Cached, Modified], pipeline.Reasons(TrackingNames.Emit));
        Assert.Contains("public const int hidden_size = 32;", pipeline.Source("Leaf.Spec.g.cs"), StringComparison.Ordinal);
        Assert.True(pipeline.IsIdle(TrackingNames.Registry));
    }

    [Fact]
    public void An_edit_between_base_and_leaf_leaves_the_base_alone()
    {
        var pipeline = new Pipeline(@base, middle, other, leaf)
            .Replace(middle, new("/project/middle.hrm.yaml", "hrmgen: 1\nname: Middle\nextends: base.hrm.yaml\nsupervision: { N_sup: 3 }\ntask: { seq_len: 4 }\n"));
        Assert.Equal([Cached, Modified, Cached, Modified], pipeline.Reasons(TrackingNames.Lower));
    }

    [Fact]
    public void An_edit_of_a_base_that_a_leaf_overrides_ends_at_the_leaf_s_Link()
    {
        var pipeline = new Pipeline(@base, middle, other, leaf)
            .Replace(middle, new("/project/middle.hrm.yaml", "hrmgen: 1\nname: Middle\nextends: base.hrm.yaml\nsupervision: { N_sup: 5 }\n"));
        Assert.Equal([Cached, Modified, Cached, Cached], pipeline.Reasons(TrackingNames.Link));
        Assert.Equal([Cached, Modified, Cached, Cached], pipeline.Reasons(TrackingNames.Lower));
    }

    [Fact]
    public void A_comment_in_a_base_changes_nothing_after_Link()
    {
        var pipeline = new Pipeline(@base, middle, other, leaf).Replace(@base, new("/project/base.hrm.yaml", "# a comment\n" + BaseText));

        Assert.Equal([Modified, Cached, Cached, Cached], pipeline.Reasons(TrackingNames.Parse));
        Assert.Equal([Unchanged, Unchanged, Cached, Unchanged], pipeline.Reasons(TrackingNames.Link));
        foreach (var step in new[] { TrackingNames.Expand, TrackingNames.Lower, TrackingNames.Emit, TrackingNames.Registry })
        {
            Assert.All(pipeline.Reasons(step), r => Assert.Equal(Cached, r));
        }
    }

    [Fact]
    public void An_unrelated_edit_or_file_leaves_every_link_as_it_was()
    {
        var pipeline = new Pipeline(@base, middle, other, leaf).Replace(other, new("/project/other.hrm.yaml", Specs.TrmMlp + "supervision: { N_sup: 2 }\n"));
        Assert.Equal([Cached, Cached, Modified, Cached], pipeline.Reasons(TrackingNames.Link));
        Assert.Equal([Cached, Cached, Modified, Cached], pipeline.Reasons(TrackingNames.Lower));

        pipeline.Add(new("/project/new.hrm.yaml", Specs.Hrm));
        Assert.Equal([Cached, Cached, Cached, Cached, New], pipeline.Reasons(TrackingNames.Link));
        Assert.Equal([Cached, Cached, Cached, Cached, New], pipeline.Reasons(TrackingNames.Emit));
    }

    [Theory]
    [InlineData("{ recursion.let.T: [1, 2], recursion.let.n: [3, 4, 5] }", "C C N C C N")] // at the end of the inner axis
    [InlineData("{ recursion.let.T: [1, 2, 3], recursion.let.n: [3, 4] }", "C C C C N N")] // and of the outer one
    [InlineData("{ recursion.let.T: [1, 2, 3], recursion.let.n: [3, 4, 5] }", "C C N C C N N N N")]
    [InlineData("{ recursion.let.T: [1, 7], recursion.let.n: [3, 4] }", "C C M M")]
    [InlineData("{ recursion.let.T: [1, 2], recursion.let.n: [3, 7] }", "C M C M")]
    [InlineData("{ recursion.let.T: [1], recursion.let.n: [3, 4] }", "C C")]
    public void A_value_more_in_a_matrix_leaves_its_other_models_alone(string matrix, string expected)
    {
        var before = Grid("{ recursion.let.T: [1, 2], recursion.let.n: [3, 4] }");
        var pipeline = new Pipeline(before, other).Replace(before, Grid(matrix));

        foreach (var step in new[] { TrackingNames.Expand, TrackingNames.Lower, TrackingNames.Emit })
        {
            var reasons = pipeline.Reasons(step).Where(r => r != Removed).ToList();
            Assert.Equal(expected + " C", string.Join(' ', reasons.Select(r => r.ToString()[0])));
        }

        Assert.Equal([Modified], pipeline.Reasons(TrackingNames.Registry));
    }

    [Fact]
    public void A_comment_in_a_matrix_changes_nothing_after_Link()
    {
        var before = Grid("{ recursion.let.T: [1, 2], recursion.let.n: [3, 4] }");
        var pipeline = new Pipeline(before, other).Replace(before, new(before.Path, "# a comment\n" + before.GetText()));
        Assert.Equal([Unchanged, Cached], pipeline.Reasons(TrackingNames.Link));
        Assert.All(pipeline.Reasons(TrackingNames.Lower), r => Assert.Equal(Cached, r));
        Assert.Equal(5, pipeline.Reasons(TrackingNames.Lower).Count);
    }

    [Fact]
    public void A_finding_moves_with_the_base_it_stands_in()
    {
        var before = new SpecFile("/project/base.hrm.yaml", BaseText + "act: { oops: 1 }\n");
        var pipeline = new Pipeline(before, middle, leaf);
        Assert.Equal(("/project/base.hrm.yaml", 4), Place(Assert.Single(pipeline.Result.Diagnostics)));

        pipeline.Replace(before, new("/project/base.hrm.yaml", "# a comment\n" + before.GetText()));
        Assert.Equal(("/project/base.hrm.yaml", 5), Place(Assert.Single(pipeline.Result.Diagnostics)));
        Assert.All(pipeline.Reasons(TrackingNames.Lower), r => Assert.Equal(Cached, r));

        pipeline.Remove(middle);
        Assert.Equal(["/project/base.hrm.yaml", "/project/sub/leaf.hrm.yaml"], pipeline.Result.Diagnostics.Select(d => Place(d).Path).Order(StringComparer.Ordinal));
    }

    private static SpecFile Grid(string matrix) => new("/project/grid.hrm.yaml", $"hrmgen: 1\nname: G{{T}}_{{n}}\nextends: hrmgen:trm\nmatrix: {matrix}\n");

    private static (string Path, int Line) Place(Diagnostic diagnostic) => (diagnostic.Location.GetLineSpan().Path, diagnostic.Location.GetLineSpan().StartLinePosition.Line);
}
