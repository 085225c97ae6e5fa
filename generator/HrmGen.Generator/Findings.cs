using System.Collections.Immutable;
using HrmGen.Compiler;
using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Language;
using HrmGen.Compiler.Model;

namespace HrmGen.Generator;

/// <summary>The findings of lowering, by the file that they are about.</summary>
internal sealed record Findings(EquatableArray<FileFindings> Files)
{
    public EquatableArray<SpecDiagnostic> For(string path) => Files.FirstOrDefault(f => f.Path == path)?.Items ?? default;

    /// <summary>Pairs each result with the spec that it came from: both arrays are in the order of the files.</summary>
    public static Findings Of(ImmutableArray<Result<LoweredModel>?> results, ImmutableArray<LinkedSpec?> specs) => new(
        results.Zip(specs, (r, s) => r is null || s is null ? null : new FileFindings(s.Path, r.Diagnostics)).OfType<FileFindings>().ToEquatableArray());
}

/// <summary>The findings about one file.</summary>
internal sealed record FileFindings(string Path, EquatableArray<SpecDiagnostic> Items);
