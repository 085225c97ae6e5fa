namespace HrmGen.Compiler.Tests.Support;

/// <summary>A spec text in which <c>[|</c> and <c>|]</c> mark what a finding must point at.</summary>
internal sealed record Marked(string Text, int Start, int Length)
{
    public static Marked Parse(string marked)
    {
        var start = marked.IndexOf("[|", StringComparison.Ordinal);
        Assert.True(start >= 0, "The text marks nothing");
        var text = marked.Remove(start, 2);
        var end = text.IndexOf("|]", start, StringComparison.Ordinal);
        Assert.True(end >= 0, "The mark is not closed");
        return new(text.Remove(end, 2), start, end - start);
    }
}
