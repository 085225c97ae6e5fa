using System.Reflection;
using System.Runtime.Loader;
using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Emit;
using HrmGen.Compiler.Language;
using HrmGen.Compiler.Model;
using HrmGen.Models;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace HrmGen.Compiler.Tests.RandomPrograms;

/// <summary>A program in one gradient mode: what the compiler made of it, or why it refused.</summary>
internal sealed record CompiledProgram(int Seed, string Text, string Name, GradientMode Mode, LoweredModel? Model, IReadOnlyList<string> Errors);

/// <summary>Compiles specs with the real pipeline and loads them.</summary>
internal static class CompiledPrograms
{
    private const string Namespace = "HrmGen.RandomPrograms";

    /// <summary>Parse, link and lower.</summary>
    public static CompiledProgram Lower(int seed, string text, string name, GradientMode mode)
    {
        text = text.Replace("NAME", name, StringComparison.Ordinal).Replace("GRADIENT", mode.Text, StringComparison.Ordinal);
        var parsed = HrmCompiler.Parse("random.hrm.yaml", text);
        var link = HrmCompiler.Link(parsed, new SpecIndex([parsed]), new ProjectOptions("", Namespace, "fused"), SpecFileOptions.None);
        var lowered = link.Spec is null ? null : HrmCompiler.Lower(link.Spec);
        var errors = link.Diagnostics.Select(d => $"{d.Rule.Id} {d.Message}")
            .Concat((lowered?.Diagnostics ?? default).Where(d => d.Rule.Severity == Severity.Error).Select(d => $"{d.Rule.Id} {d.Message}"));
        return new(seed, text, name, mode, lowered?.Value, [.. errors]);
    }

    /// <summary>Emits and compiles many models into one assembly; the registry by model name.</summary>
    public static IReadOnlyDictionary<string, ModelEntry> Load(IEnumerable<LoweredModel> models, string assemblyName = "RandomPrograms")
    {
        var all = models.ToList();
        var options = new CSharpParseOptions(LanguageVersion.Latest);
        var files = all.SelectMany(m => HrmCompiler.Emit(m))
            .Append(HrmCompiler.EmitRegistry(Namespace, all.Select(m => new RegistryEntry(m.Architecture.Namespace, m.Architecture.Name))));
        var trees = files.AsParallel().AsOrdered().Select(f => CSharpSyntaxTree.ParseText(f.Text, options, f.HintName)).ToList();
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path));
        var compilation = CSharpCompilation.Create(assemblyName, trees, references,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release, nullableContextOptions: NullableContextOptions.Enable));
        using var image = new MemoryStream();
        var result = compilation.Emit(image);
        Assert.True(result.Success, string.Join("\n", result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).Take(10)));
        image.Position = 0;
        var assembly = AssemblyLoadContext.Default.LoadFromStream(image);
        var registry = assembly.GetType($"{Namespace}.HrmModels")!.GetProperty("All", BindingFlags.Public | BindingFlags.Static)!;
        return ((IReadOnlyList<ModelEntry>)registry.GetValue(null)!).ToDictionary(m => m.Spec.Name, StringComparer.Ordinal);
    }
}
