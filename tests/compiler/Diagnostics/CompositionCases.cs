namespace HrmGen.Compiler.Tests.Diagnostics;

/// <summary>What one file can say wrong about the specs that it is made of, or expands to.</summary>
internal static class CompositionCases
{
    public static IEnumerable<DiagnosticCase> All { get; } =
    [
        // Bases.
        new("HRM0012", "hrmgen: 1\nname: M\nextends: [|[hrmgen:trm]|]\n", "'extends' takes one base: a preset, or the path of a spec file, not a list"),
        new("HRM0017", "hrmgen: 1\nname: M\nextends: [|hrmgen:trn|]\n", "There is no base 'hrmgen:trn' (did you mean 'hrmgen:trm'?)"),
        new("HRM0017", "hrmgen: 1\nname: M\nextends: [|transformer|]\n", "There is no base 'transformer' (did you mean 'hrmgen:transformer'?)"),
        new("HRM0017", "hrmgen: 1\nname: M\nextends: [|Base|]\n",
            "There is no base 'Base' (the presets are hrmgen:hrm, hrmgen:trm, hrmgen:transformer; a file is named by its path, as in bases/small.hrm.yaml)"),
        new("HRM0017", "hrmgen: 1\nname: M\nextends: [|../bases/small.hrm.yaml|]\n",
            "There is no base '../bases/small.hrm.yaml' among the spec files of this project (a path starts at the folder of the file that says it)"),
        new("HRM0070", "hrmgen: 1\nname: M\nextends: [|model.hrm.yaml|]\n", "'extends' goes in a circle: model.hrm.yaml -> model.hrm.yaml"),
        new("HRM0070", "hrmgen: 1\nname: M\nextends: [|.\\..\\specs/./model.hrm.yaml|]\n", "'extends' goes in a circle: model.hrm.yaml -> model.hrm.yaml"),
        new("HRM0012", Trm("abstract: [|maybe|]"), "'abstract' takes true or false, not 'maybe'"),
        new("HRM0012", Trm("abstract: [|\"true\"|]"), "'abstract' takes true or false, not the text 'true'"),

        // Abstract specs are checked as far as they go.
        new("HRM0010", Abstract("block: { [|hiden_size|]: 64 }"), "Unknown key 'hiden_size' in block (did you mean 'hidden_size'?)"),
        new("HRM0012", Abstract("task: { seq_len: [|long|] }"), "'seq_len' takes a whole number from 1 to 65536, not 'long'"),
        new("HRM0013", Abstract("supervision: { N_sup: [|0|] }"), "'N_sup' takes a whole number from 1 to 10000; it is 0"),
        new("HRM0014", Abstract("loss: { kind: [|focal|] }"), "'focal' is not a value of 'kind' (one of stablemax, softmax)"),
        new("HRM0020", Abstract("recursion: { latents: { z: {} }, program: [\"z = z + [|)|]\"] }"), "A latent, x, a network call or '(' is expected here"),
        new("HRM0026", Abstract("recursion: { program: [|7|] }"), "This is a list of statements: '- \"z_H = f(z_H + z_L)\"', or '- { repeat: n, do: [...] }'"),
        new("HRM0010", Abstract("recursion: { program: [{ [|repeet|]: 3, do: [] }] }"), "Unknown key 'repeet' in a statement (did you mean 'repeat'?)"),
        new("HRM0045", Abstract("[|matrix|]: { supervision.N_sup: [1, 2] }"), "An abstract spec emits nothing, so there is nothing to expand; leave out 'abstract' or 'matrix'"),

        // The form of a matrix.
        new("HRM0012", Grid("matrix: [|[1, 2]|]"), "'matrix' takes a mapping from dotted keys to lists of values, as in 'recursion.let.T: [1, 2, 3]', not a list"),
        new("HRM0012", Grid("matrix: [|{}|]"), "'matrix' takes a mapping from dotted keys to lists of values, as in 'recursion.let.T: [1, 2, 3]', not an empty one"),
        new("HRM0073", Grid("matrix: { recursion.let.T: [|3|] }"), "An axis takes a list of values, or a mapping from labels to values, not '3'"),
        new("HRM0073", Grid("matrix: { recursion.let.T: [|[]|] }"), "An axis takes a list of values, or a mapping from labels to values, not an empty one"),
        new("HRM0073", Grid("matrix: { recursion.let.T: [1, [|{ a: 2 }|]] }"),
            "A value that is a mapping has no text for the name: write the axis as a mapping from labels to values"),
        new("HRM0073", Grid("matrix: { act.halt_when: [never, [|q_halt > 0|]] }", "G{halt_when}"),
            "'q_halt > 0' cannot stand in a name: write the axis as a mapping from labels (letters, digits, _, '.' and '-') to values"),
        new("HRM0073", Grid("matrix: { recursion.let.T: { \"a b\": [|1|] } }"),
            "'a b' cannot stand in a name: write the axis as a mapping from labels (letters, digits, _, '.' and '-') to values"),
        new("HRM0073", Grid("matrix: { [|recursion..T|]: [1, 2] }"), "'recursion..T' is not a dotted key, as in 'recursion.let.T'"),
        new("HRM0073", Grid("matrix: { [|name|]: [A, B] }", "{name}"), "'name' cannot be an axis: a matrix varies what the models compute"),
        new("HRM0073", Grid("matrix: { [|extends|]: { trm: hrmgen:trm, hrm: hrmgen:hrm } }", "G{extends}"), "'extends' cannot be an axis: a matrix varies what the models compute"),
        new("HRM0005", Grid("[|matrix|]: { " + string.Join(", ", Enumerable.Range(0, 9).Select(i => $"recursion.let.k{i}: [1]")) + " }"), "This matrix has 9 axes; at most 8 are allowed"),
        new("HRM0005", Grid("[|matrix|]: { " + string.Join(", ", Enumerable.Range(0, 8).Select(i => $"recursion.let.k{i}: [{string.Join(", ", Enumerable.Range(1, 100))}]")) + " }"),
            "This matrix has 1000000000 models; a file has at most 1000"),
        new("HRM0005", Grid("[|matrix|]: { recursion.let.T: [" + string.Join(", ", Enumerable.Range(1, 1001)) + "] }"), "This matrix has 1001 models; a file has at most 1000"),

        // The template of names.
        new("HRM0011", "[|hrmgen: 1\nextends: hrmgen:trm\nmatrix: { recursion.let.T: [1, 2] }|]\n", "The spec needs the key 'name': the template of the models' names, as in 'Grid_{T}'"),
        new("HRM0012", "hrmgen: 1\nname: [|[A, B]|]\nextends: hrmgen:trm\nmatrix: { recursion.let.T: [1, 2] }\n", "'name' takes the template of the models' names, not a list"),
        new("HRM0073", Grid("matrix: { recursion.let.T: [1, 2], [|recursion.let.n|]: [3, 4] }"), "The name does not tell the values of 'recursion.let.n' apart: put {n} into 'name'"),
        new("HRM0073", Grid("matrix: { training.lr: [1, 2], [|training.puzzle_embedding.lr|]: [3, 4] }", "G{training.lr}"),
            "The name does not tell the values of 'training.puzzle_embedding.lr' apart: put {training.puzzle_embedding.lr} into 'name'"),
        new("HRM0073", Grid("matrix: { recursion.let.T: [1, 2] }", "G[|{t_}|]"), "The matrix has no axis 't_' (did you mean {T}?)"),
        new("HRM0073", Grid("matrix: { recursion.let.T: [1, 2] }", "\"G{T}[|{seed}|]\""), "The matrix has no axis 'seed' (there are {T})"),
        new("HRM0073", Grid("matrix: { training.lr: [1, 2], training.puzzle_embedding.lr: [3, 4] }", "G[|{lr}|]"),
            "'lr' is the end of several axes: write {training.lr} or {training.puzzle_embedding.lr}"),
        new("HRM0073", Grid("matrix: { recursion.let.T: [1, 2] }", "G[|{|]T"), "This brace has no partner: a placeholder is written {T}"),
        new("HRM0073", Grid("matrix: { recursion.let.T: [1, 2] }", "GT[|}|]"), "This brace has no partner: a placeholder is written {T}"),
        new("HRM0073", Grid("matrix: { training.ema: [0.9, 0-9, 0_9] }", "[|G{ema}|]"), "Two models of the matrix would be named 'G0_9' (case does not count); give their values labels that differ"),
        new("HRM0073", Grid("matrix: { act.loss: { a: null, A: { halt: 1 } } }", "[|G_{loss}|]"),
            "Two models of the matrix would be named 'G_A' (case does not count); give their values labels that differ"),
        new("HRM0015", Grid("matrix: { recursion.let.T: [1, 2] }", "[|4G{T}|]"), "'4G1' cannot be a name: a name takes letters, digits and _, and does not start with a digit"),
        new("HRM0015", Grid("matrix: { recursion.let.T: [1, 2] }", "[|\"{T}\"|]"), "'1' cannot be a name: a name takes letters, digits and _, and does not start with a digit"),
        new("HRM0051", Grid("matrix: { recursion.let.T: [1, 2] }").Insert(0, "[||]"), "HrmSet: 'name' would give all models of the matrix one name", "name=Other"),

        // A slip in a value is at the value, and one that every model has is reported once.
        new("HRM0013", Grid("matrix: { recursion.let.T: [1, 2], supervision.N_sup: [4, [|0|]] }", "G{T}{N_sup}"), "'N_sup' takes a whole number from 1 to 10000; it is 0"),
        new("HRM0010", Grid("matrix: { [|block.hiden_size|]: [64, 128], recursion.let.T: [1, 2] }", "G{hiden_size}{T}"), "Unknown key 'hiden_size' in block (did you mean 'hidden_size'?)"),
        new("HRM0014", Grid("matrix: { recursion.let.T: [1, 2] }\nblock: { mixer: [|mpl|] }"), "'mpl' is not a value of 'mixer' (did you mean 'mlp'?)"),
        new("HRM0040", Grid("matrix: { block.num_heads: [8, [|7|]] }", "G{num_heads}"), "hidden_size 512 is not a multiple of num_heads 7; change one, or give head_dim"),
        new("HRM0040", Grid("matrix: { block.hidden_size: [512, 100, 90] }\nblock: { num_heads: [|8|] }", "G{hidden_size}"),
            "hidden_size 100 is not a multiple of num_heads 8; change one, or give head_dim (in the model G100)"),
        new("HRM0012", Grid("matrix: { act.loss: { both: { halt: [|much|], continue: 0.5 }, none: none } }", "G_{loss}"), "'halt' takes a number above 0, not 'much'"),

        // Metadata that only the file itself can say.
        new("HRM0051", Trm("").Insert(0, "[||]"), "HrmSet: 'extends' says what the file is made of; only the file itself can say that", "extends=hrmgen:hrm"),
        new("HRM0051", Trm("").Insert(0, "[||]"), "HrmSet: 'matrix' says what the file is made of; only the file itself can say that", "matrix.recursion=1"),
    ];

    private static string Trm(string lines) => DiagnosticCase.Trm(lines);

    private static string Abstract(string lines) => "hrmgen: 1\nabstract: true\n" + lines + "\n";

    private static string Grid(string lines, string name = "G{T}") => $"hrmgen: 1\nname: {name}\nextends: hrmgen:trm\n{lines}\n";
}
