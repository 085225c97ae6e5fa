using HrmGen.Compiler.Emit;
using HrmGen.Compiler.Language;
using HrmGen.Compiler.Model;
using HrmGen.Compiler.Parsing;
using HrmGen.Compiler.Tests.Support;
using HrmGen.Generator;
using static Microsoft.CodeAnalysis.IncrementalStepRunReason;

namespace HrmGen.Compiler.Tests.Caching;

/// <summary>How far an edit reaches in a project of 200 specs.</summary>
public sealed class ManySpecsTests
{
    private const int Specs = 200;
    private const int Families = Specs / SpecProject.FilesPerFamily;

    private readonly SpecProject project = new(Specs);
    private readonly Pipeline pipeline;

    public ManySpecsTests() => pipeline = new([.. project.Files]);

    [Fact]
    public void The_project_is_made_whole()
    {
        Assert.Empty(pipeline.Result.Diagnostics);
        Assert.Equal(Specs, pipeline.Reasons(TrackingNames.Parse).Count);
        Assert.Equal((Families * SpecProject.ModelsPerFamily * 3) + 1, pipeline.Result.GeneratedSources.Length); // three files each, and the registry
    }

    [Fact]
    public void An_unrelated_edit_of_C_sharp_makes_nothing()
    {
        pipeline.EditSource();
        Assert.All(TrackingNames.All, step => Assert.All(pipeline.Reasons(step), r => Assert.Equal(Cached, r)));
    }

    [Fact]
    public void An_edit_of_a_leaf_is_one_Lower_and_one_Emit()
    {
        pipeline.Replace(project.LeafEdit);

        Assert.Single(pipeline.Reasons(TrackingNames.Parse), Modified);
        Assert.Equal([project.LeafModel], Lowered());
        Assert.Equal([project.LeafModel], Emitted());
        Assert.Single(pipeline.Reasons(TrackingNames.Link), Modified);
        Assert.Single(pipeline.Reasons(TrackingNames.Expand), Modified);
        Assert.Single(pipeline.Reasons(TrackingNames.Lower), Modified);
        Assert.Single(pipeline.Reasons(TrackingNames.Emit), Modified);
        Assert.True(pipeline.IsIdle(TrackingNames.Registry));
    }

    [Fact]
    public void A_comment_in_a_leaf_ends_at_Link()
    {
        pipeline.Replace(project.CommentEdit);

        Assert.Single(pipeline.Reasons(TrackingNames.Parse), Modified);
        Assert.True(pipeline.IsIdle(TrackingNames.Link));
        foreach (var step in new[] { TrackingNames.Expand, TrackingNames.Lower, TrackingNames.Emit, TrackingNames.Registry })
        {
            Assert.All(pipeline.Reasons(step), r => Assert.Equal(Cached, r));
        }
    }

    [Fact]
    public void An_edit_of_a_base_makes_exactly_those_that_extend_it()
    {
        pipeline.Replace(project.BaseEdit);

        // The base itself is looked at as far as it goes, and has no model.
        Assert.Equal(project.BaseModels.Append("").Order(StringComparer.Ordinal), Lowered());
        Assert.Equal(project.BaseModels.Order(StringComparer.Ordinal), Emitted());
        Assert.Equal(project.BaseModels.Count(), pipeline.Reasons(TrackingNames.Emit).Count(r => r == Modified));
        Assert.True(pipeline.IsIdle(TrackingNames.Registry));
    }

    [Fact]
    public void An_edit_of_a_model_that_others_extend_makes_it_and_them()
    {
        pipeline.Replace(project.MiddleEdit);

        Assert.Equal(project.MiddleModels, Lowered());
        Assert.Equal(project.MiddleModels, Emitted());
    }

    [Fact]
    public void An_edit_links_again_what_is_made_of_the_edited_file_and_nothing_else()
    {
        pipeline.Replace(project.MiddleEdit);
        Assert.Equal(project.MiddleModels, Linked());

        pipeline.Replace(project.LeafEdit);
        Assert.Equal([project.LeafModel], Linked());
    }

    private IEnumerable<string> Linked() =>
        pipeline.Remade<SpecTree>(TrackingNames.Link).SelectMany(t => t.Leaves).Select(s => ((SpecScalar)s.Root["name"]!).Text).Order(StringComparer.Ordinal);

    private IEnumerable<string> Lowered() =>
        pipeline.Remade<Result<LoweredModel>>(TrackingNames.Lower).Select(r => r.Value?.Architecture.Name ?? "").Order(StringComparer.Ordinal);

    private IEnumerable<string> Emitted() => pipeline.Remade<EquatableArray<SourceFile>>(TrackingNames.Emit)
        .Select(files => files[0].HintName.Split('.')[^4])
        .Order(StringComparer.Ordinal);
}
