using HrmGen.Compiler.Model;
using HrmGen.Compiler.Passes;
using HrmGen.Compiler.Tests.Support;

namespace HrmGen.Compiler.Tests.Passes;

/// <summary>Which updates run without a gradient and which are recorded, as executed.</summary>
public sealed class GradientPartitionTests
{
    private const string Trm = "- { repeat: T, do: [{ repeat: n, do: [\"L = f(L + (H + x))\"] }, \"H = f(H + L)\"] }";
    private const string Clocks = "- { for: c in 1..N, do: [\"L = f(L + x)\", { every: 2, do: [\"M = f(M + L)\"] }, \"H = f(H + M + L)\"] }";
    private const string Chain = "- { repeat: T, do: [{ for: i in 1..3, do: [\"Z[i] = f(Z[i] + x)\"] }, \"H = f(H + sum(Z))\"] }";
    private const string Nested = "- { repeat: T, do: [{ repeat: 2, do: [{ repeat: 2, do: [\"L = f(L + x)\"] }, \"M = f(M + L)\"] }, \"H = f(H + M)\"] }";

    /// <summary>Hand-computed: what runs detached, a bar, and what is recorded.</summary>
    public static TheoryData<string, string, string, string> Programs() => new()
    {
        // T = 3, n = 2
        { "T: 3, n: 2", Trm, "last_cycle", "L L H L L H | L L H" },
        { "T: 3, n: 2", Trm, "one_step", "L L H L L H L | L H" },
        { "T: 3, n: 2", Trm, "full", "| L L H L L H L L H" },
        { "T: 3, n: 2", Trm, "{ last_updates: 2 }", "L L H L L H L | L H" },
        { "T: 3, n: 2", Trm, "{ last_updates: 4 }", "L L H L L | H L L H" },
        { "T: 3, n: 2", Trm, "{ last_updates: 9 }", "| L L H L L H L L H" },
        { "T: 1, n: 2", Trm, "last_cycle", "| L L H" },
        { "T: 2, n: 1", Trm, "one_step", "L H | L H" },

        // What follows the loop is recorded with its last iteration; of two loops the later counts.
        { "T: 2", "- { repeat: T, do: [\"L = f(L + x)\"] }\n    - \"H = f(H + L)\"", "last_cycle", "L | L H" },
        { "T: 2", "- \"H = f(H + x)\"\n    - { repeat: T, do: [\"L = f(L + H + x)\"] }\n    - { repeat: T, do: [\"H = f(H + L + x)\"] }", "last_cycle", "H L L H | H" },

        // every counts iterations, of which the cut keeps count.
        { "N: 4", Clocks, "one_step", "L H L M H L H | L M H" },
        { "N: 5", Clocks, "one_step", "L H L M H L H L | M H L H" },
        { "N: 5", Clocks, "last_cycle", "L H L M H L H L M H | L H" },
        { "N: 4", Clocks, "{ last_updates: 6 }", "L H L M | H L H L M H" },
        { "N: 6", "- { repeat: N, do: [\"L = f(L + x)\", { every: 2, do: [{ every: 3, do: [\"H = f(H + L)\"] }] }] }", "last_cycle", "L L L L L | L H" },
        { "N: 6", "- { for: c in 3..N, do: [\"L = f(L + x)\", { every: 2, do: [\"H = f(H + L)\"] }] }", "{ last_updates: 3 }", "L L H | L L H" },

        // for, and every element has a last update of its own.
        { "T: 2", Chain, "one_step", "Z[1] Z[2] Z[3] H | Z[1] Z[2] Z[3] H" },
        { "T: 2", Chain, "{ last_updates: 3 }", "Z[1] Z[2] Z[3] H Z[1] | Z[2] Z[3] H" },
        { "T: 2", "- \"Z[1] = f(Z[1] + x)\"\n    - { for: i in 2..3, do: [\"Z[i] = f(Z[i - 1] + x)\"] }\n    - \"H = f(H + sum(Z))\"", "{ last_updates: 2 }", "Z[1] Z[2] | Z[3] H" },
        { "T: 2", Nested, "{ last_updates: 5 }", "L L M L L M H L L | M L L M H" },
        { "T: 2", Nested, "last_cycle", "L L M L L M H | L L M L L M H" },

        // A loop that never runs is not the last one.
        { "T: 2, n: 0", "- { repeat: T, do: [\"L = f(L + x)\", \"H = f(H + L + x)\"] }\n    - { repeat: n, do: [\"H = f(H)\"] }", "last_cycle", "L H | L H" },
    };

    [Theory]
    [MemberData(nameof(Programs))]
    public void Executed_updates(string constants, string program, string gradient, string expected)
    {
        var lowered = SpecCompiler.Lower(Text(constants, program, gradient));

        var (before, after) = (Executed(lowered, lowered.Recursion.WithoutGradient), Executed(lowered, lowered.Recursion.WithGradient));

        Assert.Equal(expected, $"{string.Join(' ', before)} | {string.Join(' ', after)}".Trim());
        Assert.Equal((before.Count + after.Count, after.Count), (lowered.Recursion.Updates, lowered.Recursion.RecordedUpdates));
    }

    /// <summary>
    /// HRM with N = T = 2 calls L, L, H, L without a gradient and L, H with it. The figure in circulation, a loop over range(N * T - 2)
    /// before the last two calls, makes one L call too few.
    /// </summary>
    [Fact]
    public void Hrm_calls_L_L_H_L_then_L_H()
    {
        var hrm = SpecCompiler.Lower(Specs.Hrm);

        Assert.Equal(["f_L", "f_L", "f_H", "f_L"], Calls(hrm.Recursion.WithoutGradient));
        Assert.Equal(["f_L", "f_H"], Calls(hrm.Recursion.WithGradient));

        // The figure, with N = T = 2: its loop runs twice, so L, L, H, and then L, H.
        string[] figure = ["f_L", "f_L", "f_H", "f_L", "f_H"];
        var all = Calls(hrm.Recursion.WithoutGradient).Concat(Calls(hrm.Recursion.WithGradient)).ToList();
        Assert.NotEqual(figure, all);
        Assert.Equal(figure.Count(c => c == "f_L") + 1, all.Count(c => c == "f_L"));
        Assert.Equal(figure.Count(c => c == "f_H"), all.Count(c => c == "f_H"));
    }

    [Fact]
    public void Trm_records_its_last_cycle()
    {
        var trm = SpecCompiler.Lower(Specs.TrmAtt);
        Assert.Equal(14, Calls(trm.Recursion.WithoutGradient).Count);
        Assert.Equal(7, Calls(trm.Recursion.WithGradient).Count);
    }

    public static TheoryData<string, string> CutPrograms() => new()
    {
        { "T: 3, n: 2", Trm },
        { "N: 5", Clocks },
        { "T: 2", Chain },
        { "T: 3", Nested },
        { "N: 6", "- { for: c in 3..N, do: [\"L = f(L + x)\", { every: 2, do: [\"H = f(H + L)\", { repeat: 2, do: [\"L = f(L + (H + x))\"] }] }] }\n    - \"H = f(H + L)\"" },
        { "T: 2", "- \"L = f(L + x)\"\n    - { repeat: T, do: [{ for: i in 1..3, do: [{ for: j in 1..3, do: [\"Z[j] = f(Z[i] + (H + x))\"] }, { every: 3, do: [\"H = f(H + sum(Z))\"] }] }] }\n    - \"L = f(L + H)\"" },
    };

    [Theory]
    [MemberData(nameof(CutPrograms))]
    public void Any_cut_executes_the_same_updates_and_ends_in_the_same_latents(string constants, string program)
    {
        var recursion = SpecCompiler.Lower(Text(constants, program, "full")).Architecture.Recursion;
        var whole = new Interpreter(recursion.Latents).Run(recursion.Body);
        var executed = whole.Executed.ToList();

        for (var cut = 0; cut <= executed.Count; cut++)
        {
            var (before, after) = GradientPartition.Split(recursion.Body, cut);
            Assert.Equal(executed.Take(cut), new Interpreter(recursion.Latents).Run(before).Executed);
            Assert.Equal(executed.Skip(cut), new Interpreter(recursion.Latents).Run(after).Executed);

            var state = whole.State;
            var hoisting = new Hoisting([]);
            whole.Restart().Run(hoisting.Apply(Simplifier.Simplify(before))).Run(hoisting.Apply(Simplifier.Simplify(after)));
            Assert.Equal(executed, whole.Executed);
            Assert.Equal(state, whole.State);
        }
    }

    [Fact]
    public void Constants_keep_their_names_through_a_cut()
    {
        var trm = SpecCompiler.Lower(Specs.TrmAtt).Recursion;
        Assert.Equal(
            "for cycle in 1..T - 1 { let injection = z_H + x; for step in 1..n { z_L = f.forward(z_L + injection) }; z_H = f.forward(z_H + z_L) }",
            Interpreter.Show(trm.WithoutGradient));
        Assert.Equal(
            "let injection2 = z_H + x; for step in 1..n { z_L = f.forward(z_L + injection2) }; z_H = f.forward(z_H + z_L)",
            Interpreter.Show(trm.WithGradient));
    }

    private static string Text(string constants, string program, string gradient)
    {
        var latents = string.Join(", ", new[] { "H", "L", "M", "Z" }.Where(l => program.Contains(l + " =", StringComparison.Ordinal) || program.Contains(l + "[", StringComparison.Ordinal))
            .Select(l => l == "Z" ? "Z: { count: 3 }" : l + ": {}"));
        return Specs.Small($"  let: {{ {constants} }}\n  latents: {{ {latents} }}\n  program:\n    {program}\n  gradient: {gradient}", "{ f: { layers: 1 } }", "H");
    }

    private static List<string> Executed(LoweredModel model, IEnumerable<Statement> statements) => new Interpreter(model.Architecture.Recursion.Latents).Run(statements).Executed;

    private static List<string> Calls(IEnumerable<Statement> statements) => [.. statements.SelectMany(s => s switch
    {
        Update { Value: Call call } => [call.Network],
        Loop loop => Enumerable.Range(0, loop.Iterations).SelectMany(_ => Calls(loop.Body)),
        _ => [],
    })];
}
