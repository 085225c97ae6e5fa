using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;

namespace HrmGen.Data;

/// <summary>
/// What <c>dataset.json</c> of one split says, under the official names (<c>dataset/common.py</c> of both official repositories).
/// </summary>
/// <param name="seq_len">Cells of a puzzle, S.</param>
/// <param name="vocab_size">Number of token values, V; tokens are 0..V-1.</param>
/// <param name="pad_id">Input token of the rows that fill up an incomplete batch.</param>
/// <param name="ignore_label_id">Label that takes no part in the loss; becomes -100 in a batch. Null when every label counts.</param>
/// <param name="blank_identifier_id">Puzzle identifier of the rows that fill up an incomplete batch.</param>
/// <param name="num_puzzle_identifiers">Number of puzzle identifiers, the blank one included.</param>
/// <param name="total_groups">Groups in all sets; a group holds one original puzzle and its augmentations.</param>
/// <param name="mean_puzzle_examples">Mean number of examples of a puzzle; with <paramref name="total_groups"/>, what an epoch is long.</param>
/// <param name="total_puzzles">Puzzles in all sets; TRM's builder writes it, HRM's does not.</param>
/// <param name="sets">Names of the sets, the first part of the array files' names.</param>
public sealed record PuzzleDatasetMetadata(
    int seq_len,
    int vocab_size,
    int pad_id,
    int? ignore_label_id,
    int blank_identifier_id,
    int num_puzzle_identifiers,
    long total_groups,
    double mean_puzzle_examples,
    long? total_puzzles,
    ImmutableArray<string> sets)
{
    private const long MaximumLength = 1 << 20;
    private static readonly SearchValues<char> NotInFileNames = SearchValues.Create("/\\:\0*?\"<>|");
    private const string Fix = "Write it as the official builders do, or build the data set again.";

    /// <summary>Reads a <c>dataset.json</c>. Keys that HrmGen does not know are left alone: builders add their own.</summary>
    /// <exception cref="HrmGenException">The file is missing or broken, or a value is of the wrong type or out of range.</exception>
    public static PuzzleDatasetMetadata Read(string path)
    {
        using JsonDocument document = InputFile.ReadJson(path, Fix, MaximumLength);
        var json = new Fields(path, document.RootElement);
        var metadata = new PuzzleDatasetMetadata(
            seq_len: json.Integer("seq_len", 1),
            vocab_size: json.Integer("vocab_size", 1),
            pad_id: json.Integer("pad_id", 0),
            ignore_label_id: json.IsNull("ignore_label_id") ? null : json.Integer("ignore_label_id", int.MinValue),
            blank_identifier_id: json.Integer("blank_identifier_id", 0),
            num_puzzle_identifiers: json.Integer("num_puzzle_identifiers", 1),
            total_groups: json.Integer("total_groups", 1),
            mean_puzzle_examples: json.PositiveNumber("mean_puzzle_examples"),
            total_puzzles: json.IsMissing("total_puzzles") || json.IsNull("total_puzzles") ? null : json.Integer("total_puzzles", 1),
            sets: json.FileNames("sets"));
        json.RequireBelow("pad_id", metadata.pad_id, "vocab_size", metadata.vocab_size);
        json.RequireBelow("blank_identifier_id", metadata.blank_identifier_id, "num_puzzle_identifiers", metadata.num_puzzle_identifiers);
        return metadata;
    }

    /// <summary>
    /// Optimizer steps of a training run, as the official <c>pretrain.py</c> computes them for its learning rate schedule:
    /// floor(epochs * total_groups * mean_puzzle_examples / batch_size). 20,000 epochs of 1,000 Sudokus at batch 768 are 26,041.
    /// </summary>
    /// <param name="epochs">Passes over the groups, at least 1.</param>
    /// <param name="batch_size">Rows of a batch over all devices, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is not positive.</exception>
    /// <exception cref="HrmGenException">The product is beyond any run.</exception>
    public long TotalSteps(long epochs, long batch_size)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(epochs);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batch_size);
        double steps = (double)((Int128)epochs * total_groups) * mean_puzzle_examples / batch_size;
        return steps < 1L << 53
            ? (long)steps
            : throw new HrmGenException($"epochs = {epochs}: this comes to more steps than can be counted. Train for fewer epochs.");
    }

    /// <summary>Typed access to the keys of one JSON object, with errors that name file and key.</summary>
    private readonly struct Fields
    {
        private readonly string _path;
        private readonly JsonElement _root;

        public Fields(string path, JsonElement root)
        {
            (_path, _root) = (path, root);
            if (root.ValueKind != JsonValueKind.Object)
            {
                throw new HrmGenException($"{path}: {InputFile.Describe(root)} where an object with the key 'seq_len' etc. must be. {Fix}");
            }
        }

        public bool IsMissing(string key) => !_root.TryGetProperty(key, out _);

        public bool IsNull(string key) => Require(key).ValueKind == JsonValueKind.Null;

        public int Integer(string key, int minimum)
        {
            JsonElement value = Require(key);
            return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= minimum
                ? number
                : throw Wrong(key, value, minimum == int.MinValue ? "a whole number" : $"a whole number of at least {minimum}");
        }

        public double PositiveNumber(string key)
        {
            JsonElement value = Require(key);
            return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number) && number > 0
                ? number
                : throw Wrong(key, value, "a positive number");
        }

        public ImmutableArray<string> FileNames(string key)
        {
            JsonElement value = Require(key);
            if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0)
            {
                throw Wrong(key, value, "a list with at least one name of a set");
            }

            var names = ImmutableArray.CreateBuilder<string>(value.GetArrayLength());
            foreach (JsonElement item in value.EnumerateArray())
            {
                // The name becomes part of a file's name, and must not lead out of the folder.
                string? name = item.ValueKind == JsonValueKind.String ? item.GetString() : null;
                if (string.IsNullOrWhiteSpace(name) || name.Length > 100 || name.AsSpan().ContainsAny(NotInFileNames)
                    || names.Contains(name, StringComparer.Ordinal))
                {
                    throw Wrong(key, item, "a list of different names that can begin a file's name");
                }

                names.Add(name);
            }

            return names.MoveToImmutable();
        }

        public void RequireBelow(string key, int value, string limitKey, int limit)
        {
            if (value >= limit)
            {
                throw new HrmGenException($"{_path}: '{key}' is {value}, which must be below '{limitKey}' ({limit}). {Fix}");
            }
        }

        private JsonElement Require(string key) => _root.TryGetProperty(key, out JsonElement value)
            ? value
            : throw new HrmGenException($"{_path}: the key '{key}' is missing. {Fix}");

        private HrmGenException Wrong(string key, JsonElement value, string wanted) =>
            new($"{_path}: '{key}' is {InputFile.Describe(value)}, it must be {wanted}. {Fix}");
    }
}
