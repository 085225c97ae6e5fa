using HrmGen.Compiler.Tests.Support;

namespace HrmGen.Compiler.Tests.Snapshots;

/// <summary>What the README shows of the compiler is what the compiler does.</summary>
public sealed class ReadmeTests
{
    private static readonly string Readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));

    [Fact]
    public void The_emitted_forward_is_TRM_s()
    {
        var shown = Assert.Single(Blocks("csharp"), b => b.Contains("// Detached:", StringComparison.Ordinal));
        Assert.Contains(shown, SpecCompiler.Emit(Support.Specs.TrmAtt).Single(f => f.HintName.Contains(".Model.", StringComparison.Ordinal)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_errors_are_those_of_a_spec_with_these_slips()
    {
        const string spec = "# A slip in the block, and one in an equation.\nhrmgen: 1\nname: MyModel\nsummary: none\nblock: { hiden_size: 64 }\nextends: hrmgen:trm\n"
            + "recursion:\n  program:\n    - repeat: T\n      do:\n        - { repeat: n, do: [\"z_L = f(z_L + (z_K + x))\"] }\n        - \"z_H = f(z_H + z_L)\"\n";
        var result = GeneratorHost.Run(new SpecFile("/project/specs/my_model.hrm.yaml", spec));
        var printed = result.Diagnostics
            .Select(d => d.ToString().Replace("/project/", "", StringComparison.Ordinal)).ToList();
        Assert.Equal(Assert.Single(Blocks(""), b => b.Contains("error HRM0010", StringComparison.Ordinal)).TrimEnd().Split('\n'), printed);
    }

    public static TheoryData<string> Specs => [.. Blocks("yaml").Where(b => !b.Contains("extends: ../", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Specs))]
    public void Every_spec_compiles_or_does_as_a_change_of_TRM(string text)
    {
        var whole = text.StartsWith("hrmgen:", StringComparison.Ordinal) ? text : "hrmgen: 1\nname: Shown\nextends: hrmgen:trm\n" + text;
        var compiled = SpecCompiler.Compile(whole);
        Assert.Empty(compiled.Diagnostics.Select(d => d.Message));
        Assert.NotNull(compiled.Model);
    }

    [Fact]
    public void The_matrix_is_that_of_the_example()
    {
        var shown = Assert.Single(Blocks("yaml"), b => b.Contains("matrix:", StringComparison.Ordinal)).Split('\n').Select(l => l.Split('#')[0].TrimEnd());
        var file = File.ReadAllLines(Path.Combine(Repository.Root, "specs", "examples", "trm_grid.hrm.yaml"));
        Assert.Equal(file.Where(l => !l.StartsWith('#') && !l.StartsWith("summary", StringComparison.Ordinal)), shown.Where(l => l.Length > 0));
    }

    [Fact]
    public void Every_link_into_the_repository_leads_somewhere() =>
        Assert.All(
            System.Text.RegularExpressions.Regex.Matches(Readme, @"\]\((?!https?:|#)([^)]+)\)").Select(m => m.Groups[1].Value),
            link => Assert.True(Path.Exists(Path.Combine(Repository.Root, link)), link));

    private static IEnumerable<string> Blocks(string language)
    {
        var parts = Readme.Split("```");
        for (var i = 1; i < parts.Length; i += 2)
        {
            var end = parts[i].IndexOf('\n', StringComparison.Ordinal);
            if (parts[i][..end] == language)
            {
                yield return parts[i][(end + 1)..];
            }
        }
    }
}
