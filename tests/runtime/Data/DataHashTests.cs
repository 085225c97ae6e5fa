using System.Security.Cryptography;
using System.Text;
using HrmGen.Data;
using HrmGen.Data.Builders;
using HrmGen.Tests.Data.Builders;

namespace HrmGen.Tests.Data;

public sealed class DataHashTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_hash_is_the_documented_one()
    {
        static string Sha(params int[] values) => Convert.ToHexStringLower(SHA256.HashData(values.SelectMany(BitConverter.GetBytes).ToArray()));
        PuzzleDataset dataset = PuzzleFiles.Build(_folder, [[1], [1]]);
        string text = "hrmgen data 1\n4 1000 0 0 0 3 2 1\nall\n" +
            $"(2, 4) {Sha(2, 2, 2, 2, 3, 3, 3, 3)}\n(2, 4) {Sha(0, 2, 2, 2, 0, 3, 3, 3)}\n(2,) {Sha(1, 2)}\n(3,) {Sha(0, 1, 2)}\n(3,) {Sha(0, 1, 2)}\n";

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))), dataset.DataHash);
    }

    [Fact]
    public void The_types_of_the_arrays_do_not_matter_and_everything_else_does()
    {
        SudokuBuildOptions options = new() { TrainCsv = BuilderFiles.Csv("sudoku4_train"), Output = _folder.File("wide"), NumAug = 3 };
        SudokuBuilder.Build(options);
        SudokuBuilder.Build(options with { Output = _folder.File("compact"), Compact = true });
        string Hash(string name) => PuzzleDataset.Load(_folder.File(name), "train").DataHash;
        string before = Hash("wide");

        Assert.True(new FileInfo(_folder.File("wide/train/all__inputs.npy")).Length > 7 * new FileInfo(_folder.File("compact/train/all__inputs.npy")).Length);
        Assert.Equal(before, Hash("compact"));
        foreach (string array in new[] { "inputs", "labels" })
        {
            string path = _folder.File($"compact/train/all__{array}.npy");
            byte[] bytes = File.ReadAllBytes(path);
            bytes[^1] = (byte)(bytes[^1] == 2 ? 3 : 2);
            File.WriteAllBytes(path, bytes);
            string after = Hash("compact");
            Assert.NotEqual(before, after);
            before = after;
        }

        string description = _folder.File("compact/train/dataset.json");
        File.WriteAllText(description, File.ReadAllText(description).Replace("\"vocab_size\": 6", "\"vocab_size\": 7", StringComparison.Ordinal));
        Assert.NotEqual(before, Hash("compact"));
    }

    [Fact]
    public void Arrays_of_many_values_are_hashed_whole()
    {
        PuzzleDataset dataset = PuzzleFiles.Build(_folder, [.. Enumerable.Repeat<int[]>([1], 3000)]);
        string before = dataset.DataHash;
        string path = _folder.File("train/all__inputs.npy");
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^(4 * 3)] ^= 1;
        File.WriteAllBytes(path, bytes);

        Assert.NotEqual(before, PuzzleDataset.Load(_folder.Path, "train").DataHash);
    }
}
