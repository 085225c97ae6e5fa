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
        Assert.Contains(shown, SpecCompiler.Emit(Specs.TrmAtt).Single(f => f.HintName.Contains(".Model.", StringComparison.Ordinal)).Text, StringComparison.Ordinal);
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
