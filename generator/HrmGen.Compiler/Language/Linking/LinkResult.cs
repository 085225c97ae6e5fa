using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Parsing;

namespace HrmGen.Compiler.Language;

/// <summary>A spec with its bases merged in: complete (unless abstract), and free of positions.</summary>
/// <param name="Path">The file as the compiler was given it.</param>
/// <param name="Source">Its path relative to the project, with <c>/</c>; the bare file name outside of it.</param>
/// <param name="Namespace">Of the emitted types.</param>
/// <param name="Root">The merged tree.</param>
/// <param name="IsAbstract">Whether it is a base only: checked as far as it goes, and nothing is emitted for it.</param>
/// <param name="IsFused">Whether the project asks for the fused lowering.</param>
public sealed record LinkedSpec(string Path, string Source, string Namespace, SpecMapping Root, bool IsAbstract = false, bool IsFused = false);

/// <summary>The specs of one file: a single one, or those of its matrix, one level of branches for each axis.</summary>
/// <param name="Leaf">A spec.</param>
/// <param name="Branches">Below a value of an axis; none at a leaf.</param>
/// <remarks>
/// Incremental hosts compare lists place by place. Nested, a value appended to any axis leaves the places of all others as they were.
/// </remarks>
public sealed record SpecTree(LinkedSpec? Leaf, EquatableArray<SpecTree> Branches)
{
    /// <summary>Levels of branches at most.</summary>
    public const int MaxDepth = Matrix.MaxAxes;

    /// <summary>No spec.</summary>
    public static SpecTree Empty { get; } = new(null, EquatableArray<SpecTree>.Empty);

    /// <summary>The level below; a leaf is its own.</summary>
    public IEnumerable<SpecTree> Children => Leaf is null ? Branches : [this];

    /// <summary>All specs, in the order of the file.</summary>
    public IEnumerable<LinkedSpec> Leaves => Leaf is null ? Branches.SelectMany(b => b.Leaves) : [Leaf];

    internal static SpecTree Of(LinkedSpec spec) => new(spec, EquatableArray<SpecTree>.Empty);
}

/// <summary>Where the values of one axis of a matrix stand, as nodes of the spec that they are laid over.</summary>
/// <param name="Values">The places of each value.</param>
public sealed record AxisLocations(EquatableArray<SpecLocations> Values);

/// <summary>The linker's product: the specs, and apart from them where their nodes stand and what went wrong.</summary>
/// <param name="Tree">The specs.</param>
/// <param name="Locations">Places of the nodes, without a matrix.</param>
/// <param name="Axes">Places of what a matrix lays over them.</param>
/// <param name="Bases">Paths of the files and names of the presets that the file extends, nearest first.</param>
/// <param name="Diagnostics">What went wrong.</param>
public sealed record LinkResult(
    SpecTree Tree, SpecLocations Locations, EquatableArray<AxisLocations> Axes, EquatableArray<string> Bases, EquatableArray<LocatedDiagnostic> Diagnostics)
{
    /// <summary>The specs, in the order of the file.</summary>
    public IEnumerable<LinkedSpec> Specs => Tree.Leaves;

    /// <summary>The spec of a file without a matrix; null after an error.</summary>
    public LinkedSpec? Spec => Tree.Leaf;

    /// <summary>Places of the nodes of one of <see cref="Specs"/>.</summary>
    internal SpecLocations LocationsOf(int spec)
    {
        var (locations, choice) = (Locations, Matrix.Choice(Axes.Select(a => a.Values.Count).ToArray(), spec));
        for (var axis = 0; axis < Axes.Count; axis++)
        {
            locations = locations.Overlay(Axes[axis].Values[choice[axis]], []);
        }

        return locations;
    }

    internal static LinkResult Failed(SpecLocations locations, IEnumerable<LocatedDiagnostic> diagnostics) =>
        new(SpecTree.Empty, locations, default, default, diagnostics.ToEquatableArray());
}
