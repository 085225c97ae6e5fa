using HrmGen.Compiler.Emit;
using HrmGen.Compiler.Tests.Support;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace HrmGen.Compiler.Tests.Emission;

/// <summary>A name that a spec may give never breaks the emitted code: it compiles, or the spec is told.</summary>
public sealed class NamesTests
{
    private const string Program =
        "  let: { T: 3 }\n  latents: { z_H: { init: learned }, z_L: { count: 2 }, z_M: { init: zeros } }\n  program:\n"
        + "    - { repeat: T, do: [{ for: i in 1..2, do: [\"z_L[i] = f(z_L[i] + (z_H + x))\"] }, { repeat: 2, do: [{ repeat: 2, do: [{ repeat: 2, do: [\"z_M = f(z_M + x)\"] }] }] }, \"z_H = f(z_H + z_M + sum(z_L))\"] }\n"
        + "  gradient: last_cycle";

    /// <summary>Every identifier of the emitted code, of the runtime's types that it sees, and of what every C# type has.</summary>
    private static readonly List<string> Candidates = Collect();

    [Theory]
    [InlineData("T")]
    [InlineData("z_L")]
    [InlineData("f")]
    [InlineData("i")]
    [InlineData("Names")]
    public void Any_identifier(string role)
    {
        var files = new List<SourceFile>();
        var accepted = 0;
        foreach (var (name, index) in Candidates.Select((n, i) => (n, i)))
        {
            var spec = Rename(Specs.Small(Program, "{ f: { layers: 1 } }", name: "Names") + "act: { loss: { halt: 0.5, continue: 0.5 }, exploration: 0.1 }\ndata: { refill: queue }\n", role, name);
            var compiled = SpecCompiler.Compile(spec, file: new($"N{index}", null));
            if (compiled.Model is { } model)
            {
                accepted++;
                files.AddRange(HrmCompiler.Emit(model));
                files.Add(HrmCompiler.EmitRegistry($"N{index}", [new($"N{index}", model.Architecture.Name)]));
            }
            else
            {
                Assert.All(compiled.Errors, e => Assert.StartsWith("HRM00", e.Rule.Id, StringComparison.Ordinal));
                Assert.DoesNotContain(compiled.Errors, e => e.Rule.Id == "HRM0099");
            }
        }

        Assert.True(accepted > 20, $"only {accepted} names were accepted: is the table of taken names too broad?");
        var findings = Consumer.Findings(Consumer.Compile(files));
        var names = findings.Select(d => d.Location.SourceTree!.FilePath).Select(p => Path.GetFileName(p).Split('.')[0]).Distinct().Select(n => Candidates[int.Parse(n[1..], System.Globalization.CultureInfo.InvariantCulture)]);
        Assert.True(findings.Count == 0, $"as {role}: {string.Join(" ", names)}\n{Consumer.Show(findings.DistinctBy(d => d.Location.SourceTree!.FilePath))}");
    }

    private static string Rename(string spec, string role, string name) => System.Text.RegularExpressions.Regex.Replace(spec, $@"\b{role}\b", name);

    private static List<string> Collect()
    {
        var names = new SortedSet<string>(StringComparer.Ordinal)
        {
            // Members that records and modules have although no text shows them, and names that emission might use another day.
            "Clone", "Deconstruct", "EqualityContract", "PrintMembers", "Equals", "GetHashCode", "ToString", "MemberwiseClone", "Finalize",
            "record", "var", "dynamic", "nameof", "file", "field", "value", "async", "await", "partial", "required", "scoped", "init", "with", "get", "set", "global", "get_Device", "_to", "T3",
            "substep2", "substep3", "injection", "injection2", "System", "TorchSharp", "HrmGen", "HrmModels", "N1", "Names", "NamesTrainingStep", "_", "__",
        };
        foreach (var file in SpecCompiler.Emit(Specs.Small(Program, "{ f: { layers: 1 } }") + "act: { loss: { halt: 0.5, continue: 0.5 }, exploration: 0.1 }\n")
            .Concat(SpecCompiler.Emit(Specs.TrmMlp)).Append(HrmCompiler.EmitRegistry("A", [new("A", "B")])))
        {
            names.UnionWith(CSharpSyntaxTree.ParseText(file.Text).GetRoot().DescendantTokens().Where(t => t.IsKind(SyntaxKind.IdentifierToken)).Select(t => t.ValueText));
        }

        var compilation = Consumer.Compile(SpecCompiler.Emit(Specs.TrmAtt));
        for (var type = compilation.GetTypeByMetadataName("Tests.Models.TrmAtt"); type is not null; type = type.BaseType)
        {
            names.UnionWith(type.GetMembers().Select(m => m.Name).Where(n => n.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') && !n.StartsWith("get_", StringComparison.Ordinal)));
        }

        for (var type = compilation.GetTypeByMetadataName("Tests.Models.TrmAttTrainingStep"); type is not null; type = type.BaseType)
        {
            names.UnionWith(type.GetMembers().Select(m => m.Name).Where(n => n.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') && !n.StartsWith("get_", StringComparison.Ordinal)));
        }

        return [.. names];
    }
}
