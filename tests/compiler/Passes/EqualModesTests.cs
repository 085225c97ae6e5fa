using HrmGen.Compiler.Model;
using HrmGen.Compiler.Tests.Support;

namespace HrmGen.Compiler.Tests.Passes;

/// <summary>Gradient modes that name the same updates compile to the same code.</summary>
public sealed class EqualModesTests
{
    [Theory]
    [InlineData(Specs.Hrm, "one_step", 2)]
    [InlineData(Specs.Hrm, "last_cycle", 3)]
    [InlineData(Specs.Hrm, "full", 6)]
    [InlineData(Specs.TrmAtt, "one_step", 2)]
    [InlineData(Specs.TrmAtt, "last_cycle", 7)]
    [InlineData(Specs.TrmAtt, "full", 21)]
    [InlineData(Specs.TrmHier6, "one_step", 7)]
    [InlineData(Specs.TrmHier6, "last_cycle", 7)]
    [InlineData(Specs.TrmHier6, "full", 21)]
    public void A_mode_equals_the_count_of_its_updates(string spec, string mode, int updates)
    {
        var (named, counted) = (Of(mode), Of($"{{ last_updates: {updates} }}"));
        Assert.Equal(updates, named.Recursion.RecordedUpdates);
        Assert.Equal((Executed(named, r => r.WithoutGradient), Executed(named, r => r.WithGradient)), (Executed(counted, r => r.WithoutGradient), Executed(counted, r => r.WithGradient)));

        // Comments say what the spec says; the code is the same but where a loop over one update is cut off.
        Assert.Equal(Statements(named).Order(StringComparer.Ordinal).Distinct(), Statements(counted).Order(StringComparer.Ordinal).Distinct());

        if (updates < named.Recursion.Updates)
        {
            Assert.NotEqual(Executed(named, r => r.WithGradient), Executed(Of($"{{ last_updates: {updates + 1} }}"), r => r.WithGradient));
        }

        LoweredModel Of(string gradient) => SpecCompiler.Lower(spec.Contains("recursion:\n", StringComparison.Ordinal)
            ? spec.Replace("recursion:\n", $"recursion:\n  gradient: {gradient}\n", StringComparison.Ordinal)
            : $"{spec}recursion: {{ gradient: {gradient} }}\n");
    }

    private static string Executed(LoweredModel model, Func<LoweredRecursion, EquatableArray<Statement>> part) =>
        string.Join(' ', new Interpreter(model.Architecture.Recursion.Latents).Run(part(model.Recursion)).Executed);

    private static IEnumerable<string> Statements(LoweredModel model) => HrmCompiler.Emit(model)
        .SelectMany(f => f.Text.Split('\n'))
        .Select(l => l.Split("//")[0].Trim())
        .Where(l => l.Contains(".forward(", StringComparison.Ordinal));
}
