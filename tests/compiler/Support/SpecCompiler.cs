using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Emit;
using HrmGen.Compiler.Language;
using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Tests.Support;

/// <summary>Runs the compiler's steps on a text, without Roslyn.</summary>
internal static class SpecCompiler
{
    public const string DefaultPath = "/project/specs/model.hrm.yaml";

    public static readonly ProjectOptions Project = new("/project/", "Tests.Models");

    /// <summary>What a spec compiles to, and all findings at their places.</summary>
    public static Compiled Compile(string text, string path = DefaultPath, SpecFileOptions? file = null, params (string Path, string Text)[] others)
    {
        var parsed = HrmCompiler.Parse(path, text);
        var all = others.Select(o => HrmCompiler.Parse(o.Path, o.Text)).Prepend(parsed);
        var link = HrmCompiler.Link(parsed, new SpecIndex(all.ToEquatableArray()), Project, file ?? SpecFileOptions.None);
        var lowered = link.Spec is null ? null : HrmCompiler.Lower(link.Spec);
        return new(lowered?.Value, HrmCompiler.Locate(path, link, lowered?.Diagnostics ?? default), link);
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

/// <summary>A compiled spec.</summary>
internal sealed record Compiled(LoweredModel? Model, EquatableArray<LocatedDiagnostic> Diagnostics, LinkResult Link)
{
    public IEnumerable<LocatedDiagnostic> Errors => Diagnostics.Where(d => d.Rule.Severity == Severity.Error);
}
