using HrmGen.Data;
using HrmGen.Data.Builders;

namespace HrmGen.Tests.Data.Builders;

public sealed class PuzzleFolderWriterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_data_set_is_only_replaced_on_request_and_wholly()
    {
        Write(overwrite: false, token: 2);
        _folder.Write("out/test/dataset.json", [1]);
        Assert.Contains("exists and is not empty", Error(overwrite: false), StringComparison.Ordinal);
        Assert.Equal(2, PuzzleFiles.Row(PuzzleDataset.Load(_folder.File("out"), "train").Sets[0], 0, 4)[0]);

        Write(overwrite: true, token: 3);

        Assert.Equal(3, PuzzleFiles.Row(PuzzleDataset.Load(_folder.File("out"), "train").Sets[0], 0, 4)[0]);
        Assert.Equal([_folder.File("out")], Directory.GetFileSystemEntries(_folder.Path));
        Assert.False(Directory.Exists(_folder.File("out/test")));
    }

    [Theory]
    [InlineData("out/thesis.tex", "holds 'thesis.tex'")]
    [InlineData("out/photos/a.jpg", "holds 'photos'")]
    public void A_folder_with_anything_else_is_never_replaced(string file, string what)
    {
        Write(overwrite: false, token: 2);
        _folder.Write(file, [1]);

        Assert.Contains(what, Error(overwrite: true), StringComparison.Ordinal);
        Assert.True(File.Exists(_folder.File(file)));
    }

    [Fact]
    public void Unfinished_data_leaves_nothing_and_keeps_what_was_there()
    {
        Write(overwrite: false, token: 2);
        string before = PuzzleDataset.Load(_folder.File("out"), "train").DataHash;
        using (PuzzleFolderWriter writer = PuzzleFolderWriter.Create(_folder.File("out"), overwrite: true))
        {
            using PuzzleSplitWriter split = writer.BeginSplit("train", new PuzzleSplitFormat(4, 6, 1));
            split.AddExample([2, 2, 2, 2], [2, 2, 2, 2]);
            Assert.Throws<InvalidOperationException>(() => split.Complete());
        }

        Assert.Equal(before, PuzzleDataset.Load(_folder.File("out"), "train").DataHash);
        Assert.Equal([_folder.File("out")], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Empty_folders_are_used_and_unusable_names_refused()
    {
        Directory.CreateDirectory(_folder.File("out"));
        Write(overwrite: false, token: 2);
        _folder.Write("file", [1]);

        Assert.Contains("this is a file", Error(false, _folder.File("file")), StringComparison.Ordinal);
        Assert.Contains("cannot be written", Error(false, _folder.File("file/below")), StringComparison.Ordinal);
        Assert.Contains("names no folder", Error(false, " "), StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_rows_and_orders_are_programming_errors()
    {
        using PuzzleFolderWriter writer = PuzzleFolderWriter.Create(_folder.File("out"), overwrite: false);
        using PuzzleSplitWriter split = writer.BeginSplit("train", new PuzzleSplitFormat(4, 6, 2));

        Assert.Throws<ArgumentException>(() => split.AddExample([2, 2, 2], [2, 2, 2, 2]));
        Assert.Throws<ArgumentException>(() => split.AddExample([2, 2, 2, 6], [2, 2, 2, 2]));
        Assert.Throws<ArgumentException>(() => split.AddExample([2, 2, 2, 5], [2, 2, 2, 6]));
        Assert.Throws<InvalidOperationException>(() => split.EndPuzzle(0));
        Assert.Throws<InvalidOperationException>(() => split.EndGroup());
        split.AddExample([0, 1, 2, 5], [2, 2, 2, 2]);
        Assert.Throws<ArgumentOutOfRangeException>(() => split.EndPuzzle(2));
        Assert.Throws<InvalidOperationException>(() => split.EndGroup());
    }

    [Fact]
    public void A_split_is_rated_wholly_or_not_at_all()
    {
        using PuzzleFolderWriter writer = PuzzleFolderWriter.Create(_folder.File("out"), overwrite: false);
        using PuzzleSplitWriter rated = writer.BeginSplit("train", new PuzzleSplitFormat(4, 6, 1, Rated: true));
        using PuzzleSplitWriter plain = writer.BeginSplit("test", new PuzzleSplitFormat(4, 6, 1));
        rated.AddExample([0, 1, 2, 5], [2, 2, 2, 2]);
        plain.AddExample([0, 1, 2, 5], [2, 2, 2, 2]);

        Assert.Throws<InvalidOperationException>(() => rated.EndPuzzle(0));
        Assert.Throws<InvalidOperationException>(() => plain.EndPuzzle(0, rating: 3));
    }

    [Fact]
    public void Texts_are_escaped_as_Python_does()
    {
        using (PuzzleFolderWriter writer = PuzzleFolderWriter.Create(_folder.File("out"), overwrite: false))
        {
            writer.WriteIdentifiers(["<blank>", "a\"b\\c\n\u0001\u007f", "é😀/"]);
            writer.Commit();
        }

        Assert.Equal(
            "[\"<blank>\", \"a\\\"b\\\\c\\n\\u0001\u007f\", \"\\u00e9\\ud83d\\ude00/\"]", File.ReadAllText(_folder.File("out/identifiers.json")));
    }

    private void Write(bool overwrite, byte token)
    {
        using PuzzleFolderWriter writer = PuzzleFolderWriter.Create(_folder.File("out"), overwrite);
        using (PuzzleSplitWriter split = writer.BeginSplit("train", new PuzzleSplitFormat(4, 6, 1)))
        {
            split.AddExample([token, 2, 2, 2], [2, 2, 2, 2]);
            split.EndPuzzle(0);
            split.EndGroup();
            split.Complete();
        }

        writer.Commit();
    }

    private string Error(bool overwrite, string? path = null) =>
        Assert.Throws<HrmGenException>(() => PuzzleFolderWriter.Create(path ?? _folder.File("out"), overwrite).Dispose()).Message;
}
