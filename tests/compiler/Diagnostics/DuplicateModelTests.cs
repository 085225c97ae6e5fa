using HrmGen.Compiler.Emit;
using HrmGen.Compiler.Tests.Support;

namespace HrmGen.Compiler.Tests.Diagnostics;

/// <summary>Findings between the files of a compilation.</summary>
public sealed class DuplicateModelTests
{
    [Fact]
    public void Two_specs_of_one_name_are_both_told_of_the_other()
    {
        var result = GeneratorHost.Run(new SpecFile("/project/a.hrm.yaml", Specs.Hrm), new SpecFile("/project/b/c.hrm.yaml", "# twin\n" + Specs.Hrm));

        Assert.Null(result.Exception);
        Assert.Empty(result.GeneratedSources);
        Assert.Equal(["/project/a.hrm.yaml(2,7)", "/project/b/c.hrm.yaml(3,7)"], result.Diagnostics.Select(Place).Order(StringComparer.Ordinal));
        Assert.Equal(
            [
                "Another spec of this compilation is named 'Hrm' too: a.hrm.yaml; rename one, or give one a namespace of its own (HrmNamespace)",
                "Another spec of this compilation is named 'Hrm' too: c.hrm.yaml; rename one, or give one a namespace of its own (HrmNamespace)",
            ],
            result.Diagnostics.Select(d => d.GetMessage(System.Globalization.CultureInfo.InvariantCulture)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Names_that_differ_in_case_only_would_share_their_files()
    {
        var result = GeneratorHost.Run(
            new SpecFile("/project/a.hrm.yaml", Specs.Hrm), new SpecFile("/project/b.hrm.yaml", Specs.Hrm.Replace("Hrm", "HRM", StringComparison.Ordinal)));

        Assert.Null(result.Exception);
        Assert.Equal(["HRM0016", "HRM0016"], result.Diagnostics.Select(d => d.Id));
    }

    [Fact]
    public void One_name_may_stand_in_two_namespaces()
    {
        var result = GeneratorHost.Run(
            new SpecFile("/project/a.hrm.yaml", Specs.Hrm), new SpecFile("/project/b.hrm.yaml", Specs.Hrm, hrmNamespace: "Other"), new SpecFile("/project/c.hrm.yaml", Specs.Hrm, "Third.Place"));

        Assert.Empty(result.Diagnostics);
        Assert.Equal(10, result.GeneratedSources.Length);
        var registry = result.GeneratedSources.Single(s => s.HintName.EndsWith("HrmModels.g.cs", StringComparison.Ordinal)).SourceText.ToString();
        Assert.Equal(
            ["global::Other.Hrm.Spec", "global::Tests.Models.Hrm.Spec", "global::Third.Place.Hrm.Spec"],
            registry.Split('\n').Where(l => l.Contains("ModelEntry.Of(", StringComparison.Ordinal)).Select(l => l.Split('(', ',')[1]));
        var findings = Consumer.Findings(Consumer.Compile(result.GeneratedSources.Select(s => new SourceFile(s.HintName, s.SourceText.ToString()))));
        Assert.True(findings.Count == 0, Consumer.Show(findings));
    }

    [Theory]
    [InlineData("Other", "other")] // emitted files again
    [InlineData("Other ", "Other")]
    public void Namespaces_that_differ_in_case_or_blanks_only_are_one(string first, string second)
    {
        var result = GeneratorHost.Run(new SpecFile("/project/a.hrm.yaml", Specs.Hrm, first), new SpecFile("/project/b.hrm.yaml", Specs.Hrm, second));

        Assert.Null(result.Exception);
        Assert.Equal(["HRM0016", "HRM0016"], result.Diagnostics.Select(d => d.Id));
    }

    [Fact]
    public void Names_that_the_project_or_a_matrix_gives_count()
    {
        var result = GeneratorHost.Run(
            new SpecFile("/project/a.hrm.yaml", Specs.TrmAtt, hrmSet: "name=Grid2"),
            new SpecFile("/project/b.hrm.yaml", "hrmgen: 1\nname: Grid{T}\nextends: hrmgen:trm\nmatrix: { recursion.let.T: [1, 2] }\n"),
            new SpecFile("/project/c.hrm.yaml", Specs.TrmAtt.Replace("TrmAtt", "grid1", StringComparison.Ordinal)));

        Assert.Equal(
            [
                "/project/a.hrm.yaml(2,7) 'Grid2' too: b.hrm.yaml",
                "/project/b.hrm.yaml(2,7) 'Grid1' too: c.hrm.yaml",
                "/project/c.hrm.yaml(2,7) 'grid1' too: b.hrm.yaml",
            ],
            result.Diagnostics.Select(d => $"{Place(d)} {d.GetMessage(System.Globalization.CultureInfo.InvariantCulture).Split("named ")[1].Split(';')[0]}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_model_cannot_have_the_name_of_a_namespace()
    {
        var result = GeneratorHost.Run(new SpecFile("/project/a.hrm.yaml", Specs.Hrm), new SpecFile("/project/b.hrm.yaml", Specs.TrmAtt, "Tests.Models.Hrm.Small"));

        var diagnostic = Assert.Single(result.Diagnostics);
        Assert.Equal("/project/a.hrm.yaml(2,7)", Place(diagnostic));
        Assert.Equal("'Hrm' cannot be a name: the namespace 'Tests.Models.Hrm.Small' of this project has that name already", diagnostic.GetMessage(System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public void A_file_that_the_project_lists_twice_is_an_error_and_no_crash()
    {
        var result = GeneratorHost.Run(new SpecFile("/project/a.hrm.yaml", Specs.Hrm), new SpecFile("/project/a.hrm.yaml", Specs.Hrm), new SpecFile("/project/b.hrm.yaml", Specs.TrmAtt));

        Assert.Null(result.Exception);
        Assert.Equal(["HRM0074", "HRM0074"], result.Diagnostics.Select(d => d.Id));
        Assert.Equal(4, result.GeneratedSources.Length);
    }

    [Fact]
    public void An_error_in_one_file_leaves_the_others_compiled()
    {
        var result = GeneratorHost.Run(new SpecFile("/project/a.hrm.yaml", Specs.Hrm), new SpecFile("/project/b.hrm.yaml", "name: ["));

        Assert.Equal("/project/b.hrm.yaml", Assert.Single(result.Diagnostics).Location.GetLineSpan().Path);
        Assert.Equal(4, result.GeneratedSources.Length); // three files of the model, and the registry
    }

    private static string Place(Microsoft.CodeAnalysis.Diagnostic diagnostic)
    {
        var span = diagnostic.Location.GetLineSpan();
        return $"{span.Path}({span.StartLinePosition.Line + 1},{span.StartLinePosition.Character + 1})";
    }
}
