using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Language;
using HrmGen.Compiler.Tests.Support;

namespace HrmGen.Compiler.Tests.Linking;

/// <summary>Some spec files of a project in <c>/project</c>, compiled.</summary>
internal sealed class Project
{
    private readonly IReadOnlyList<(string Path, string Text)> files;
    private readonly IReadOnlyDictionary<string, Compiled> compiled;

    private Project(IReadOnlyList<(string Path, string Text)> files, Func<string, SpecFileOptions>? options)
    {
        this.files = files;
        compiled = SpecCompiler.CompileAll(files, options);
    }

    /// <summary>All findings, ordered by file and place.</summary>
    public IReadOnlyList<LocatedDiagnostic> Diagnostics => [.. compiled.OrderBy(c => c.Key, StringComparer.Ordinal).SelectMany(c => c.Value.Diagnostics)];

    /// <summary>All findings as "file: message".</summary>
    public IReadOnlyList<string> Shown => [.. Diagnostics.Select(d => $"{SpecPaths.FileName(d.Span.Path)}: {d.Message}").Order(StringComparer.Ordinal)];

    public Compiled this[string path] => compiled["/project/" + path];

    public static Project Of(params (string Path, string Text)[] files) => Of(null, files);

    public static Project Of(Func<string, SpecFileOptions>? options, params (string Path, string Text)[] files) => new([.. files.Select(f => ("/project/" + f.Path, f.Text))], options);

    /// <summary>The same with one file changed, or taken away.</summary>
    public Project With(string path, string? text) => new(
        [.. files.Where(f => f.Path != "/project/" + path || text is not null).Select(f => f.Path == "/project/" + path ? (f.Path, text!) : f)], null);

    public string Text(string fullPath) => files.Single(f => f.Path == fullPath).Text;

    /// <summary>What a finding points at.</summary>
    public string TextAt(LocatedDiagnostic finding) => Text(finding.Span.Path).Substring(finding.Span.Start, finding.Span.Length);
}
