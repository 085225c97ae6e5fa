using System.Globalization;
using System.Text;
using HrmGen.Compiler.Language;

namespace HrmGen.Compiler.Tests.Robustness;

/// <summary>One mutated spec, with the bases that it may need and what the project says of it. The same seed gives the same case.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Files">The mutated file first.</param>
/// <param name="Options">Of the mutated file, and of the others.</param>
internal sealed record FuzzCase(int Seed, IReadOnlyList<(string Path, string Text)> Files, SpecFileOptions Options)
{
    private static readonly string[] Sets =
    [
        "block.hidden_size=64", "block.hidden_size=65537", "name=Other", "name=", "name.x=1", "name=[1]", "task.seq_len=~", "recursion.let.T=2|recursion.let.n=1;training.lr=0.5", "a..b=1", "=1", "x", "block=",
        "block={ hidden_size: 8 }", "recursion.program=[\"z_H = f(z_H + x)\"]", "extends=hrmgen:hrm", "recursion.gradient=full", "act=none", "summary=\"\\x00\"", "networks.f.layers=1;;| |", "heads.logits=z_H\nname: B",
    ];

    /// <summary>The case of a seed.</summary>
    public static FuzzCase Of(int seed)
    {
        var random = new Random(seed);
        var at = random.Next(Corpus.All.Count);
        var (path, text) = Corpus.All[at];
        path = "/project/" + path;
        var mutated = random.Next(100) switch
        {
            < 30 => TextMutator.Mutate(text, random),
            < 60 => OfTree(at, random, TreeMutator.Mutate),
            < 95 => OfTree(at, random, ValueMutator.Mutate),
            _ => TextMutator.Mutate(OfTree(at, random, ValueMutator.Mutate), random),
        };
        var files = new List<(string Path, string Text)> { (path, mutated) };
        if (text.Contains(".hrm.yaml", StringComparison.Ordinal))
        {
            files.AddRange(Corpus.Files.Where(f => f.Path.StartsWith("specs/bases/", StringComparison.Ordinal)).Select(f => ("/project/" + f.Path, f.Text)).Where(f => f.Item1 != path));
        }

        if (random.Next(5) == 0)
        {
            // What was mutated is the base of another.
            files.Add(("/project/leaf.hrm.yaml", $"hrmgen: 1\nname: Leaf\nextends: {path["/project/".Length..]}\n{(random.Next(2) == 0 ? "training: { lr: 0.5 }\n" : "")}"));
        }

        if (random.Next(20) == 0)
        {
            // Two files that both mean the other, or the same base.
            files.Add(("/project/other.hrm.yaml", "hrmgen: 1\nname: Leaf\nextends: leaf.hrm.yaml\n"));
        }

        var set = random.Next(8) == 0 ? Sets[random.Next(Sets.Length)] : null;
        var ns = random.Next(50) == 0 ? Corpus.Keys[random.Next(Corpus.Keys.Count)] : null;
        return new(seed, files, new(ns, set, random.Next(3) == 0 ? "fused" : null));
    }

    /// <summary>What the project says of each file: namespaces that tell the cases of a run apart.</summary>
    public SpecFileOptions OptionsOf(string path) => path == Files[0].Path ? Options with { Namespace = Options.Namespace is null ? Namespace : $"{Namespace}.{Options.Namespace}" } : new(Namespace, null, Options.Lowering);

    private string Namespace => "F" + Seed.ToString(CultureInfo.InvariantCulture);

    /// <summary>The case written out, to be run again.</summary>
    public override string ToString()
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"FuzzCase.Of({Seed}), HrmSet '{Options.Set}', HrmNamespace '{Options.Namespace}', HrmLowering '{Options.Lowering}'\n");
        foreach (var (path, content) in Files.Take(1).Concat(Files.Skip(1).Where(f => !f.Path.Contains("/bases/", StringComparison.Ordinal))))
        {
            text.Append("--- ").Append(path).Append('\n').Append(content.Length > 6000 ? content[..6000] + "..." : content).Append('\n');
        }

        return text.ToString();
    }

    private static string OfTree(int at, Random random, Action<Node, Random> mutate)
    {
        var tree = Corpus.Trees[at].Copy();
        mutate(tree, random);
        return tree.Write(random.Next(5));
    }
}
