using HrmGen.Data;

namespace HrmGen.Tests.Data;

public sealed class NpyFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = TemporaryFolder.InMemory();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("|u1", 0, 255)]
    [InlineData("|i1", -128, 127)]
    [InlineData("<i2", -32768, 32767)]
    [InlineData("<i4", int.MinValue, int.MaxValue)]
    [InlineData("<i8", int.MinValue, int.MaxValue)]
    [InlineData("<i8", 0, 255)]
    [InlineData("<i8", -1, 300)]
    public void Every_integer_type_reads_its_extremes(string descr, long low, long high)
    {
        foreach (int version in new[] { 1, 2 })
        {
            IntegerArray array = Read(PuzzleFiles.Npy(descr, [2, 3], [low, 1, high, 2, low, 0], version));

            Assert.Equal([2L, 3L], array.Shape);
            Assert.Equal([(int)low, 1, (int)high, 2, (int)low, 0], Values(array));
            Assert.Equal((int)high, array[2]);
        }
    }

    [Fact]
    public void Booleans_become_zero_and_one() =>
        Assert.Equal([0, 1, 1], Values(Read(PuzzleFiles.Npy("|b1", [3], [0, 1, 7]))));

    [Fact]
    public void Scalars_and_empty_arrays_have_their_shape()
    {
        IntegerArray scalar = Read(PuzzleFiles.Npy("<i4", [], [42]));
        IntegerArray empty = Read(PuzzleFiles.Npy("<i8", [0, 7], []));

        Assert.Empty(scalar.Shape);
        Assert.Equal(42, scalar[0]);
        Assert.Equal([0L, 7L], empty.Shape);
        Assert.Equal(0, empty.Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => empty[0]);
    }

    [Fact]
    public void Arrays_of_several_blocks_of_different_width_read_across_the_borders()
    {
        long[] values = new long[IntegerArray.BlockLength * 3];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = i < IntegerArray.BlockLength ? i % 200 : i < 2 * IntegerArray.BlockLength ? i % 30000 : i;
        }

        IntegerArray array = Read(PuzzleFiles.Npy("<i8", [values.Length], values));
        int[] part = new int[IntegerArray.BlockLength + 10];
        array.CopyTo(IntegerArray.BlockLength - 5, part);

        Assert.Equal(values.Skip(IntegerArray.BlockLength - 5).Take(part.Length).Select(v => (int)v), part);
        Assert.Equal(values.Select(v => (int)v), Values(array));
        Assert.Throws<ArgumentOutOfRangeException>(() => array.CopyTo(array.Length - 1, new int[2]));
    }

    [Fact]
    public void Augmented_tokens_in_int64_take_one_byte_each()
    {
        string path = Path.Combine(PuzzleFiles.Official("sudoku9/official-25-aug-7"), "train", "all__inputs.npy");
        NpyFile.Read(path);
        long before = GC.GetAllocatedBytesForCurrentThread();

        IntegerArray array = NpyFile.Read(path);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, array.Length, array.Length + 8192);
    }

    [Theory]
    [InlineData("{'descr': '<i4', 'fortran_order': True, 'shape': (2, 2), }", "Fortran", "ascontiguousarray")]
    [InlineData("{'descr': '>i4', 'fortran_order': False, 'shape': (2, 2), }", "'>i4'", "astype")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }", "'<f4'", "astype")]
    [InlineData("{'descr': '<i4', 'fortran_order': False, 'shape': (2, 3), }", "needs 24 bytes, 16 follow", "again")]
    [InlineData("{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }", "needs 8 bytes, 16 follow", "again")]
    [InlineData("{'descr': '<i4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }", "any file", "again")]
    [InlineData("{'descr': '<i4', 'fortran_order': False, 'shape': (-4,), }", "'shape'", "again")]
    [InlineData("{'descr': '<i4', 'fortran_order': 0, 'shape': (4,), }", "'fortran_order'", "again")]
    [InlineData("{'descr': '<i4', 'shape': (4,), }", "missing", "again")]
    [InlineData("{'descr': '<i4', 'fortran_order': False, 'shape': (4,), 'x': 'y'}", "'x'", "again")]
    [InlineData("{'descr': '<i4', 'fortran_order': False, 'shape': (4,), ", "header", "again")]
    public void Malformed_headers_are_named_with_a_fix(string header, string what, string fix)
    {
        string path = _folder.Write("a.npy", PuzzleFiles.Npy("<i4", [2, 2], [1, 2, 3, 4], header: header));

        var error = Assert.Throws<HrmGenException>(() => NpyFile.Read(path));

        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
        Assert.Contains(fix, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_beyond_32_bits_are_named_by_their_position()
    {
        string path = _folder.Write("a.npy", PuzzleFiles.Npy("<i8", [3], [1, 2, 1L << 40]));

        var error = Assert.Throws<HrmGenException>(() => NpyFile.Read(path));

        Assert.Contains("element 2 is 1099511627776", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_files_folders_and_other_formats_are_told_apart()
    {
        Assert.Contains("no such file", Error(_folder.File("none.npy")), StringComparison.Ordinal);
        Assert.Contains("folder", Error(_folder.Path), StringComparison.Ordinal);
        Assert.Contains("not a .npy file", Error(_folder.Write("b.npy", [1, 2, 3])), StringComparison.Ordinal);
        Assert.Contains("version 3.0", Error(_folder.Write("c.npy", PuzzleFiles.Npy("<i4", [1], [1], version: 3))), StringComparison.Ordinal);
    }

    [Fact]
    public void Mutated_files_give_an_error_or_an_array_and_never_a_large_allocation()
    {
        byte[] valid = PuzzleFiles.Npy("<i4", [3, 5], Enumerable.Range(0, 15).Select(i => (long)i));
        Fuzz.Run(seed: 11, count: 10_000, valid, limit: valid.Length, bytes => NpyFile.Read(_folder.Write("m.npy", bytes)));
    }

    private static string Error(string path) => Assert.Throws<HrmGenException>(() => NpyFile.Read(path)).Message;

    private IntegerArray Read(byte[] bytes) => NpyFile.Read(_folder.Write("a.npy", bytes));

    private static int[] Values(IntegerArray array)
    {
        var values = new int[array.Length];
        array.CopyTo(0, values);
        return values;
    }
}
