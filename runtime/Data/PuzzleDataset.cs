using System.Collections.Immutable;
using System.Text.Json;

namespace HrmGen.Data;

/// <summary>
/// A split (<c>train</c>, <c>test</c>) of a puzzle data set in the official on-disk format, wholly in memory and checked. The format
/// is that of the builders in <c>dataset/</c> of the official HRM and TRM repositories.
/// </summary>
public sealed class PuzzleDataset
{
    private const long MaximumIdentifiersLength = 1L << 30;

    private readonly Lazy<string> _dataHash;

    private PuzzleDataset(string directory, string split, PuzzleDatasetMetadata metadata, ImmutableArray<PuzzleSet> sets)
    {
        Directory = directory;
        Split = split;
        Metadata = metadata;
        Sets = sets;
        _dataHash = new Lazy<string>(() => Data.DataHash.Of(this));
    }

    /// <summary>The folder of the data set, which holds the splits.</summary>
    public string Directory { get; }

    /// <summary>The name of the split, a folder in <see cref="Directory"/>.</summary>
    public string Split { get; }

    /// <summary>What the split's <c>dataset.json</c> says.</summary>
    public PuzzleDatasetMetadata Metadata { get; }

    /// <summary>The sets in the order of <c>dataset.json</c>.</summary>
    public ImmutableArray<PuzzleSet> Sets { get; }

    /// <summary>Examples of all sets.</summary>
    public long ExampleCount => Sets.Sum(set => set.ExampleCount);

    /// <summary>Groups of all sets.</summary>
    public long GroupCount => Sets.Sum(set => (long)set.GroupCount);

    /// <summary>
    /// A hash of the split's content, 64 hexadecimal digits: equal for equal puzzles in equal order, in whatever types they are stored.
    /// Computed when first asked for.
    /// </summary>
    public string DataHash => _dataHash.Value;

    /// <summary>Loads one split.</summary>
    /// <param name="directory">The folder that holds the splits, such as <c>data/sudoku-extreme-1k-aug-1000</c>.</param>
    /// <param name="split">The split's folder in it: <c>train</c> or <c>test</c>.</param>
    /// <exception cref="HrmGenException">
    /// The folder or split is not there (the message lists what is), a file is missing or malformed, or the arrays contradict
    /// <c>dataset.json</c> or one another: offsets that are not monotone and closed, tokens outside the vocabulary, unknown identifiers.
    /// </exception>
    public static PuzzleDataset Load(string directory, string split)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        ArgumentException.ThrowIfNullOrEmpty(split);
        string folder = FindSplit(directory, split);
        string description = Path.Combine(folder, "dataset.json");
        PuzzleDatasetMetadata metadata = PuzzleDatasetMetadata.Read(description);
        ImmutableArray<PuzzleSet> sets = [.. metadata.sets.Select(name => PuzzleSet.Load(folder, name, metadata))];
        RequireTotal(description, "total_groups", metadata.total_groups, sets.Sum(set => (long)set.GroupCount), "groups");

        // total_puzzles is not held against the arrays: for augmented Sudoku and mazes the official builders write the number of groups there.
        return new PuzzleDataset(directory, split, metadata, sets);
    }

    /// <summary>
    /// Reads <c>identifiers.json</c> beside the splits: the name of each puzzle identifier, the blank one first. Null where the file
    /// does not exist; training does not need it, voting over ARC augmentations does.
    /// </summary>
    /// <exception cref="HrmGenException">The file is there but not a list of <c>num_puzzle_identifiers</c> names.</exception>
    public ImmutableArray<string>? ReadIdentifiers()
    {
        string path = Path.Combine(Directory, "identifiers.json");
        if (!File.Exists(path))
        {
            return null;
        }

        const string Fix = "Copy the file that was built together with this data set, or delete it: it is optional.";
        using JsonDocument document = InputFile.ReadJson(path, Fix, MaximumIdentifiersLength);
        JsonElement root = document.RootElement;
        int wanted = Metadata.num_puzzle_identifiers;
        if (root.ValueKind != JsonValueKind.Array || root.GetArrayLength() != wanted)
        {
            string found = root.ValueKind == JsonValueKind.Array ? $"{root.GetArrayLength()} names" : InputFile.Describe(root);
            throw new HrmGenException($"{path}: {found} where a list of {wanted} names must be (num_puzzle_identifiers). {Fix}");
        }

        var names = ImmutableArray.CreateBuilder<string>(wanted);
        foreach (JsonElement name in root.EnumerateArray())
        {
            names.Add(name.ValueKind == JsonValueKind.String
                ? name.GetString()!
                : throw new HrmGenException($"{path}: entry {names.Count} is {InputFile.Describe(name)}, it must be a text. {Fix}"));
        }

        return names.MoveToImmutable();
    }

    /// <summary>
    /// Refuses a model that was compiled for another task. Trainers and evaluators call it before their first step.
    /// </summary>
    /// <param name="seq_len">The model's sequence length; must be the data set's.</param>
    /// <param name="vocab_size">The model's vocabulary; must be the data set's.</param>
    /// <param name="num_puzzle_identifiers">
    /// Rows of the model's puzzle embedding; at least the data set's number of identifiers, or 0 for a model without puzzle embedding.
    /// </param>
    /// <exception cref="HrmGenException">They do not fit; the message names both sides and the key of the spec to change.</exception>
    public void RequireCompatible(long seq_len, long vocab_size, long num_puzzle_identifiers)
    {
        var wrong = Mismatches(seq_len, vocab_size, num_puzzle_identifiers);
        if (wrong.Count > 0)
        {
            throw new HrmGenException(
                $"{Path.Combine(Directory, Split)}: this data set is not the one that the model was compiled for: {string.Join("; ", wrong)}. " +
                "Choose the data set of the model's task, or change these keys of the spec and build again.");
        }
    }

    /// <summary>Whether a model fits: what <see cref="RequireCompatible"/> asks for.</summary>
    /// <param name="seq_len">Cells of the model.</param>
    /// <param name="vocab_size">Tokens of the model.</param>
    /// <param name="num_puzzle_identifiers">Its puzzle identifiers; 0 does not ask for any.</param>
    public bool IsCompatible(long seq_len, long vocab_size, long num_puzzle_identifiers) => Mismatches(seq_len, vocab_size, num_puzzle_identifiers).Count == 0;

    private List<string> Mismatches(long seq_len, long vocab_size, long num_puzzle_identifiers)
    {
        var wrong = new List<string>();
        if (seq_len != Metadata.seq_len)
        {
            wrong.Add($"the model has task.seq_len {seq_len}, the data {Metadata.seq_len}");
        }

        if (vocab_size != Metadata.vocab_size)
        {
            wrong.Add($"the model has task.vocab_size {vocab_size}, the data {Metadata.vocab_size}");
        }

        if (num_puzzle_identifiers != 0 && num_puzzle_identifiers < Metadata.num_puzzle_identifiers)
        {
            wrong.Add(
                $"the model has task.puzzle_embedding.count {num_puzzle_identifiers}, the data {Metadata.num_puzzle_identifiers} identifiers");
        }

        return wrong;
    }

    private static string FindSplit(string directory, string split)
    {
        if (!System.IO.Directory.Exists(directory))
        {
            string? existing = Path.GetFullPath(directory);
            while (existing is not null && !System.IO.Directory.Exists(existing))
            {
                existing = Path.GetDirectoryName(existing);
            }

            throw new HrmGenException(
                $"{directory}: no such folder (the path exists up to {existing ?? "nothing"}). " +
                "Give the folder that holds 'train' and 'test', as the official builders write it.");
        }

        string folder = Path.Combine(directory, split);
        if (File.Exists(Path.Combine(folder, "dataset.json")))
        {
            return folder;
        }

        if (File.Exists(Path.Combine(directory, "dataset.json")))
        {
            throw new HrmGenException(
                $"{directory}: this is a split, not a data set. Give its parent folder, and the split as '{Path.GetFileName(Path.TrimEndingDirectorySeparator(directory))}'.");
        }

        string[] splits = [.. System.IO.Directory.EnumerateDirectories(directory)
            .Where(candidate => File.Exists(Path.Combine(candidate, "dataset.json")))
            .Select(candidate => Path.GetFileName(candidate))
            .Order(StringComparer.Ordinal)];
        throw new HrmGenException(
            $"{folder}: there is no split '{split}' here. " + (splits.Length > 0
                ? $"Splits in {directory}: {string.Join(", ", splits)}."
                : $"No folder in {directory} holds a dataset.json; give the folder that an official builder wrote."));
    }

    private static void RequireTotal(string path, string key, long stated, long counted, string what)
    {
        if (stated != counted)
        {
            throw new HrmGenException(
                $"{path}: '{key}' is {stated}, but the arrays hold {counted} {what}. " +
                $"Set it to {counted} if the arrays are right: the length of an epoch follows from it.");
        }
    }
}
