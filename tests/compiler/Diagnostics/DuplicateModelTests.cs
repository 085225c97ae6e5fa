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
            ["Another spec of this compilation is named 'Hrm' too: a.hrm.yaml; rename one", "Another spec of this compilation is named 'Hrm' too: c.hrm.yaml; rename one"],
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
