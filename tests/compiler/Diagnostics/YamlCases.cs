using static HrmGen.Compiler.Tests.Diagnostics.DiagnosticCase;

namespace HrmGen.Compiler.Tests.Diagnostics;

/// <summary>Text that is not YAML, or YAML that the language does not take.</summary>
internal static class YamlCases
{
    public static IEnumerable<DiagnosticCase> All { get; } =
    [
        new("HRM0001", "hrmgen: 1\nname: M\nblock:\n[|\t|]hidden_size: 8\n", "YAML does not allow tabs in indentation; use spaces"),
        new("HRM0001", "hrmgen: 1\nname: M\nblock:\n  hidden_size: 8\n[|\t|]num_heads: 2\n", "YAML does not allow tabs in indentation; use spaces"),
        new("HRM0001", "hrmgen: 1\nname: M\nblock: { hidden_size: 8\n[|t|]ask: { vocab_size: 5 }\n",
            "This is not valid YAML: a bracket, brace or quote that is opened above may not be closed"),
        new("HRM0001", "hrmgen: 1\nname: M\nblock: { hidden_size: 8\n[||]", "This is not valid YAML: While parsing a flow mapping, did not find expected ',' or '}'"),
        new("HRM0002", "a: [|&a|] {b: *a}\n",
            "YAML anchors (&name) are not part of the language: write the value out, or move what specs share into a base and use 'extends'"),
        new("HRM0002", "hrmgen: 1\nname: [|*a|]\n",
            "YAML aliases (*name) are not part of the language: write the value out, or move what specs share into a base and use 'extends'"),
        new("HRM0002", "hrmgen: [|!!int 1|]\n",
            "YAML tags (!name) are not part of the language: write the value out, or move what specs share into a base and use 'extends'"),
        new("HRM0003", "hrmgen: 1\nname: A\n[|---|]\nhrmgen: 1\nname: B\n",
            "A spec file holds one YAML document; move the second one into a file of its own"),
        new("HRM0004", Trm("supervision: { N_sup: 4, [|N_sup|]: 8 }"), "The key 'N_sup' stands twice in this mapping; remove one"),
        new("HRM0005", "[||]" + new string(' ', 1_048_577), "The file has 1048577 characters; a spec has at most 1048576"),
        new("HRM0005", new string('[', 64) + "[||][" + new string('[', 5000), "A spec nests at most 64 levels deep"),
        new("HRM0011", "[||]", "The file is empty: a spec starts with 'hrmgen: 1' and 'name: ...'"),
        new("HRM0011", "[||]# only a comment\n", "The file is empty: a spec starts with 'hrmgen: 1' and 'name: ...'"),
        new("HRM0012", "[||]- hrmgen: 1\n", "A spec is a mapping of keys ('hrmgen: 1', 'name: ...'), not a list"),
        new("HRM0012", "[||]TrmMlp\n", "A spec is a mapping of keys ('hrmgen: 1', 'name: ...'), not 'TrmMlp'"),
    ];
}
