using System.Collections.Immutable;

namespace HrmGen.Checkpoints;

/// <summary>What came of fitting a checkpoint to a module.</summary>
/// <param name="Loaded">The module's names that were given the file's values.</param>
/// <param name="Missing">The module's names that the file lacks; their tensors keep their values.</param>
/// <param name="Unexpected">The file's names that the module has no place for.</param>
/// <param name="Mismatched">The module's names that the file has with another shape or kind of type, with both, as sentences.</param>
public sealed record LoadReport(
    ImmutableArray<string> Loaded, ImmutableArray<string> Missing, ImmutableArray<string> Unexpected, ImmutableArray<string> Mismatched)
{
    private const int LargestList = 20;

    /// <summary>What was loaded otherwise than as it is in the file, as sentences.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];

    /// <summary>Whether file and module have the same names, shapes and kinds of types.</summary>
    public bool IsExact => Missing.IsEmpty && Unexpected.IsEmpty && Mismatched.IsEmpty;

    /// <summary>The report in words, at most twenty names of a kind.</summary>
    public override string ToString()
    {
        var parts = new List<string>();
        Add("missing in the file", Missing);
        Add("unexpected in the file", Unexpected);
        Add("different", Mismatched);
        parts.AddRange(Notes);
        return parts.Count == 0 ? $"all {Loaded.Length} tensors fit" : string.Join("; ", parts);

        void Add(string what, ImmutableArray<string> names)
        {
            if (!names.IsEmpty)
            {
                string rest = names.Length > LargestList ? $" and {names.Length - LargestList} more" : "";
                parts.Add($"{names.Length} {what}: {string.Join(", ", names.Take(LargestList))}{rest}");
            }
        }
    }
}

/// <summary>A checkpoint does not fit a module, and an exact fit was asked for. The module was not changed.</summary>
public sealed class StateDictMismatchException : HrmGenException
{
    /// <summary>A mismatch, told with the file's name and a way out.</summary>
    public StateDictMismatchException(string path, LoadReport report)
        : base(
            $"{path}: this checkpoint is not of this model: {report}. Load it into the spec that it was saved from, or load what fits " +
            "with strict: false.") => Report = report;

    /// <summary>What does not fit.</summary>
    public LoadReport Report { get; }
}
