namespace HrmGen.Data;

/// <summary>
/// One set of a split (the official builders write a single one, <c>all</c>): examples, the puzzles that they belong to, and the
/// groups of puzzles that are augmentations of one another. Everything was checked when it was loaded.
/// </summary>
public sealed class PuzzleSet
{
    private const string Fix = "Build the data set again, or copy it again if another program made it.";

    private readonly IntegerArray _inputs;
    private readonly IntegerArray _labels;
    private readonly IntegerArray _puzzleIdentifiers;
    private readonly IntegerArray _puzzleIndices;
    private readonly IntegerArray _groupIndices;
    private readonly IntegerArray? _ratings;
    private readonly int _seqLen;
    private readonly int? _ignoreLabelId;

    private PuzzleSet(string name, string directory, PuzzleDatasetMetadata metadata)
    {
        string At(string array) => Path.Combine(directory, $"{name}__{array}.npy");
        IntegerArray Read(string array) => NpyFile.Read(At(array));

        Name = name;
        _seqLen = metadata.seq_len;
        _ignoreLabelId = metadata.ignore_label_id;
        _inputs = Read("inputs");
        _labels = Read("labels");
        _puzzleIdentifiers = Read("puzzle_identifiers");
        _puzzleIndices = Read("puzzle_indices");
        _groupIndices = Read("group_indices");
        _ratings = File.Exists(At(RatingsArray)) ? Read(RatingsArray) : null;
    }

    /// <summary>The part of a file's name that says that it holds ratings.</summary>
    internal const string RatingsArray = "ratings";

    /// <summary>The name of the set, the first part of its files' names.</summary>
    public string Name { get; }

    /// <summary>Number of examples: pairs of a question and its answer.</summary>
    public long ExampleCount => _inputs.Shape[0];

    /// <summary>Number of puzzles; a Sudoku or a maze has one example, an ARC task several.</summary>
    public int PuzzleCount => (int)_puzzleIdentifiers.Length;

    /// <summary>Number of groups; an epoch offers one puzzle of each.</summary>
    public int GroupCount => (int)(_groupIndices.Length - 1);

    /// <summary>The most examples that one puzzle has.</summary>
    public int LargestPuzzle { get; private set; }

    /// <summary>The five arrays as they are in the files: inputs, labels, identifiers, offsets of puzzles and of groups.</summary>
    internal IReadOnlyList<IntegerArray> Arrays => [_inputs, _labels, _puzzleIdentifiers, _puzzleIndices, _groupIndices];

    /// <summary>First example of a puzzle, and the one after its last.</summary>
    public (int Start, int End) ExamplesOf(int puzzle) => (_puzzleIndices[puzzle], _puzzleIndices[(long)puzzle + 1]);

    /// <summary>First puzzle of a group, and the one after its last.</summary>
    public (int Start, int End) PuzzlesOf(int group) => (_groupIndices[group], _groupIndices[(long)group + 1]);

    /// <summary>The puzzle that an example belongs to.</summary>
    public int PuzzleOf(long example)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(example);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(example, ExampleCount);
        (int low, int high) = (0, PuzzleCount - 1);
        while (low < high)
        {
            int middle = low + ((high - low + 1) / 2);
            (low, high) = _puzzleIndices[middle] <= example ? (middle, high) : (low, middle - 1);
        }

        return low;
    }

    /// <summary>The identifier of a puzzle, the row of the puzzle embedding.</summary>
    public int IdentifierOf(int puzzle) => _puzzleIdentifiers[puzzle];

    /// <summary>
    /// How difficult each puzzle is, one number for each of <see cref="PuzzleCount"/>, on whatever scale the puzzles' source has; null where
    /// it is not known. It stands in <c>NAME__ratings.npy</c>, which the official builders do not write and nothing but reports reads: it is
    /// no part of the data hash.
    /// </summary>
    public IntegerArray? Ratings => _ratings;

    /// <summary>Copies the question of an example, seq_len tokens.</summary>
    public void CopyInputs(long example, Span<int> destination) => _inputs.CopyTo(example * _seqLen, destination[.._seqLen]);

    /// <summary>Copies the answer of an example, seq_len labels; those that the loss ignores are -100.</summary>
    public void CopyLabels(long example, Span<int> destination)
    {
        destination = destination[.._seqLen];
        _labels.CopyTo(example * _seqLen, destination);
        if (_ignoreLabelId is { } ignored)
        {
            destination.Replace(ignored, PuzzleBatch.IgnoreLabel);
        }
    }

    internal static PuzzleSet Load(string directory, string name, PuzzleDatasetMetadata metadata)
    {
        var set = new PuzzleSet(name, directory, metadata);
        set.Check(directory, metadata);
        return set;
    }

    private void Check(string directory, PuzzleDatasetMetadata metadata)
    {
        string File(string array) => Path.Combine(directory, $"{Name}__{array}.npy");

        if (_inputs.Shape.Count != 2 || _inputs.Shape[1] != _seqLen || _inputs.Shape[0] is 0 or > int.MaxValue)
        {
            throw new HrmGenException(
                $"{File("inputs")}: shape {NpyHeader.Format(_inputs.Shape)} where (examples, {_seqLen}) must be, as dataset.json has " +
                $"seq_len {_seqLen}, with 1 to {int.MaxValue} examples. {Fix}");
        }

        if (!_labels.Shape.SequenceEqual(_inputs.Shape))
        {
            throw new HrmGenException(
                $"{File("labels")}: shape {NpyHeader.Format(_labels.Shape)}, but all inputs have {NpyHeader.Format(_inputs.Shape)}. {Fix}");
        }

        RequireVector(_puzzleIdentifiers, File("puzzle_identifiers"));
        RequireOffsets(_puzzleIndices, File("puzzle_indices"), "examples", ExampleCount, mayBeEmpty: true);
        RequireOffsets(_groupIndices, File("group_indices"), "puzzles", PuzzleCount, mayBeEmpty: false);
        if (_puzzleIndices.Length != _puzzleIdentifiers.Length + 1)
        {
            throw new HrmGenException(
                $"{File("puzzle_indices")}: {_puzzleIndices.Length} offsets, but {_puzzleIdentifiers.Length} puzzles in " +
                $"{Name}__puzzle_identifiers.npy need one more than that. {Fix}");
        }

        if (_ratings is { } ratings && (ratings.Shape.Count != 1 || ratings.Length != PuzzleCount))
        {
            throw new HrmGenException(
                $"{File(RatingsArray)}: shape {NpyHeader.Format(ratings.Shape)} where one rating for each of {PuzzleCount} puzzles must be, " +
                $"({PuzzleCount},). Build the data set again, or delete the file: it is optional.");
        }

        RequireRange(_inputs, File("inputs"), "token", metadata.vocab_size, "vocab_size", null);
        RequireRange(_labels, File("labels"), "label", metadata.vocab_size, "vocab_size", metadata.ignore_label_id);
        RequireRange(
            _puzzleIdentifiers, File("puzzle_identifiers"), "identifier", metadata.num_puzzle_identifiers, "num_puzzle_identifiers", null);
        for (int puzzle = 0; puzzle < PuzzleCount; puzzle++)
        {
            (int start, int end) = ExamplesOf(puzzle);
            LargestPuzzle = Math.Max(LargestPuzzle, end - start);
        }
    }

    private static void RequireVector(IntegerArray array, string path)
    {
        if (array.Shape.Count != 1)
        {
            throw new HrmGenException(
                $"{path}: shape {NpyHeader.Format(array.Shape)} where a list of one dimension must be. {Fix}");
        }
    }

    private static void RequireOffsets(IntegerArray offsets, string path, string what, long total, bool mayBeEmpty)
    {
        RequireVector(offsets, path);
        if (offsets.Length < 2 || offsets[0] != 0 || offsets[offsets.Length - 1] != total)
        {
            string ends = offsets.Length == 0 ? "it is empty" : $"it goes from {offsets[0]} to {offsets[offsets.Length - 1]}";
            throw new HrmGenException($"{path}: the offsets must go from 0 to the number of {what} ({total}), but {ends}. {Fix}");
        }

        for (long i = 1; i < offsets.Length; i++)
        {
            if (offsets[i] < offsets[i - 1] || (!mayBeEmpty && offsets[i] == offsets[i - 1]))
            {
                throw new HrmGenException($"{path}: offset {i} is {offsets[i]} after {offsets[i - 1]}; offsets must grow. {Fix}");
            }
        }
    }

    private static void RequireRange(IntegerArray values, string path, string what, int limit, string limitKey, int? except)
    {
        long at = values.FirstOutside(0, limit - 1, except);
        if (at >= 0)
        {
            string place = values.Shape.Count == 2
                ? $"example {at / values.Shape[1]}, cell {at % values.Shape[1]}"
                : $"position {at}";
            throw new HrmGenException(
                $"{path}: {what} {values[at]} at {place} is not in 0..{limit - 1} (dataset.json has {limitKey} {limit}). {Fix}");
        }
    }
}
