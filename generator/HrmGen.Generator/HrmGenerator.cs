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

        var parsed = context.AdditionalTextsProvider
            .Where(static file => file.Path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase))
            .Select(static (file, cancel) => HrmCompiler.Parse(file.Path, file.GetText(cancel)?.ToString() ?? ""))
            .WithTrackingName(TrackingNames.Parse);

        // A file's own metadata is looked up by path: AdditionalText itself compares by reference.
        var options = context.AdditionalTextsProvider
            .Where(static file => file.Path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase))
            .Combine(context.AnalyzerConfigOptionsProvider)
            .Select(static (pair, _) => (pair.Left.Path, Options: ReadFile(pair.Right.GetOptions(pair.Left))))
            .Collect()
            .Select(static (all, _) => new AllOptions(all.Select(p => new PathOptions(p.Path, p.Options)).ToEquatableArray()));

        var files = parsed.Combine(project).Combine(options)
            .Select(static (input, _) => new InputFile(input.Left.Left, input.Left.Right, input.Right.For(input.Left.Left.Path)));

        var claims = files.Select(static (file, _) => HrmCompiler.Claim(file.Spec, file.Project, file.Options)).WithTrackingName(TrackingNames.Claim);
        var index = parsed.Collect().Combine(claims.Collect())
            .Select(static (input, _) => new SpecIndex(input.Left, input.Right))
            .WithTrackingName(TrackingNames.Index);

        var links = files.Combine(index)
            .Select(static (input, _) => (input.Left.Spec.Path, Result: HrmCompiler.Link(input.Left.Spec, input.Right, input.Left.Project, input.Left.Options)));

        // What is linked leaves positions behind: a comment edit ends here, and only the reports run on.
        var trees = links.Select(static (link, _) => link.Result.Tree).WithTrackingName(TrackingNames.Link);
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

        // Both arrays are in the order of the specs.
        var findings = lowered.Collect().Combine(specs.Collect())
            .Select(static (input, _) => input.Left.Zip(input.Right, (result, spec) => new SpecFindings(spec.Path, result.Diagnostics)).ToEquatableArray());
        var reports = links.Combine(findings)
            .Select(static (input, _) => HrmCompiler.Locate(input.Left.Path, input.Left.Result, input.Right))
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

    private sealed record InputFile(ParsedSpec Spec, ProjectOptions Project, SpecFileOptions Options);

    private sealed record AllOptions(EquatableArray<PathOptions> Files)
    {
        public SpecFileOptions For(string path) => Files.FirstOrDefault(f => f.Path == path)?.Options ?? SpecFileOptions.None;
    }

    private sealed record PathOptions(string Path, SpecFileOptions Options);

    private sealed record RegistryInput(string Namespace, EquatableArray<RegistryEntry> Entries);
}
