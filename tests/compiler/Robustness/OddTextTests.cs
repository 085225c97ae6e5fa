using HrmGen.Compiler.Tests.Diagnostics;
using HrmGen.Compiler.Tests.Support;
using Microsoft.CodeAnalysis.CSharp;

namespace HrmGen.Compiler.Tests.Robustness;

/// <summary>Characters that no comment, no literal and no build log takes as they are.</summary>
public sealed class OddTextTests
{
    private const string Odd = "\0 \u0001 \u001b \u007f \u0085 \u2028 \u2029 \ufffe \uffff \ud800 \udc00 \u202e I\u0131\u0130i \ud83d\ude00 </summary>";

    /// <summary>A documentation comment with a control character is a warning, CS1570, and half a character is lost on the way to the file.</summary>
    [Fact]
    public void A_summary_of_anything_compiles_and_keeps_its_text()
    {
        // YAML takes no control characters but as escapes, and folds line breaks.
        var escaped = string.Concat(Odd.Select(c => c is '\u2028' or '\u2029' ? $"\\u{(int)c:x4}" : char.IsControl(c) ? $"\\x{(int)c:x2}" : c.ToString()));
        var model = SpecCompiler.Lower(Specs.TrmAtt + $"summary: \"{escaped}\"\n");
        Assert.Equal(Odd, model.Architecture.Summary);

        var files = HrmCompiler.Emit(model);
        Assert.Empty(Consumer.Findings(Consumer.Compile(files)));
        Assert.All(files, f => Assert.Equal(f.Text, System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(f.Text))));
        Assert.Contains("\\ud800 \\udc00", files[0].Text, StringComparison.Ordinal);
    }

    /// <summary>The path stands in a comment of one line.</summary>
    [Theory]
    [InlineData("/project/a\n#error\n.hrm.yaml")]
    [InlineData("/project/a\r#error.hrm.yaml")]
    [InlineData("/project/a\u2028#error.hrm.yaml")]
    [InlineData("/project/\u0085#error \"\\.hrm.yaml")]
    public void A_path_of_anything_compiles(string path)
    {
        foreach (var file in HrmCompiler.Emit(SpecCompiler.Compile(Specs.TrmAtt, path).Model!))
        {
            Assert.Empty(CSharpSyntaxTree.ParseText(file.Text, GeneratorHost.ParseOptions).GetDiagnostics());
            Assert.Equal("// </auto-generated>", file.Text.Split('\n', '\r', '\u0085', '\u2028')[2]);
        }
    }

    /// <summary>Build logs tell errors apart by lines.</summary>
    [Theory]
    [InlineData("block: { \"a\\nb\": 1 }", "Unknown key 'a\ufffdb' in block")]
    [InlineData("block: { mixer: \"a\\u2028\\x01b\" }", "'a\ufffd\ufffdb' is not a value of 'mixer'")]
    [InlineData("block: { mixer: aHALFb }", "'a\ufffdb' is not a value of 'mixer'")]
    public void A_message_is_one_line(string line, string message) =>
        Assert.StartsWith(message, Assert.Single(SpecCompiler.Compile(DiagnosticCase.Trm(line.Replace("HALF", "\ud800", StringComparison.Ordinal))).Errors).Message, StringComparison.Ordinal);
}
