using HrmGen.Compiler.Model;
using HrmGen.Compiler.Parsing;

namespace HrmGen.Compiler.Language;

/// <summary>Typed reading of a mapping that the validator has passed, with the table's defaults.</summary>
internal readonly struct Section(SpecNode? node, string path)
{
    public string Path { get; } = path;

    public bool Exists => node is SpecMapping;

    public SpecNode? this[string key] => (node as SpecMapping)?[key];

    public EquatableArray<SpecEntry> Entries => (node as SpecMapping)?.Entries ?? EquatableArray<SpecEntry>.Empty;

    public string At(string key) => NodePath.Key(Path, key);

    public Section Sub(string key) => new(this[key], At(key));

    public long Long(string key, long fallback) => this[key] is SpecScalar s && Scalars.Integer(s) is { } value ? value : fallback;

    public int Int(string key, int fallback) => (int)Long(key, fallback);

    public double Double(string key, double fallback) => DoubleOrNull(key) ?? fallback;

    public double? DoubleOrNull(string key) => this[key] is SpecScalar s ? Scalars.Number(s) : null;

    public long? LongOrNull(string key) => this[key] is SpecScalar s ? Scalars.Integer(s) : null;

    public bool Flag(string key) => this[key] is SpecScalar s && Scalars.Flag(s) == true;

    /// <summary>A number, or one over training; null where the key is absent.</summary>
    public Schedule? Schedule(string key) => this[key] switch
    {
        SpecScalar s when Scalars.Number(s) is { } value => Model.Schedule.Of(value),
        SpecMapping map when map[ScheduleType.At] is SpecMapping at =>
            new(at.Entries.Select(e => new SchedulePhase(Scalars.Number(new(e.Key, false)) ?? 0, e.Value is SpecScalar s ? Scalars.Number(s) ?? 0 : 0)).ToEquatableArray()),
        _ => null,
    };

    public string Text(string key, string fallback) => this[key] is SpecScalar s ? s.Text : fallback;
}
