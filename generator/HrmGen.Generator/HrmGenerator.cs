using System.Text;
using HrmGen.Compiler;
using HrmGen.Compiler.Emit;
using HrmGen.Compiler.Language;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace HrmGen.Generator;

/// <summary>Compiles the project's <c>*.hrm.yaml</c> files: the wiring between Roslyn's pipeline and the compiler's steps.</summary>
[Generator(LanguageNames.CSharp)]
public sealed class HrmGenerator : IIncrementalGenerator
{
    private const string Extension = ".hrm.yaml";

    private static readonly Encoding Utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var project = context.AnalyzerConfigOptionsProvider.Select(static (provider, _) => ReadProject(provider));

        var parsed = context.AdditionalTextsProvider
            .Where(static file => file.Path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase))
            .Select(static (file, cancel) => HrmCompiler.Parse(file.Path, file.GetText(cancel)?.ToString() ?? ""))
            .WithTrackingName(TrackingNames.Parse);

        var index = parsed.Collect()
            .Select(static (specs, _) => new SpecIndex(specs.OrderBy(s => s.Path, StringComparer.Ordinal).ToEquatableArray()))
            .WithTrackingName(TrackingNames.Index);

        // A file's own metadata is looked up by path: AdditionalText itself compares by reference.
        var options = context.AdditionalTextsProvider
            .Where(static file => file.Path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase))
            .Combine(context.AnalyzerConfigOptionsProvider)
            .Select(static (pair, _) => (pair.Left.Path, Options: ReadFile(pair.Right.GetOptions(pair.Left))))
            .Collect()
            .Select(static (all, _) => all.Select(p => new PathOptions(p.Path, p.Options)).ToEquatableArray());

        var links = parsed.Combine(index).Combine(project).Combine(options)
            .Select(static (input, _) =>
            {
                var (((spec, all), projectOptions), files) = input;
                var file = files.FirstOrDefault(f => f.Path == spec.Path)?.Options ?? SpecFileOptions.None;
                return (spec.Path, Result: HrmCompiler.Link(spec, all, projectOptions, file));
            });

        // What is linked leaves positions behind: a comment edit ends here, and only the reports run on.
        var linked = links.Select(static (link, _) => link.Result.Spec).WithTrackingName(TrackingNames.Link);
        var lowered = linked.Select(static (spec, _) => spec is null ? null : HrmCompiler.Lower(spec)).WithTrackingName(TrackingNames.Lower);
        var models = lowered.Select(static (result, _) => result?.Value);
        var sources = models.Select(static (model, _) => model is null ? default : HrmCompiler.Emit(model)).WithTrackingName(TrackingNames.Emit);

        var entries = models.Collect().Combine(project)
            .Select(static (input, _) => new RegistryInput(
                input.Right.RootNamespace,
                input.Left.Where(m => m is not null).Select(m => new RegistryEntry(m!.Architecture.Namespace, m.Architecture.Name)).ToEquatableArray()))
            .WithTrackingName(TrackingNames.Registry);

        var reports = links.Combine(lowered.Collect().Combine(linked.Collect()).Select(static (pair, _) => Findings.Of(pair.Left, pair.Right)))
            .Select(static (input, _) => HrmCompiler.Locate(input.Left.Path, input.Left.Result, input.Right.For(input.Left.Path)))
            .WithTrackingName(TrackingNames.Report);

        context.RegisterSourceOutput(sources, static (output, files) =>
        {
            foreach (var file in files)
            {
                output.AddSource(file.HintName, SourceText.From(file.Text, Utf8));
            }
        });
        context.RegisterSourceOutput(entries, static (output, input) =>
        {
            if (input.Entries.Count > 0)
            {
                var file = HrmCompiler.EmitRegistry(input.Namespace, input.Entries);
                output.AddSource(file.HintName, SourceText.From(file.Text, Utf8));
            }
        });
        context.RegisterSourceOutput(
            reports.Combine(context.AdditionalTextsProvider.Collect()),
            static (output, input) => Diagnostics.Report(output, input.Left, input.Right));
    }

    private static ProjectOptions ReadProject(AnalyzerConfigOptionsProvider provider)
    {
        string Property(string name) => provider.GlobalOptions.TryGetValue("build_property." + name, out var value) ? value : "";
        return ProjectOptions.Of(Property("ProjectDir"), Property("RootNamespace"));
    }

    private static SpecFileOptions ReadFile(AnalyzerConfigOptions options)
    {
        string? Metadata(string name) => options.TryGetValue("build_metadata.AdditionalFiles." + name, out var value) && value.Length > 0 ? value : null;
        return new(Metadata("HrmNamespace"), Metadata("HrmSet"));
    }

    private sealed record PathOptions(string Path, SpecFileOptions Options);

    private sealed record RegistryInput(string Namespace, EquatableArray<RegistryEntry> Entries);
}
