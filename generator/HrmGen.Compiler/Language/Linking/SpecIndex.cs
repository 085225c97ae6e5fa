using HrmGen.Compiler.Parsing;

namespace HrmGen.Compiler.Language;

/// <summary>What one file takes for itself: the names of its models.</summary>
/// <param name="Path">The file.</param>
/// <param name="Namespace">Of its models.</param>
/// <param name="Names">Of its models; none for an abstract one.</param>
public sealed record SpecClaim(string Path, string Namespace, EquatableArray<string> Names)
{
    /// <summary>The claim of a file, which what it extends does not change.</summary>
    public static SpecClaim Of(ParsedSpec spec, ProjectOptions project, SpecFileOptions file) =>
        new(spec.Path, Linker.NamespaceOf(project, file), Linker.NamesOf(spec, FileOverrides.Parse(file.Set, _ => { })));
}

/// <summary>What the linker knows of the files of the compilation: the same whatever order they come in.</summary>
public sealed class SpecIndex : IEquatable<SpecIndex>
{
    private readonly EquatableArray<SpecClaim> claims;
    private Dictionary<string, ParsedSpec>? byPath;
    private HashSet<string>? listedTwice;
    private Dictionary<string, string[]>? owners;
    private string[]? namespaces;

    /// <summary>An index of files that claim no names.</summary>
    public SpecIndex(IEnumerable<ParsedSpec> specs)
        : this(specs, [])
    {
    }

    /// <summary>An index.</summary>
    public SpecIndex(IEnumerable<ParsedSpec> specs, IEnumerable<SpecClaim> claims)
    {
        Specs = specs.OrderBy(s => s.Path, StringComparer.Ordinal).ToEquatableArray();
        this.claims = claims.OrderBy(c => c.Path, StringComparer.Ordinal).ToEquatableArray();
    }

    /// <summary>The files, ordered by path.</summary>
    public EquatableArray<ParsedSpec> Specs { get; }

    /// <summary>A file by its path without <c>.</c> and <c>..</c>, or null.</summary>
    internal ParsedSpec? Find(string path)
    {
        byPath ??= Specs.GroupBy(s => SpecPaths.Normal(s.Path), StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.First(), StringComparer.Ordinal);
        return byPath.TryGetValue(path, out var spec) ? spec : null;
    }

    /// <summary>Whether the project lists a file more than once.</summary>
    internal bool IsListedTwice(string path)
    {
        listedTwice ??= new(Specs.GroupBy(s => s.Path, StringComparer.Ordinal).Where(g => g.Skip(1).Any()).Select(g => g.Key), StringComparer.Ordinal);
        return listedTwice.Contains(path);
    }

    /// <summary>Another file that has a model of this name in this namespace, or null.</summary>
    /// <remarks>Names of emitted files compare without case, as on many disks: Roslyn refuses a second one, and with it the whole generator.</remarks>
    internal string? OtherOwner(string path, string ns, string name)
    {
        owners ??= claims
            .SelectMany(c => c.Names.Select(n => (FullName: c.Namespace + "." + n, c.Path)))
            .GroupBy(p => p.FullName, p => p.Path, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(g => g.Key, g => g.ToArray(), StringComparer.OrdinalIgnoreCase);
        return owners.TryGetValue(ns + "." + name, out var paths) ? paths.FirstOrDefault(p => p != path) : null;
    }

    /// <summary>A namespace with models that lies at or below a full name, or null: C# lets no type have the name of a namespace.</summary>
    internal string? NamespaceAt(string fullName)
    {
        namespaces ??= [.. claims.Where(c => c.Names.Count > 0).Select(c => c.Namespace).Distinct(StringComparer.Ordinal)];
        return namespaces.FirstOrDefault(ns => ns == fullName || ns.StartsWith(fullName + ".", StringComparison.Ordinal));
    }

    /// <inheritdoc/>
    public bool Equals(SpecIndex? other) => other is not null && Specs.Equals(other.Specs) && claims.Equals(other.claims);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SpecIndex);

    /// <inheritdoc/>
    public override int GetHashCode() => unchecked((Specs.GetHashCode() * 31) + claims.GetHashCode());
}
