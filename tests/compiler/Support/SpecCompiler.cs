using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Emit;
using HrmGen.Compiler.Language;
using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Tests.Support;

/// <summary>Runs the compiler's steps on a text, without Roslyn.</summary>
internal static class SpecCompiler
{
    public const string DefaultPath = SpecFile.DefaultPath;

    public static readonly ProjectOptions Project = new("/project/", "Tests.Models");

    /// <summary>What a spec compiles to, and all findings at their places.</summary>
    public static Compiled Compile(string text, string path = DefaultPath, SpecFileOptions? file = null, params (string Path, string Text)[] others) =>
        CompileAll([(path, text), .. others], p => p == path ? file ?? SpecFileOptions.None : SpecFileOptions.None)[path];

    /// <summary>The files of a compilation, by path.</summary>
    public static IReadOnlyDictionary<string, Compiled> CompileAll(IEnumerable<(string Path, string Text)> files, Func<string, SpecFileOptions>? options = null)
    {
        options ??= _ => SpecFileOptions.None;
        var parsed = files.Select(f => HrmCompiler.Parse(f.Path, f.Text)).ToList();
        var index = new SpecIndex(parsed, parsed.Select(s => HrmCompiler.Claim(s, Project, options(s.Path))));
        var links = parsed.ToDictionary(s => s.Path, s => HrmCompiler.Link(s, index, Project, options(s.Path)));
        var lowered = links.ToDictionary(l => l.Key, l => l.Value.Specs.Select(HrmCompiler.Lower).ToList());
        var findings = lowered.SelectMany(l => l.Value.Select(r => new SpecFindings(l.Key, r.Diagnostics))).ToEquatableArray();
        return links.ToDictionary(
            l => l.Key, l => new Compiled([.. lowered[l.Key].Select(r => r.Value).OfType<LoweredModel>()], HrmCompiler.Locate([(l.Key, l.Value)], findings), l.Value));
    }

    /// <summary>A model that must compile.</summary>
    public static LoweredModel Lower(string text, SpecFileOptions? file = null)
    {
        var compiled = Compile(text, file: file);
        var errors = compiled.Diagnostics.Where(d => d.Rule.Severity == Severity.Error).ToList();
        Assert.True(errors.Count == 0, string.Join("\n", errors.Select(e => $"{e.Rule.Id} {e.Message}")));
        return compiled.Model!;
    }

    /// <summary>The emitted files of a model that must compile.</summary>
    public static EquatableArray<SourceFile> Emit(string text, SpecFileOptions? file = null) => HrmCompiler.Emit(Lower(text, file));
}

/// <summary>A compiled file.</summary>
internal sealed record Compiled(IReadOnlyList<LoweredModel> Models, EquatableArray<LocatedDiagnostic> Diagnostics, LinkResult Link)
{
    /// <summary>The only model; null after an error.</summary>
    public LoweredModel? Model => Models.SingleOrDefault();

    public IEnumerable<LocatedDiagnostic> Errors => Diagnostics.Where(d => d.Rule.Severity == Severity.Error);
}
