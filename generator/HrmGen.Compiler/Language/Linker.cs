using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Parsing;

namespace HrmGen.Compiler.Language;

/// <summary>What a project says about its specs.</summary>
/// <param name="ProjectDirectory">Of the project file, to which spec paths are made relative; empty when unknown.</param>
/// <param name="RootNamespace">Namespace of emitted types, unless a file names its own.</param>
public sealed record ProjectOptions(string ProjectDirectory, string RootNamespace)
{
    /// <summary>What MSBuild says, made whole: a root namespace is the project's file name until someone sets it, and need not be C#.</summary>
    public static ProjectOptions Of(string projectDirectory, string rootNamespace) =>
        new(projectDirectory, string.IsNullOrWhiteSpace(rootNamespace) ? "HrmGen.Generated" : Names.ToNamespace(rootNamespace.Trim()));
}

/// <summary>What the project file says about one spec file.</summary>
/// <param name="Namespace">Metadata <c>HrmNamespace</c>, or null.</param>
/// <param name="Set">Metadata <c>HrmSet</c>, <c>key=value</c> pairs separated by <c>;</c> (or <c>|</c>), or null.</param>
public sealed record SpecFileOptions(string? Namespace, string? Set)
{
    /// <summary>Nothing said.</summary>
    public static SpecFileOptions None { get; } = new(null, null);
}

/// <summary>A spec with its bases merged in: complete, and free of positions.</summary>
/// <param name="Path">The file as the compiler was given it.</param>
/// <param name="Source">Its path relative to the project, with <c>/</c>; the bare file name outside of it.</param>
/// <param name="Namespace">Of the emitted types.</param>
/// <param name="Root">The merged tree.</param>
public sealed record LinkedSpec(string Path, string Source, string Namespace, SpecMapping Root);

/// <summary>The linker's product: the spec, and apart from it where its nodes stand and what went wrong.</summary>
public sealed record LinkResult(LinkedSpec? Spec, SpecLocations Locations, EquatableArray<LocatedDiagnostic> Diagnostics);

/// <summary>What the linker knows of the other files of the compilation.</summary>
public sealed record SpecIndex(EquatableArray<ParsedSpec> Specs);

/// <summary>Merges a spec with what it extends. Maps merge, lists replace, null removes.</summary>
public static class Linker
{
    // A base's own name and words about itself are not inherited.
    private static readonly string[] NotInherited = ["name", "summary", "extends"];

    /// <summary>Links one spec.</summary>
    public static LinkResult Link(ParsedSpec spec, SpecIndex index, ProjectOptions project, SpecFileOptions file)
    {
        if (spec.Root is null)
        {
            return new(null, spec.Locations, spec.Diagnostics);
        }

        var (root, locations) = (spec.Root, spec.Locations);
        var diagnostics = new List<LocatedDiagnostic>();
        void Report(SpecDiagnostic diagnostic) => diagnostics.Add(locations.Locate(diagnostic, spec.Path));

        if (root["hrmgen"] is SpecScalar version && Scalars.Number(version) is { } number && number != 1)
        {
            Report(SpecDiagnostic.At(Rules.UnknownVersion, "hrmgen", version.Text));
            return new(null, locations, diagnostics.ToEquatableArray());
        }

        if (root["extends"] is SpecScalar { IsNull: false } extends)
        {
            var preset = Presets.Find(extends.Text);
            if (preset?.Root is null)
            {
                Report(SpecDiagnostic.At(Rules.UnknownBase, "extends", extends.Text, Suggestions.DidYouMean(extends.Text, Presets.Names) is { Length: > 0 } hint
                    ? hint
                    : $" (there are {string.Join(" and ", Presets.Names)})"));
                return new(null, locations, diagnostics.ToEquatableArray());
            }

            var inherited = new SpecMapping(preset.Root.Entries.Where(e => !NotInherited.Contains(e.Key)).ToEquatableArray());
            (root, locations) = Merge(inherited, preset.Locations, root, locations);
        }
        else
        {
            (root, locations) = Merge(new SpecMapping(EquatableArray<SpecEntry>.Empty), SpecLocations.Empty, root, locations);
        }

        root = new(root.Entries.Where(e => e.Key != "extends").ToEquatableArray());
        if (file.Set is { Length: > 0 } set)
        {
            root = ApplySet(root, set, message => diagnostics.Add(new(Rules.InvalidOverride, SpecDiagnostic.Format(Rules.InvalidOverride, message), new(spec.Path, 0, 0))));
        }

        if (root["name"] is SpecScalar { IsNull: false } name && FirstTwin(spec, name.Text, index) is { } twin)
        {
            Report(SpecDiagnostic.At(Rules.DuplicateModel, "name", name.Text, FileName(twin.Path)));
            return new(null, locations, diagnostics.ToEquatableArray());
        }

        var own = !string.IsNullOrWhiteSpace(file.Namespace);
        var ns = own ? file.Namespace!.Trim() : project.RootNamespace;
        if (EmittedNames.NamespaceProblem(ns) is { } problem)
        {
            diagnostics.Add(new(Rules.InvalidName, SpecDiagnostic.Format(Rules.InvalidName, ns, own
                ? problem + "; it is the HrmNamespace that the project gives this file"
                : problem + "; it is the project's RootNamespace: give the file another with HrmNamespace"), new(spec.Path, 0, 0)));
            return new(null, locations, diagnostics.ToEquatableArray());
        }

        return new(new(spec.Path, Relative(spec.Path, project.ProjectDirectory), ns, root), locations, diagnostics.ToEquatableArray());
    }

    /// <summary>A path relative to the project with <c>/</c>; the file name alone for a file outside of it.</summary>
    internal static string Relative(string path, string directory)
    {
        var (file, root) = (path.Replace('\\', '/'), directory.Replace('\\', '/').TrimEnd('/') + "/");
        return root.Length > 1 && file.StartsWith(root, StringComparison.Ordinal) ? file.Substring(root.Length) : FileName(path);
    }

    private static string FileName(string path) => path.Substring(path.Replace('\\', '/').LastIndexOf('/') + 1);

    // Names of emitted files compare without case, as on many disks: Roslyn refuses a second one, and with it the whole generator.
    private static ParsedSpec? FirstTwin(ParsedSpec spec, string name, SpecIndex index) =>
        index.Specs.FirstOrDefault(s => s.Path != spec.Path && s.Root?["name"] is SpecScalar other && string.Equals(other.Text, name, StringComparison.OrdinalIgnoreCase));

    private static (SpecMapping Root, SpecLocations Locations) Merge(SpecMapping lower, SpecLocations lowerLocations, SpecMapping upper, SpecLocations upperLocations)
    {
        var replaced = new List<string>();
        var merged = MergeMaps(lower, upper, "", replaced);
        return (merged, lowerLocations.Overlay(upperLocations, replaced));
    }

    private static SpecMapping MergeMaps(SpecMapping lower, SpecMapping upper, string path, List<string> replaced)
    {
        var entries = lower.Entries.ToList();
        foreach (var entry in upper.Entries)
        {
            var child = NodePath.Key(path, entry.Key);
            var at = entries.FindIndex(e => e.Key == entry.Key);
            if (entry.Value is SpecScalar { IsNull: true })
            {
                replaced.Add(child);
                entries.RemoveAll(e => e.Key == entry.Key);
            }
            else if (at < 0)
            {
                // Nulls inside a new mapping remove nothing; they are dropped all the same, so that both forms mean absence.
                entries.Add(new(entry.Key, entry.Value is SpecMapping fresh ? MergeMaps(new(EquatableArray<SpecEntry>.Empty), fresh, child, replaced) : entry.Value));
            }
            else if (entries[at].Value is SpecMapping below && entry.Value is SpecMapping above)
            {
                entries[at] = new(entry.Key, MergeMaps(below, above, child, replaced));
            }
            else
            {
                replaced.Add(child);
                entries[at] = entry;
            }
        }

        return new(entries.ToEquatableArray());
    }

    private static SpecMapping ApplySet(SpecMapping root, string set, Action<string> report)
    {
        foreach (var pair in set.Split(';', '|').Select(p => p.Trim()).Where(p => p.Length > 0))
        {
            var equals = pair.IndexOf('=');
            if (equals <= 0)
            {
                report($"'{pair}' is not of the form key=value, as in block.hidden_size=64");
                continue;
            }

            var parsed = SpecParser.Parse("HrmSet", "value: " + pair.Substring(equals + 1));
            if (parsed.Root?["value"] is not { } value)
            {
                report($"'{pair}' has no readable value");
                continue;
            }

            var overlay = pair.Substring(0, equals).Trim().Split('.').Reverse()
                .Aggregate(value, (inner, key) => new SpecMapping(EquatableArray.Of(new SpecEntry(key, inner))));
            root = MergeMaps(root, (SpecMapping)overlay, "", []);
        }

        return root;
    }
}
