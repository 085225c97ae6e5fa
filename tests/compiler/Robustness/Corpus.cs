using HrmGen.Compiler.Language;
using HrmGen.Compiler.Parsing;
using HrmGen.Compiler.Tests.RandomPrograms;
using HrmGen.Compiler.Tests.Support;

namespace HrmGen.Compiler.Tests.Robustness;

/// <summary>What mutations start from: every spec of the repository, those of the tests, and some random programs.</summary>
internal static class Corpus
{
    /// <summary>The specs that lie in files, by their paths below the repository.</summary>
    public static IReadOnlyList<(string Path, string Text)> Files { get; } =
    [
        .. new[] { "specs", "samples", "tests", "generator" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.hrm.yaml", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/'))
            .Where(path => !path.Split('/').Any(part => part is "bin" or "obj"))
            .Order(StringComparer.Ordinal)
            .Select(path => (path, File.ReadAllText(Path.Combine(Repository.Root, path)))),
    ];

    /// <summary>Everything, with the files as they are.</summary>
    public static IReadOnlyList<(string Path, string Text)> All { get; } =
    [
        .. Files,
        .. new[] { Specs.Hrm, Specs.TrmAtt, Specs.TrmMlp, Specs.TrmHier6, Specs.ThreeClocks, Grid, OverTime }.Select((text, i) => ($"made/spec{i}.hrm.yaml", text)),
        .. Enumerable.Range(0, 24).Select(seed => ($"made/random{seed}.hrm.yaml", RandomSpec.Write(seed)
            .Replace("NAME", $"Random{seed}", StringComparison.Ordinal)
            .Replace("GRADIENT", (seed % 4) switch { 0 => "one_step", 1 => "full", 2 => "{ last_updates: 1 }", _ => "last_cycle" }, StringComparison.Ordinal))),
    ];

    /// <summary>The trees, in the same order.</summary>
    public static IReadOnlyList<Node> Trees { get; } = [.. All.Select(f => Node.From(SpecParser.Parse(f.Path, f.Text).Root!))];

    /// <summary>All trees below them, to be put in other places.</summary>
    public static IReadOnlyList<Node> Parts { get; } = [.. Trees.SelectMany(t => t.All)];

    /// <summary>All keys that there are, and some that there are not.</summary>
    public static IReadOnlyList<string> Keys { get; } =
        [.. Validator.AllKeys(KeyTable.Root, "").Select(k => k.Key.Name).Concat(KeyTable.Statement.Keys.Select(k => k.Name)).Concat(["at", "T", "n", "f", "z_H", "", "?", "0", "class", "Tensor", "a.b", "\u0131"]).Distinct()];

    private const string Grid =
        """
        hrmgen: 1
        name: Grid_{T}_{block}
        extends: hrmgen:trm
        matrix:
          recursion.let.T: [1, 2, 3]
          block: { attention: { mixer: attention }, mlp_0.5: { mixer: mlp, positions: learned, num_heads: null, rope_theta: null } }

        """;

    private const string OverTime =
        """
        hrmgen: 1
        name: OverTime
        extends: hrmgen:trm
        recursion: { let: { T: { at: { 0: 1, 0.3: 2, 0.6: 3 } }, n: { at: { 0: 2, 0.5: 6 } } } }
        supervision: { N_sup: { at: { 0: 2, 0.25: 8 } } }
        act: { loss: { halt: { at: { 0: 0.5, 0.5: 0.25 } }, continue: { weight: 0.5, predict: next } }, halt_when: q_halt > 0, exploration: { probability: 0.1, draw: each_sample } }
        training: { groups: { f: { lr: 0.00001 } } }

        """;
}
