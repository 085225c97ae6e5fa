using System.Text.RegularExpressions;
using HrmGen.Compiler.Tests.Support;

namespace HrmGen.Compiler.Tests.Emission;

/// <summary>The hash by which a checkpoint knows its model.</summary>
public sealed partial class SpecHashTests
{
    private const string Spec = "hrmgen: 1\nname: Tiny\nextends: hrmgen:trm\n";

    [Theory]
    [InlineData("summary: Another one.\n")]
    [InlineData("# A comment.\n")]
    [InlineData("training: { lr: 0.5, epochs: 3, ema: null, batch_size: 8, weight_decay: 0 }\n")]
    [InlineData("data: { refill: queue }\n")]
    [InlineData("recursion: { let: { T: 3 } }\n")]
    public void What_computes_the_same_has_the_same_hash(string more)
    {
        Assert.Equal(Hash(Spec), Hash(Spec + more));
        Assert.Equal(Hash(Spec), Hash(Spec, "/project/elsewhere/other.hrm.yaml"));
    }

    [Theory]
    [InlineData("recursion: { let: { T: 2 } }\n")]
    [InlineData("recursion: { gradient: full }\n")]
    [InlineData("block: { hidden_size: 256 }\n")]
    [InlineData("supervision: { N_sup: 8 }\n")]
    [InlineData("act: { exploration: 0.2 }\n")]
    [InlineData("act: { loss: { halt: 0.25 } }\n")]
    [InlineData("precision: { forward: float32 }\n")]
    [InlineData("training: { optimizer: adamw }\n")]
    [InlineData("loss: { kind: softmax }\n")]
    public void What_computes_something_else_has_another(string more) => Assert.NotEqual(Hash(Spec), Hash(Spec + more));

    private static string Hash(string spec, string path = "/project/tiny.hrm.yaml") =>
        Hashes().Match(string.Concat(GeneratorHost.Run(new SpecFile(path, spec)).GeneratedSources.Select(s => s.SourceText.ToString()))).Groups[1].Value is { Length: 64 } hash
            ? hash
            : throw new InvalidOperationException("no hash was emitted");

    [GeneratedRegex("Hash = \"([0-9a-f]{64})\"")]
    private static partial Regex Hashes();
}
