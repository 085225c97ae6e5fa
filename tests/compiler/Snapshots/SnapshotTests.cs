namespace HrmGen.Compiler.Tests.Snapshots;

/// <summary>The comparer can fail, leaves what it must, and accepts nothing.</summary>
public sealed class SnapshotTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("hrmgen-snapshots-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_first_text_is_received_and_not_accepted()
    {
        var mismatch = Snapshot.Compare(folder, "A", "class A;\n");
        Assert.Contains("nothing is accepted yet", mismatch!.Message, StringComparison.Ordinal);
        Assert.Equal([Path.Combine(folder, "A.received.cs")], Directory.GetFiles(folder));
        Assert.NotNull(Snapshot.Compare(folder, "A", "class A;\n"));
    }

    [Fact]
    public void Renaming_accepts_and_a_match_clears_what_was_received()
    {
        var mismatch = Snapshot.Compare(folder, "A", "class A;\n")!;
        File.Move(mismatch.Received, mismatch.Verified);
        Assert.Null(Snapshot.Compare(folder, "A", "class A;\n"));

        Assert.NotNull(Snapshot.Compare(folder, "A", "class B;\n"));
        Assert.Null(Snapshot.Compare(folder, "A", "class A;\n"));
        Assert.Equal([mismatch.Verified], Directory.GetFiles(folder));
    }

    [Fact]
    public void A_mismatch_names_the_line()
    {
        File.WriteAllText(Path.Combine(folder, "A.verified.cs"), "one\ntwo\nthree\n");
        Assert.Contains("line 2 was\n  two\nand is\n  2\n", Snapshot.Compare(folder, "A", "one\n2\nthree\n")!.Message, StringComparison.Ordinal);
        Assert.Contains("line 4 was\n  \nand is\n  four\n", Snapshot.Compare(folder, "A", "one\ntwo\nthree\nfour\n")!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("one\r\ntwo\r\n")]
    [InlineData("one\ntwo")]
    [InlineData("\uFEFFone\ntwo\n")]
    public void Line_ends_a_last_newline_and_a_byte_order_mark_do_not_count(string accepted)
    {
        File.WriteAllText(Path.Combine(folder, "A.verified.cs"), accepted);
        Assert.Null(Snapshot.Compare(folder, "A", "one\ntwo\n"));
    }

    [Fact]
    public void Blank_lines_and_spaces_count()
    {
        File.WriteAllText(Path.Combine(folder, "A.verified.cs"), "one\ntwo\n\n");
        Assert.NotNull(Snapshot.Compare(folder, "A", "one\ntwo\n"));
        File.WriteAllText(Path.Combine(folder, "A.verified.cs"), "one \ntwo\n");
        Assert.NotNull(Snapshot.Compare(folder, "A", "one\ntwo\n"));
    }
}
