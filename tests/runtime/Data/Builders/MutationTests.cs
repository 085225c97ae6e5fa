using System.IO.Compression;
using System.Text;
using HrmGen.Data;
using HrmGen.Data.Builders;

namespace HrmGen.Tests.Data.Builders;

/// <summary>Damaged inputs of the builders: 10,000 of each kind.</summary>
public sealed class MutationTests : IDisposable
{
    private const int Count = 10_000;

    // The files have about 100 bytes; what they cost is messages, buffers of a file's length and the parser's fixed ones.
    private const long AllocationLimit = 128 << 10;
    private readonly TemporaryFolder _folder = TemporaryFolder.InMemory();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Mutated_sudoku_tables_give_an_error_or_a_table()
    {
        byte[] valid = Encoding.UTF8.GetBytes("source,question,answer,rating\na,1..23.1..1.343.1,1432321421434321,7\n\"b\",4.322...1.4.342.,4132231412433421,7\n");
        Fuzz.Run(seed: 21, Count, valid, valid.Length, bytes => _ = new BoardTable(_folder.Write("m.csv", bytes), new SudokuCodec(), 1, null), AllocationLimit);
    }

    [Fact]
    public void Mutated_maze_tables_give_an_error_or_a_table()
    {
        byte[] valid = Encoding.UTF8.GetBytes("source,question,answer,rating\nm,S  # #G  ,So # #G  ,4\nm,   #S##G ,   #S##G ,4\n");
        Fuzz.Run(seed: 22, Count, valid, valid.Length, bytes => _ = new BoardTable(_folder.Write("m.csv", bytes), new MazeCodec(), null, null), AllocationLimit);
    }

    [Fact]
    public void Mutated_arc_tasks_give_an_error_or_tasks()
    {
        byte[] valid = """{"t": {"train": [{"input": [[1, 2], [0, 9]], "output": [[3]]}], "test": [{"input": [[4]], "output": [[5]]}]}}"""u8.ToArray();
        Fuzz.Run(seed: 23, Count, valid, valid.Length, bytes =>
        {
            _folder.Write("a_training_challenges.json", bytes);
            ArcTaskReader.Read(_folder.File("a"), "training", _ => { });
        }, AllocationLimit);
    }

    [Fact]
    public void Mutated_arc_solutions_give_an_error_or_tasks()
    {
        _folder.Write("a_training_challenges.json", """{"t": {"train": [{"input": [[1]], "output": [[3]]}], "test": [{"input": [[4]]}, {"input": [[5]]}]}}"""u8.ToArray());
        byte[] valid = """{"t": [[[1, 2], [3, 4]], [[7, 7, 0]]]}"""u8.ToArray();
        Fuzz.Run(seed: 24, Count, valid, valid.Length, bytes =>
        {
            _folder.Write("a_training_solutions.json", bytes);
            ArcTaskReader.Read(_folder.File("a"), "training", _ => { });
        }, AllocationLimit);
    }

    [Fact]
    public void Mutated_gzip_gives_an_error_or_tasks()
    {
        using var packed = new MemoryStream();
        using (var stream = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            stream.Write("""{"t": {"train": [{"input": [[1, 2], [0, 9]], "output": [[3]]}], "test": [{"input": [[4]], "output": [[5]]}]}}"""u8);
        }

        byte[] valid = packed.ToArray();
        Fuzz.Run(seed: 25, Count, valid, valid.Length, bytes =>
        {
            _folder.Write("a_training_challenges.json.gz", bytes);
            ArcTaskReader.Read(_folder.File("a"), "training", _ => { });
        }, AllocationLimit);
    }

    [Fact]
    public void Mutated_identifiers_give_an_error_or_names()
    {
        PuzzleDataset dataset = PuzzleFiles.Build(_folder, [[1], [1]]);
        byte[] valid = """["<blank>", "007bbfb7", "007bbfb7|||t3|||0123456789"]"""u8.ToArray();
        Fuzz.Run(seed: 26, Count, valid, valid.Length, bytes =>
        {
            _folder.Write("identifiers.json", bytes);
            foreach (string name in dataset.ReadIdentifiers()!.Value)
            {
                ArcAugmentation.Parse(name);
            }
        }, AllocationLimit);
    }
}
