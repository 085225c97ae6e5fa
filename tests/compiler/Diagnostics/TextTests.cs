using System.Diagnostics;
using System.Text;
using HrmGen.Compiler.Language;
using HrmGen.Compiler.Tests.Support;

namespace HrmGen.Compiler.Tests.Diagnostics;

/// <summary>Places do not depend on line ends or on characters before them, and no text takes the compiler down.</summary>
public sealed class TextTests
{
    private const string Slip = "block: { hiden_size: 64 }";

    [Theory]
    [InlineData("hrmgen: 1\nname: M\nextends: hrmgen:trm\n{0}\n", 4)]
    [InlineData("hrmgen: 1\r\nname: M\r\nextends: hrmgen:trm\r\n{0}\r\n", 4)]
    [InlineData("# \U0001F600 \u00e4\nhrmgen: 1 # \U0001F9E9\nname: M\nextends: hrmgen:trm\n{0}\n", 5)]
    [InlineData("hrmgen: 1\nname: M\nsummary: \"\U0001F600\"\nextends: hrmgen:trm\n{0}\n", 5)]
    [InlineData("# one\u2028hrmgen: 1\nname: M\nextends: hrmgen:trm\n{0}\n", 5)] // Roslyn ends a line at U+2028
    [InlineData("\r\n\r\n---\r\nhrmgen: 1\r\nname: M\r\nextends: hrmgen:trm\r\n{0}", 7)]
    public void The_place_is_exact_behind_any_text(string form, int line)
    {
        var text = form.Replace("{0}", Slip, StringComparison.Ordinal);
        var result = GeneratorHost.Run(new SpecFile(text));

        var diagnostic = Assert.Single(result.Diagnostics);
        Assert.Equal("HRM0010", diagnostic.Id);
        Assert.Equal("hiden_size", text.Substring(diagnostic.Location.SourceSpan.Start, diagnostic.Location.SourceSpan.Length));
        var start = diagnostic.Location.GetLineSpan().StartLinePosition;
        Assert.Equal((line, 10), (start.Line + 1, start.Character + 1));
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{a: ")]
    [InlineData("- ")]
    [InlineData("? ")]
    [InlineData("a: [")]
    [InlineData("'")]
    [InlineData("a: \"b\n")]
    [InlineData("&a ")]
    [InlineData("!")]
    [InlineData("a: b\n")]
    [InlineData("(((")]
    public void A_megabyte_of_anything_is_one_quick_error(string piece)
    {
        var text = new StringBuilder();
        while (text.Length < 1_000_000)
        {
            text.Append(piece);
        }

        var watch = Stopwatch.StartNew();
        var compiled = SpecCompiler.Compile(text.ToString());

        Assert.Single(compiled.Errors);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"took {watch.Elapsed}");
    }

    [Fact]
    public void A_megabyte_of_comments_is_no_error()
    {
        var watch = Stopwatch.StartNew();
        var text = Specs.Hrm + string.Concat(Enumerable.Repeat("# a comment that goes on and on\n", 32_000));
        Assert.Empty(SpecCompiler.Compile(text).Diagnostics);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"took {watch.Elapsed}");
    }

    [Fact]
    public void Many_keys_and_long_equations_have_limits()
    {
        var keys = string.Join(", ", Enumerable.Range(0, 25_000).Select(i => $"k{i}"));
        Assert.Equal("HRM0005", Assert.Single(SpecCompiler.Compile($"hrmgen: 1\nlist: [{keys}]\n").Errors).Rule.Id);

        var latents = string.Join(", ", Enumerable.Range(0, 65).Select(i => $"z{i}: {{}}"));
        Assert.Equal("HRM0005", Assert.Single(SpecCompiler.Compile(DiagnosticCase.Trm($"recursion: {{ latents: {{ {latents} }} }}")).Errors).Rule.Id);

        var sum = string.Join(" + ", Enumerable.Repeat("z_H", 1000));
        Assert.Equal("HRM0005", Assert.Single(SpecCompiler.Compile(DiagnosticCase.Equation($"\"z_H = f(x + {sum})\"")).Errors).Rule.Id);
    }

    /// <summary>Random damage to real specs: findings or a model, never an exception, and never a place outside of the file.</summary>
    [Fact]
    public void Damaged_specs_never_throw()
    {
        var random = new Random(20260101);
        var seeds = Presets.Names.Select(Presets.Text).Concat([Specs.ThreeClocks, Specs.TrmHier6, Specs.TrmMlp]).ToList();
        const string pieces = "{}[]:,#&*!|>'\"%@`-?= \n\t\r\u2028\u0085\uFEFF\U0001F600()+*.0129xz_HTn";
        for (var round = 0; round < 3000; round++)
        {
            var text = new StringBuilder(seeds[random.Next(seeds.Count)]);
            for (var edits = random.Next(1, 5); edits > 0; edits--)
            {
                var at = random.Next(text.Length);
                switch (random.Next(3))
                {
                    case 0:
                        text.Insert(at, pieces[random.Next(pieces.Length)]);
                        break;
                    case 1:
                        text.Remove(at, Math.Min(random.Next(1, 12), text.Length - at));
                        break;
                    default:
                        text[at] = pieces[random.Next(pieces.Length)];
                        break;
                }
            }

            var damaged = text.ToString();
            foreach (var finding in SpecCompiler.Compile(damaged).Diagnostics)
            {
                Assert.True(finding.Rule.Id != "HRM0099", finding.Message + "\n" + damaged);
                Assert.Equal(SpecCompiler.DefaultPath, finding.Span.Path);
                Assert.InRange(finding.Span.Start, 0, damaged.Length);
                Assert.InRange(finding.Span.Length, 0, damaged.Length - finding.Span.Start);
            }
        }
    }
}
