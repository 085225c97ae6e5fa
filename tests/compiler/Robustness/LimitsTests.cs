using System.Diagnostics;
using HrmGen.Compiler.Tests.Support;

namespace HrmGen.Compiler.Tests.Robustness;

/// <summary>Every limit is an error of its own, one step above what is taken.</summary>
public sealed class LimitsTests
{
    public static TheoryData<string> Names => [.. Limit.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void At_the_limit_it_is_taken_and_above_it_is_told(string name)
    {
        var limit = Limit.All[name];
        var watch = Stopwatch.StartNew();
        var taken = SpecCompiler.Compile(limit.At);
        var time = watch.Elapsed;
        Assert.All(taken.Errors, e => Assert.True(e.Rule.Id == limit.Other, $"{e.Rule.Id} {e.Message}"));
        Assert.Equal(limit.Other is null, taken.Models.Count > 0);

        var above = SpecCompiler.Compile(limit.Above).Errors.Where(e => e.Rule.Id != limit.Other).ToList();
        var error = Assert.Single(above);
        Assert.Equal(limit.Rule, error.Rule.Id);
        Assert.StartsWith(limit.Message, error.Message, StringComparison.Ordinal);
        Assert.True(time < TimeSpan.FromSeconds(20), $"took {time}"); // two at most, but for machines that are shared
    }

    [Theory]
    [InlineData(1000, 1, "")]
    [InlineData(1001, 1, "HrmSet: it has 1001 pairs; at most 1000 are allowed")]
    [InlineData(1, 16, "Unknown key 'a'")]
    [InlineData(1, 17, "HrmSet: a key has at most 16 dotted parts, and one here has 17")]
    public void Of_HrmSet(int pairs, int parts, string message)
    {
        var key = parts == 1 ? "training.lr" : string.Join('.', Enumerable.Repeat("a", parts));
        var compiled = SpecCompiler.Compile(Specs.TrmAtt, file: new(null, string.Join(';', Enumerable.Repeat($"{key}=0.5", pairs))));
        Assert.Equal(message.Length == 0 ? 0 : 1, compiled.Errors.Count());
        Assert.All(compiled.Errors, e => Assert.StartsWith(message, e.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(512, null)]
    [InlineData(513, "a namespace has at most 512 characters")]
    public void Of_a_namespace(int length, string? message)
    {
        var errors = SpecCompiler.Compile(Specs.TrmAtt, file: new(new string('N', length), null)).Errors.ToList();
        Assert.Equal(message is null ? 0 : 1, errors.Count);
        Assert.All(errors, e => Assert.Contains(message!, e.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(32, null)]
    [InlineData(33, "'extends' leads through more than 32 files")]
    public void Of_a_chain(int length, string? message)
    {
        // The preset is one of them.
        var files = Enumerable.Range(1, length - 1).Select(i => ($"/project/m{i}.hrm.yaml", i == 1 ? Specs.TrmAtt : $"hrmgen: 1\nname: M{i}\nextends: m{i - 1}.hrm.yaml\n"));
        var compiled = SpecCompiler.CompileAll(files);
        Assert.All(compiled.Where(c => c.Key != $"/project/m{length - 1}.hrm.yaml"), c => Assert.NotNull(c.Value.Model));
        Assert.Equal(message is null ? [] : [message], compiled[$"/project/m{length - 1}.hrm.yaml"].Errors.Select(e => e.Message));
    }

    [Fact]
    public void Of_what_a_message_quotes()
    {
        var error = Assert.Single(SpecCompiler.Compile(Specs.TrmAtt + $"block: {{ mixer: {new string('m', 100_000)} }}\n").Errors);
        Assert.StartsWith($"'{new string('m', 500)}...' is not a value of 'mixer'", error.Message, StringComparison.Ordinal);
    }
}
