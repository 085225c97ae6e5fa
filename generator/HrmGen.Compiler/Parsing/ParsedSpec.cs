using HrmGen.Compiler.Diagnostics;

namespace HrmGen.Compiler.Parsing;

/// <summary>One spec file, parsed: its tree, where the nodes stand, and what YAML itself found wrong.</summary>
/// <param name="Path">The file as the compiler was given it, or a preset's name.</param>
/// <param name="Root">The tree; null after an error.</param>
/// <param name="Locations">Places of the nodes.</param>
/// <param name="Diagnostics">Errors of the text.</param>
public sealed record ParsedSpec(string Path, SpecMapping? Root, SpecLocations Locations, EquatableArray<LocatedDiagnostic> Diagnostics);
