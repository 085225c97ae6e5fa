using System.Text;
using HrmGen.Compiler;
using HrmGen.Compiler.Emit;
using HrmGen.Compiler.Language;
using HrmGen.Compiler.Parsing;
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

        // Text and metadata together, file by file: nothing here looks a file up among the others.
        var files = context.AdditionalTextsProvider
            .Where(static file => file.Path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase))
            .Combine(context.AnalyzerConfigOptionsProvider)
            .Select(static (pair, _) => (File: pair.Left, Options: ReadFile(pair.Right.GetOptions(pair.Left))))
            .Select(static (input, cancel) => new InputFile(HrmCompiler.Parse(input.File.Path, input.File.GetText(cancel)?.ToString() ?? ""), input.Options))
            .WithTrackingName(TrackingNames.Parse)
            .Combine(project);

        var claims = files.Select(static (file, _) => HrmCompiler.Claim(file.Left.Spec, file.Right, file.Left.Options)).WithTrackingName(TrackingNames.Claim);
        var index = files.Collect().Combine(claims.Collect())
            .Select(static (input, _) => new SpecIndex(input.Left.Select(f => f.Left.Spec), input.Right))
            .WithTrackingName(TrackingNames.Index);

        var links = files.Combine(index)
            .Select(static (input, _) => Link(input.Left.Left, input.Left.Right, input.Right));

        // What is linked leaves positions behind: a comment edit ends here, and only the reports run on.
        var trees = links.Select(static (link, _) => link.Link.Tree).WithTrackingName(TrackingNames.Link);
        for (var level = 0; level < SpecTree.MaxDepth; level++)
        {
            trees = trees.SelectMany(static (tree, _) => tree.Children);
        }

        var specs = trees.Select(static (tree, _) => tree.Leaf!).WithTrackingName(TrackingNames.Expand);
        var lowered = specs.Select(static (spec, _) => HrmCompiler.Lower(spec)).WithTrackingName(TrackingNames.Lower);
        var models = lowered.Select(static (result, _) => result.Value);
        var sources = models.Select(static (model, _) => model is null ? default : HrmCompiler.Emit(model)).WithTrackingName(TrackingNames.Emit);

        var entries = models.Collect().Combine(project)
            .Select(static (input, _) => new RegistryInput(
                input.Right.RootNamespace,
                input.Left.Where(m => m is not null).Select(m => new RegistryEntry(m!.Architecture.Namespace, m.Architecture.Name)).ToEquatableArray()))
            .WithTrackingName(TrackingNames.Registry);

        // One step for all files: a finding can be another file's to report. Both arrays on the right are in the order of the specs.
        var reports = links.Collect().Combine(lowered.Collect().Combine(specs.Collect()))
            .Select(static (input, _) => HrmCompiler.Locate(
                input.Left, input.Right.Left.Zip(input.Right.Right, (result, spec) => new SpecFindings(spec.Path, result.Diagnostics))))
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

    private static (string Path, LinkResult Link) Link(InputFile file, ProjectOptions project, SpecIndex index) =>
        (file.Spec.Path, HrmCompiler.Link(file.Spec, index, project, file.Options));

    private static ProjectOptions ReadProject(AnalyzerConfigOptionsProvider provider)
    {
        string Property(string name) => provider.GlobalOptions.TryGetValue("build_property." + name, out var value) ? value : "";
        return ProjectOptions.Of(Property("ProjectDir"), Property("RootNamespace"), Property("HrmGenLowering"));
    }

    private static SpecFileOptions ReadFile(AnalyzerConfigOptions options)
    {
        string? Metadata(string name) => options.TryGetValue("build_metadata.AdditionalFiles." + name, out var value) && value.Length > 0 ? value : null;
        return new(Metadata("HrmNamespace"), Metadata("HrmSet"), Metadata("HrmLowering"));
    }

    private sealed record InputFile(ParsedSpec Spec, SpecFileOptions Options);

    private sealed record RegistryInput(string Namespace, EquatableArray<RegistryEntry> Entries);
}
