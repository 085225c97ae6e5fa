using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using HrmGen.Data;

namespace HrmGen.Tests.Data;

/// <summary>Finds the committed data sets and writes small ones of the tests' own.</summary>
internal static class PuzzleFiles
{
    public static string Official(string name) => Path.Combine(AppContext.BaseDirectory, "Data", "official", name);

    public static string Quickstart => Path.Combine(AppContext.BaseDirectory, "Data", "quickstart", "sudoku4");

    /// <summary>The bytes that numpy.save writes, but for the length of its padding.</summary>
    public static byte[] Npy(string descr, long[] shape, IEnumerable<long> values, int version = 1, string? header = null)
    {
        header ??= $"{{'descr': '{descr}', 'fortran_order': False, 'shape': ({string.Concat(shape.Select(n => n + ","))}), }}\n";
        var bytes = new List<byte> { 0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', (byte)version, 0 };
        byte[] length = new byte[version == 1 ? 2 : 4];
        length[0] = (byte)header.Length;
        length[1] = (byte)(header.Length >> 8);
        bytes.AddRange(length);
        bytes.AddRange(Encoding.Latin1.GetBytes(header));
        byte[] element = new byte[8];
        foreach (long value in values)
        {
            BinaryPrimitives.WriteInt64LittleEndian(element, value);
            bytes.AddRange(element[..(descr[^1] - '0')]);
        }

        return [.. bytes];
    }

    /// <summary>
    /// Writes a split whose puzzles have the given numbers of examples, by group. The input of example e is the token
    /// 2 + e % (vocab - 2) in every cell, its label the next cell's, so that rows can be told apart.
    /// </summary>
    public static PuzzleDataset Build(
        TemporaryFolder folder, int[][] groups, int seqLen = 4, int vocabSize = 1000, string set = "all", string? sets = null, int? groupTotal = null)
    {
        int[] puzzles = [.. groups.SelectMany(group => group)];
        int examples = puzzles.Sum();
        var tokens = Enumerable.Range(0, examples).SelectMany(e => Enumerable.Repeat(2L + (e % (vocabSize - 2)), seqLen)).ToArray();
        long[] puzzleIndices = Running(puzzles);
        long[] groupIndices = Running(groups.Select(group => group.Length));
        void Write(string name, byte[] bytes) => folder.Write(Path.Combine("train", $"{set}__{name}.npy"), bytes);
        Write("inputs", Npy("<i4", [examples, seqLen], tokens));
        Write("labels", Npy("<i2", [examples, seqLen], tokens.Select((token, i) => i % seqLen == 0 ? 0 : token)));
        Write("puzzle_identifiers", Npy("<i4", [puzzles.Length], Enumerable.Range(0, puzzles.Length).Select(p => (long)p + 1)));
        Write("puzzle_indices", Npy("<i4", [puzzleIndices.Length], puzzleIndices));
        Write("group_indices", Npy("<i4", [groupIndices.Length], groupIndices));
        string mean = ((double)examples / puzzles.Length).ToString("R", CultureInfo.InvariantCulture);
        folder.Write(Path.Combine("train", "dataset.json"), Encoding.UTF8.GetBytes(
            $$"""
            {"seq_len": {{seqLen}}, "vocab_size": {{vocabSize}}, "pad_id": 0, "ignore_label_id": 0, "blank_identifier_id": 0,
             "num_puzzle_identifiers": {{puzzles.Length + 1}}, "total_groups": {{groupTotal ?? groups.Length}},
             "mean_puzzle_examples": {{mean}}, "sets": {{sets ?? "[\"" + set + "\"]"}}}
            """));
        return sets is null ? PuzzleDataset.Load(folder.Path, "train") : null!;
    }

    public static int[] Row(PuzzleSet set, long example, int seqLen, bool labels = false)
    {
        var row = new int[seqLen];
        if (labels)
        {
            set.CopyLabels(example, row);
        }
        else
        {
            set.CopyInputs(example, row);
        }

        return row;
    }

    /// <summary>A Sudoku as the CSV files write it.</summary>
    public static string Sudoku(IEnumerable<int> tokens) =>
        string.Concat(tokens.Select(t => t == 1 ? "." : (t - 1).ToString(CultureInfo.InvariantCulture)));

    private static long[] Running(IEnumerable<int> counts)
    {
        var sums = new List<long> { 0 };
        foreach (int count in counts)
        {
            sums.Add(sums[^1] + count);
        }

        return [.. sums];
    }
}
