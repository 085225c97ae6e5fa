using HrmGen.Compiler.Language;
using HrmGen.Compiler.Parsing;

namespace HrmGen.Compiler.Tests.Linking;

/// <summary>Maps merge, lists replace, null removes.</summary>
public sealed class MergingTests
{
    [Theory]
    // Maps merge, at any depth; new keys follow the old ones.
    [InlineData("{ a: 1, b: 2 }", "{ b: 3, c: 4 }", "{ a: 1, b: 3, c: 4 }")]
    [InlineData("{ a: { b: { c: 1, d: 2 } } }", "{ a: { b: { d: 3 } } }", "{ a: { b: { c: 1, d: 3 } } }")]
    [InlineData("{ a: { b: 1 } }", "{}", "{ a: { b: 1 } }")]
    [InlineData("{ a: { b: 1 } }", "{ a: {} }", "{ a: { b: 1 } }")]
    // Lists replace, whatever is in them.
    [InlineData("{ a: [1, 2, 3] }", "{ a: [4] }", "{ a: [4] }")]
    [InlineData("{ a: [{ b: 1 }] }", "{ a: [{ c: 2 }] }", "{ a: [{ c: 2 }] }")]
    [InlineData("{ a: [1] }", "{ a: [] }", "{ a: [] }")]
    // Kinds replace each other.
    [InlineData("{ a: none }", "{ a: { b: 1 } }", "{ a: { b: 1 } }")]
    [InlineData("{ a: { b: 1 } }", "{ a: none }", "{ a: none }")]
    [InlineData("{ a: [1] }", "{ a: { b: 1 } }", "{ a: { b: 1 } }")]
    [InlineData("{ a: { b: 1 } }", "{ a: [1] }", "{ a: [1] }")]
    [InlineData("{ a: 1 }", "{ a: \"1\" }", "{ a: \"1\" }")]
    // Null removes, and what is not there stays away.
    [InlineData("{ a: 1, b: 2 }", "{ a: null }", "{ b: 2 }")]
    [InlineData("{ a: { b: 1 } }", "{ a: ~ }", "{}")]
    [InlineData("{ a: { b: 1, c: 2 } }", "{ a: { b: } }", "{ a: { c: 2 } }")]
    [InlineData("{ a: 1 }", "{ b: null }", "{ a: 1 }")]
    [InlineData("{ a: 1 }", "{ a: \"null\" }", "{ a: \"null\" }")]
    [InlineData("{ a: 1 }", "{ b: { c: null, d: 1 } }", "{ a: 1, b: { d: 1 } }")]
    [InlineData("{ a: none }", "{ a: { c: null, d: { e: null } } }", "{ a: { d: {} } }")]
    [InlineData("{ a: 1 }", "{ a: [null] }", "{ a: [null] }")]
    public void A_mapping_over_another(string lower, string upper, string expected) =>
        Assert.Equal(Tree(expected), Merging.Merge(Tree(lower), Tree(upper), []));

    [Fact]
    public void A_removed_key_that_comes_again_comes_last()
    {
        var merged = Merging.Merge(Merging.Merge(Tree("{ a: 1, b: 2 }"), Tree("{ a: null }"), []), Tree("{ a: 3 }"), []);
        Assert.Equal(Tree("{ b: 2, a: 3 }"), merged);
    }

    [Fact]
    public void What_is_replaced_is_told_by_its_path()
    {
        var replaced = new List<string>();
        Merging.Merge(Tree("{ a: { b: [1], c: 1, d: { e: 1 } }, f: 1 }"), Tree("{ a: { b: [2], d: 1, g: 1 }, f: null }"), replaced);
        Assert.Equal(["a.b", "a.d", "f"], replaced);
    }

    [Theory]
    [InlineData("/p/specs/a.hrm.yaml", "b.hrm.yaml", "/p/specs/b.hrm.yaml")]
    [InlineData("/p/specs/a.hrm.yaml", "./b.hrm.yaml", "/p/specs/b.hrm.yaml")]
    [InlineData("/p/specs/a.hrm.yaml", "../bases/./x/../b.hrm.yaml", "/p/bases/b.hrm.yaml")]
    [InlineData("/p/specs/a.hrm.yaml", "..\\bases\\b.hrm.yaml", "/p/bases/b.hrm.yaml")]
    [InlineData("C:\\p\\specs\\a.hrm.yaml", "../bases/b.hrm.yaml", "C:/p/bases/b.hrm.yaml")]
    [InlineData("specs/a.hrm.yaml", "../bases/b.hrm.yaml", "bases/b.hrm.yaml")]
    [InlineData("a.hrm.yaml", "../../b.hrm.yaml", "../../b.hrm.yaml")]
    [InlineData("/a.hrm.yaml", "../../b.hrm.yaml", "/b.hrm.yaml")]
    public void A_path_starts_at_the_folder_of_the_file_that_says_it(string spec, string relative, string expected) => Assert.Equal(expected, SpecPaths.Resolve(spec, relative));

    [Theory]
    [InlineData("/p/a/x.yaml", "/p/a/y.yaml", "y.yaml")]
    [InlineData("/p/a/x.yaml", "/p/b/c/y.yaml", "../b/c/y.yaml")]
    [InlineData("/p/x.yaml", "/p/b/y.yaml", "b/y.yaml")]
    [InlineData("C:\\p\\a\\x.yaml", "C:\\p\\y.yaml", "../y.yaml")]
    public void A_suggested_path_is_written_as_a_spec_would(string spec, string target, string expected)
    {
        Assert.Equal(expected, SpecPaths.Between(spec, target));
        Assert.Equal(SpecPaths.Normal(target), SpecPaths.Resolve(spec, expected));
    }

    private static SpecMapping Tree(string yaml) => HrmCompiler.Parse("t", yaml).Root!;
}
