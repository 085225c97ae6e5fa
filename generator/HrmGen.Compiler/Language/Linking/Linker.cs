using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Parsing;

namespace HrmGen.Compiler.Language;

/// <summary>What a project says about its specs.</summary>
/// <param name="ProjectDirectory">Of the project file, to which spec paths are made relative; empty when unknown.</param>
/// <param name="RootNamespace">Namespace of emitted types, unless a file names its own.</param>
/// <param name="Lowering">Property <c>HrmGenLowering</c>: for files that do not say, or null.</param>
public sealed record ProjectOptions(string ProjectDirectory, string RootNamespace, string? Lowering = null)
{
    /// <summary>What MSBuild says, made whole: a root namespace is the project's file name until someone sets it, and need not be C#.</summary>
    public static ProjectOptions Of(string projectDirectory, string rootNamespace, string? lowering = null) =>
        new(projectDirectory, string.IsNullOrWhiteSpace(rootNamespace) ? "HrmGen.Generated" : Names.ToNamespace(rootNamespace.Trim()), lowering);
}

/// <summary>What the project file says about one spec file.</summary>
/// <param name="Namespace">Metadata <c>HrmNamespace</c>, or null.</param>
/// <param name="Set">Metadata <c>HrmSet</c>, <c>key=value</c> pairs separated by <c>;</c> (or <c>|</c>), or null.</param>
/// <param name="Lowering">Metadata <c>HrmLowering</c>, <c>reference</c> or <c>fused</c>, or null for the project's.</param>
public sealed record SpecFileOptions(string? Namespace, string? Set, string? Lowering = null)
{
    /// <summary>Nothing said.</summary>
    public static SpecFileOptions None { get; } = new(null, null);
}

/// <summary>Merges a spec with what it extends, and expands its matrix. Maps merge, lists replace, null removes.</summary>
public static class Linker
{
    /// <summary>Keys that say what a file is made of: read by the linker, from the file itself only.</summary>
    internal static readonly string[] Composing = ["extends", "abstract", "matrix"];

    private const string Reference = "reference";
    private const string Fused = "fused";

    // A base's own name and words about itself are not inherited.
    private static readonly string[] NotInherited = ["hrmgen", "name", "summary", "published", .. Composing];

    /// <summary>Links one file.</summary>
    public static LinkResult Link(ParsedSpec spec, SpecIndex index, ProjectOptions project, SpecFileOptions file)
    {
        if (spec.Root is null)
        {
            return LinkResult.Failed(spec.Locations, spec.Diagnostics);
        }

        var diagnostics = new List<LocatedDiagnostic>();
        void Report(SpecDiagnostic diagnostic) => diagnostics.Add(spec.Locations.Locate(diagnostic, spec.Path));
        void ReportFile(Rule rule, params object[] arguments) => diagnostics.Add(new(rule, SpecDiagnostic.Format(rule, arguments), new(spec.Path, 0, 0)));

        if (!IsKnownVersion(spec.Root))
        {
            Report(SpecDiagnostic.At(Rules.UnknownVersion, "hrmgen", ((SpecScalar)spec.Root["hrmgen"]!).Text));
            return LinkResult.Failed(spec.Locations, diagnostics);
        }

        if (index.IsListedTwice(spec.Path))
        {
            ReportFile(Rules.ListedTwice);
            return LinkResult.Failed(spec.Locations, diagnostics);
        }

        if (Bases.Chain(spec, index, Report) is not { } chain)
        {
            return LinkResult.Failed(spec.Locations, diagnostics);
        }

        var (root, locations) = Merge(chain);
        var isAbstract = IsAbstract(spec.Root);
        if (isAbstract && Matrix.IsIn(spec.Root))
        {
            Report(SpecDiagnostic.AtKey(Rules.Contradiction, "matrix", "An abstract spec emits nothing, so there is nothing to expand; leave out 'abstract' or 'matrix'"));
            return LinkResult.Failed(locations, diagnostics);
        }

        var matrix = Matrix.IsIn(spec.Root) ? Matrix.Read(spec.Root, Report) : null;
        if (Matrix.IsIn(spec.Root) && matrix is null)
        {
            return LinkResult.Failed(locations, diagnostics);
        }

        if (matrix is not null && matrix.Names.Count * (long)root.Size() > Matrix.MaxNodes)
        {
            Report(SpecDiagnostic.AtKey(Rules.TooLarge, "matrix",
                $"This matrix makes {matrix.Names.Count} models of {Invariant.Text(root.Size())} keys and values each; all models together have at most {Matrix.MaxNodes}"));
            return LinkResult.Failed(locations, diagnostics);
        }

        var bases = chain.Skip(1).Select(b => b.Path).ToEquatableArray();
        var ns = NamespaceOf(project, file);
        var linked = new LinkedSpec(spec.Path, SpecPaths.InProject(spec.Path, project.ProjectDirectory), ns, root, isAbstract);
        if (isAbstract)
        {
            // What the project says of a file is about its model, and there is none.
            return new(SpecTree.Of(linked), locations, default, bases, diagnostics.ToEquatableArray());
        }

        var lowering = (string.IsNullOrWhiteSpace(file.Lowering) ? project.Lowering : file.Lowering)?.Trim();
        if (!string.IsNullOrEmpty(lowering) && lowering is not (Reference or Fused))
        {
            ReportFile(Rules.UnknownLowering, lowering!);
            return LinkResult.Failed(locations, diagnostics);
        }

        linked = linked with { IsFused = lowering == Fused };
        var overrides = FileOverrides.Parse(file.Set, message => ReportFile(Rules.InvalidOverride, message));
        if (matrix is not null && overrides.TouchesName)
        {
            ReportFile(Rules.InvalidOverride, "'name' would give all models of the matrix one name");
            return LinkResult.Failed(locations, diagnostics);
        }

        foreach (var name in NamesOf(spec, overrides, matrix))
        {
            if (NameProblem(name, ns, spec, index, project) is { } problem)
            {
                Report(problem);
                return LinkResult.Failed(locations, diagnostics);
            }
        }

        if (EmittedNames.NamespaceProblem(ns) is { } unusable)
        {
            ReportFile(Rules.InvalidName, ns, string.IsNullOrWhiteSpace(file.Namespace)
                ? unusable + "; it is the project's RootNamespace: give the file another with HrmNamespace"
                : unusable + "; it is the HrmNamespace that the project gives this file");
            return LinkResult.Failed(locations, diagnostics);
        }

        var names = 0;
        var tree = matrix is null
            ? SpecTree.Of(linked with { Root = overrides.Apply(root) })
            : Expand(matrix, 0, root, tree => SpecTree.Of(linked with { Root = overrides.Apply(Named(tree, matrix.Names[names++])) }));
        var axes = (matrix?.Axes ?? default).Select(a => LocationsOf(a, spec.Locations)).ToEquatableArray();
        return new(tree, locations, axes, bases, diagnostics.ToEquatableArray());
    }

    /// <summary>Whether this compiler reads a spec's version of the language; one without is told of the missing key later.</summary>
    internal static bool IsKnownVersion(SpecMapping root) => root["hrmgen"] is not SpecScalar version || Scalars.Number(version) is null or 1;

    /// <summary>The namespace of a file's models.</summary>
    internal static string NamespaceOf(ProjectOptions project, SpecFileOptions file) =>
        string.IsNullOrWhiteSpace(file.Namespace) ? project.RootNamespace : file.Namespace!.Trim();

    /// <summary>The names of a file's models, as far as they can be told.</summary>
    internal static EquatableArray<string> NamesOf(ParsedSpec spec, FileOverrides overrides) =>
        spec.Root is null || IsAbstract(spec.Root) ? EquatableArray<string>.Empty : NamesOf(spec, overrides, Matrix.IsIn(spec.Root) ? Matrix.Read(spec.Root, _ => { }) : null);

    private static EquatableArray<string> NamesOf(ParsedSpec spec, FileOverrides overrides, Matrix? matrix)
    {
        if (matrix is not null)
        {
            return matrix.Names;
        }

        var name = overrides.Name ?? (Matrix.IsIn(spec.Root!) ? null : (spec.Root!["name"] as SpecScalar)?.Text);
        return name is null ? EquatableArray<string>.Empty : EquatableArray.Of(name);
    }

    private static bool IsAbstract(SpecMapping root) => root["abstract"] is SpecScalar scalar && Scalars.Flag(scalar) == true;

    private static SpecDiagnostic? NameProblem(string name, string ns, ParsedSpec spec, SpecIndex index, ProjectOptions project)
    {
        if (index.OtherOwner(spec.Path, ns, name) is { } twin)
        {
            return SpecDiagnostic.At(Rules.DuplicateModel, "name", name, SpecPaths.FileName(twin));
        }

        var fullName = ns + "." + name;
        var above = index.NamespaceAt(fullName) ?? (project.RootNamespace == fullName ? fullName : null);
        return above is null ? null : SpecDiagnostic.At(Rules.InvalidName, "name", name, $"the namespace '{above}' of this project has that name already");
    }

    private static (SpecMapping Root, SpecLocations Locations) Merge(IReadOnlyList<ParsedSpec> chain)
    {
        var (root, locations) = (Merging.Empty, SpecLocations.Empty);
        foreach (var spec in chain.Reverse())
        {
            var own = spec == chain[0];
            var replaced = new List<string>();
            root = Merging.Merge(root, own ? spec.Root! : spec.Root!.Without(NotInherited), replaced);
            locations = locations.Overlay(own ? spec.Locations : spec.Locations.Overlay(SpecLocations.Empty, NotInherited), replaced);
        }

        return (root.Without("extends", "matrix"), locations);
    }

    private static SpecTree Expand(Matrix matrix, int axis, SpecMapping root, Func<SpecMapping, SpecTree> leaf)
    {
        if (axis == matrix.Axes.Count)
        {
            return leaf(root);
        }

        var (key, values) = (matrix.Axes[axis].Key.Split('.'), matrix.Axes[axis].Values);
        return new(null, values.Select(v => Expand(matrix, axis + 1, Merging.Merge(root, Merging.Single(key, v.Value), []), leaf)).ToEquatableArray());
    }

    private static SpecMapping Named(SpecMapping root, string name) =>
        new(root.Entries.Select(e => e.Key == "name" ? new SpecEntry("name", new SpecScalar(name, Quoted: false)) : e).ToEquatableArray());

    // A value stands in the matrix, and so does the key that it is laid at.
    private static AxisLocations LocationsOf(MatrixAxis axis, SpecLocations file) => new(axis.Values.Select(v =>
    {
        var key = file.Find(axis.Node)!.Key;
        return new SpecLocations(file.Under(v.Node).Select(l => l with { Node = axis.Key + l.Node.Substring(v.Node.Length), Key = l.Node == v.Node ? key : l.Key }));
    }).ToEquatableArray());
}
