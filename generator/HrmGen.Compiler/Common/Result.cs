using HrmGen.Compiler.Diagnostics;

namespace HrmGen.Compiler;

/// <summary>What a step of the compiler made, and what it has to say about it.</summary>
/// <param name="Value">The product, or null where an error left none.</param>
/// <param name="Diagnostics">Findings, anchored at nodes of the spec rather than at positions in a file.</param>
public sealed record Result<T>(T? Value, EquatableArray<SpecDiagnostic> Diagnostics)
    where T : class, IEquatable<T>;
