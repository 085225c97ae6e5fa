using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace HrmGen.Compiler.Tests.Support;

/// <summary>An additional file in memory.</summary>
internal sealed class SpecFile(string path, string text, string? hrmNamespace = null, string? hrmSet = null, string? hrmLowering = null) : AdditionalText
{
    public const string DefaultPath = "/project/specs/model.hrm.yaml";

    private readonly SourceText source = SourceText.From(text);

    public SpecFile(string text)
        : this(DefaultPath, text)
    {
    }

    public override string Path => path;

    /// <summary>Metadata as the compiler sees it; empty values stand for metadata that is not set, as MSBuild writes them.</summary>
    public Dictionary<string, string> Metadata { get; } = new()
    {
        ["build_metadata.AdditionalFiles.HrmNamespace"] = hrmNamespace ?? "",
        ["build_metadata.AdditionalFiles.HrmSet"] = hrmSet ?? "",
        ["build_metadata.AdditionalFiles.HrmLowering"] = hrmLowering ?? "",
    };

    public override SourceText GetText(CancellationToken cancellationToken = default) => source;
}
