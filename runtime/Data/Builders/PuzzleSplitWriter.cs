using System.Globalization;

namespace HrmGen.Data.Builders;

/// <summary>What the arrays of a split are like.</summary>
/// <param name="SeqLen">Cells of a puzzle.</param>
/// <param name="VocabSize">Number of token values, at most 256.</param>
/// <param name="Identifiers">Number of puzzle identifiers, the blank one included.</param>
/// <param name="WideTokens">
/// Tokens as int64 instead of uint8: what the official Sudoku builder writes for an augmented set, as its digit map is int64.
/// </param>
/// <param name="StateGroupsAsPuzzles">
/// Lets <c>total_puzzles</c> be the number of groups: so the official Sudoku and maze builders write it, augmented or not.
/// </param>
/// <param name="Rated">
/// Writes the rating of each puzzle into a file that the official builders do not know; see <see cref="PuzzleSet.Ratings"/>.
/// </param>
public sealed record PuzzleSplitFormat(
    int SeqLen, int VocabSize, int Identifiers, bool WideTokens = false, bool StateGroupsAsPuzzles = false, bool Rated = false);

/// <summary>Writes the arrays and <c>dataset.json</c> of one split, example after example; made by <see cref="PuzzleFolderWriter"/>.</summary>
public sealed class PuzzleSplitWriter : IDisposable
{
    private const string Set = "all";

    private readonly string _folder;
    private readonly string _shownFolder;
    private readonly PuzzleSplitFormat _format;
    private readonly List<NpyArrayWriter> _arrays = [];
    private readonly NpyArrayWriter _inputs;
    private readonly NpyArrayWriter _labels;
    private readonly NpyArrayWriter _identifiers;
    private readonly NpyArrayWriter _puzzleIndices;
    private readonly NpyArrayWriter _groupIndices;
    private readonly NpyArrayWriter? _ratings;
    private readonly string _name;
    private int _examples;
    private int _puzzles;
    private int _groups;
    private bool _puzzleIsOpen;
    private bool _groupIsOpen;

    internal PuzzleSplitWriter(string folder, string shownFolder, string name, PuzzleSplitFormat format)
    {
        (_folder, _shownFolder, _name, _format) = (folder, shownFolder, name, format);
        string tokens = format.WideTokens ? "<i8" : "|u1";
        try
        {
            Directory.CreateDirectory(folder);
            _inputs = Array("inputs", tokens, format.SeqLen);
            _labels = Array("labels", tokens, format.SeqLen);
            _identifiers = Array("puzzle_identifiers", "<i4", null);
            _puzzleIndices = Array("puzzle_indices", "<i4", null);
            _groupIndices = Array("group_indices", "<i4", null);
            _ratings = format.Rated ? Array(PuzzleSet.RatingsArray, "<i4", null) : null;
            _puzzleIndices.Write(0);
            _groupIndices.Write(0);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Appends an example to the puzzle that is open.</summary>
    /// <param name="inputs">The question: seq_len tokens.</param>
    /// <param name="labels">The answer: seq_len tokens.</param>
    /// <exception cref="ArgumentException">A row is not seq_len long, or holds a token outside the vocabulary.</exception>
    /// <exception cref="HrmGenException">The disk is full, or the set grows beyond what its 32-bit offsets can address.</exception>
    public void AddExample(ReadOnlySpan<byte> inputs, ReadOnlySpan<byte> labels)
    {
        RequireTokens(inputs, nameof(inputs));
        RequireTokens(labels, nameof(labels));
        if (_examples == int.MaxValue)
        {
            throw new HrmGenException($"{_shownFolder}: more than {int.MaxValue} examples do not fit the format. Build fewer augmentations.");
        }

        try
        {
            _inputs.Write(inputs);
            _labels.Write(labels);
        }
        catch (IOException e)
        {
            throw new HrmGenException($"{_shownFolder}: cannot be written ({e.Message}). Check that the disk has room.", e);
        }

        _examples++;
        _puzzleIsOpen = true;
    }

    /// <summary>Ends a puzzle: the examples since the last one belong to it.</summary>
    /// <param name="identifier">Its row of the puzzle embedding; 0 is the blank one.</param>
    /// <param name="rating">How difficult it is, in a rated split; null in another.</param>
    /// <exception cref="InvalidOperationException">It has no examples, or a rating where there must be none, or none where there must be one.</exception>
    public void EndPuzzle(int identifier, int? rating = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(identifier);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(identifier, _format.Identifiers);
        if (!_puzzleIsOpen)
        {
            throw new InvalidOperationException("A puzzle needs an example.");
        }

        if (rating.HasValue != _format.Rated)
        {
            throw new InvalidOperationException("All puzzles of a rated split need a rating, and those of another have none.");
        }

        OutputFile.Guard(_shownFolder, () =>
        {
            _identifiers.Write(identifier);
            _puzzleIndices.Write(_examples);
            _ratings?.Write(rating ?? 0);
        });
        _puzzles++;
        (_puzzleIsOpen, _groupIsOpen) = (false, true);
    }

    /// <summary>Ends a group: the puzzles since the last one are images of one another.</summary>
    /// <exception cref="InvalidOperationException">It has no puzzles, or one is open.</exception>
    public void EndGroup()
    {
        if (_puzzleIsOpen || !_groupIsOpen)
        {
            throw new InvalidOperationException("A group needs whole puzzles.");
        }

        OutputFile.Guard(_shownFolder, () => _groupIndices.Write(_puzzles));
        _groups++;
        _groupIsOpen = false;
    }

    /// <summary>Closes the arrays and writes <c>dataset.json</c>.</summary>
    /// <exception cref="InvalidOperationException">Nothing was written, or a puzzle or group is open.</exception>
    public SplitSummary Complete()
    {
        if (_groups == 0 || _puzzleIsOpen || _groupIsOpen)
        {
            throw new InvalidOperationException("A split needs whole groups.");
        }

        OutputFile.Guard(_shownFolder, () =>
        {
            foreach (NpyArrayWriter array in _arrays)
            {
                array.Complete();
            }

            File.WriteAllText(Path.Combine(_folder, "dataset.json"), Description());
        });
        return new SplitSummary(_name, _groups, _puzzles, _examples);
    }

    /// <summary>Closes the files; without <see cref="Complete"/> they are of no use.</summary>
    public void Dispose() => _arrays.ForEach(array => array.Dispose());

    private NpyArrayWriter Array(string name, string descr, int? columns)
    {
        var array = new NpyArrayWriter(Path.Combine(_folder, $"{Set}__{name}.npy"), descr, columns);
        _arrays.Add(array);
        return array;
    }

    private void RequireTokens(ReadOnlySpan<byte> tokens, string name)
    {
        if (tokens.Length != _format.SeqLen || (_format.VocabSize <= byte.MaxValue && tokens.ContainsAnyExceptInRange((byte)0, (byte)(_format.VocabSize - 1))))
        {
            throw new ArgumentException($"A row must hold {_format.SeqLen} tokens below {_format.VocabSize}.", name);
        }
    }

    // In the order of TRM's PuzzleDatasetMetadata (dataset/common.py).
    private string Description() => string.Create(
        CultureInfo.InvariantCulture,
        $$"""
        {"pad_id": 0, "ignore_label_id": 0, "blank_identifier_id": 0, "vocab_size": {{_format.VocabSize}}, "seq_len": {{_format.SeqLen}}, "num_puzzle_identifiers": {{_format.Identifiers}}, "total_groups": {{_groups}}, "mean_puzzle_examples": {{PythonJson.Number((double)_examples / _puzzles)}}, "total_puzzles": {{(_format.StateGroupsAsPuzzles ? _groups : _puzzles)}}, "sets": ["{{Set}}"]}
        """);
}
