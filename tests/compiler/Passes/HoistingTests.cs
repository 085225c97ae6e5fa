using HrmGen.Compiler.Model;
using HrmGen.Compiler.Tests.Support;

namespace HrmGen.Compiler.Tests.Passes;

/// <summary>What moves in front of a loop, and what stays.</summary>
public sealed class HoistingTests
{
    public static TheoryData<string, string, string> Programs() => new()
    {
        // The published form: z_H + x is written in parentheses and the loop does not change it.
        { "repeat: n, do: [\"L = f(L + (H + x))\"]", "", "let injection = H + x; for cycle in 1..n { L = f.forward(L + injection) }" },

        // Without the parentheses it is no subtree: moving it would change the order of the additions.
        { "repeat: n, do: [\"L = f(L + H + x)\"]", "", "for cycle in 1..n { L = f.forward(L + H + x) }" },
        { "repeat: n, do: [\"L = f(H + x)\"]", "", "let injection = H + x; for cycle in 1..n { L = f.forward(injection) }" },

        // A latent that the loop changes stays, directly and further in.
        { "repeat: n, do: [\"L = f((L + x) + H)\"]", "", "for cycle in 1..n { L = f.forward((L + x) + H) }" },
        { "repeat: n, do: [\"L = f(L + (H + x))\", \"H = f(H + L)\"]", "", "for cycle in 1..n { L = f.forward(L + (H + x)); H = f.forward(H + L) }" },
        { "repeat: n, do: [\"L = f(L + (H + x))\", { every: 2, do: [\"H = f(H + L)\"] }]", "", "for cycle in 1..n { L = f.forward(L + (H + x)); every 2 { H = f.forward(H + L) } }" },
        { "repeat: n, do: [\"L = f(L + ((H + x) + L))\"]", "", "let injection = H + x; for cycle in 1..n { L = f.forward(L + (injection + L)) }" },

        // Calls and noise run as often as the spec says; what they are given may move.
        { "repeat: n, do: [\"L = f(L + f(H + x))\"]", "", "let injection = H + x; for cycle in 1..n { L = f.forward(L + f.forward(injection)) }" },
        { "repeat: n, do: [\"L = f(L + (x + noise(0.5)))\"]", "", "for cycle in 1..n { L = f.forward(L + (x + 0.5 * randn_like(x))) }" },

        // A factor counts as written apart; a bare latent or x costs nothing and stays.
        { "repeat: n, do: [\"L = f(L + 0.5 * x)\"]", "", "let injection = 0.5 * x; for cycle in 1..n { L = f.forward(L + injection) }" },
        { "repeat: n, do: [\"L = f(0.5 * (L + x))\"]", "", "for cycle in 1..n { L = f.forward(0.5 * (L + x)) }" },
        { "repeat: n, do: [\"L = f(L + sum(Z))\"]", "", "let injection = Latent.Sum(Z); for cycle in 1..n { L = f.forward(L + injection) }" },
        { "for: i in 1..n, do: [\"Z[i] = f(sum(Z) + (H + x))\"]", "", "let injection = H + x; for i in 1..n { Z[i - 1] = f.forward(Latent.Sum(Z) + injection) }" },
        { "for: i in 1..n, do: [\"L = f(L + (Z[i] + x))\"]", "", "for i in 1..n { L = f.forward(L + (Z[i - 1] + x)) }" },
        { "repeat: n, do: [\"L = f(L + (Z[2] + x))\"]", "", "let injection = Z[1] + x; for cycle in 1..n { L = f.forward(L + injection) }" },

        // Equal subtrees share one value; different ones have names of their own.
        { "repeat: n, do: [\"L = f(L + (H + x))\", \"M = f(M + (H + x))\"]", "", "let injection = H + x; for cycle in 1..n { L = f.forward(L + injection); M = f.forward(M + injection) }" },
        { "repeat: n, do: [\"L = f(L + (H + x))\", \"M = f(M + (x + H))\"]", "",
            "let injection = H + x; let injection2 = x + H; for cycle in 1..n { L = f.forward(L + injection); M = f.forward(M + injection2) }" },

        // As far out as nothing changes it.
        { "repeat: T, do: [{ repeat: n, do: [\"L = f(L + (H + x))\"] }, \"M = f(M + L)\"]", "",
            "let injection = H + x; for cycle in 1..T { for step in 1..n { L = f.forward(L + injection) }; M = f.forward(M + L) }" },
        { "repeat: T, do: [{ repeat: n, do: [\"L = f(L + (H + x))\"] }, \"H = f(H + L)\"]", "",
            "for cycle in 1..T { let injection = H + x; for step in 1..n { L = f.forward(L + injection) }; H = f.forward(H + L) }" },

        // A name of the spec's own is not taken twice.
        { "repeat: n, do: [\"L = f(L + (injection + x))\"]", "injection", "let injection2 = injection + x; for cycle in 1..n { L = f.forward(L + injection2) }" },
        { "for: injection in 1..n, do: [\"L = f(L + (H + x))\"]", "", "let injection2 = H + x; for injection in 1..n { L = f.forward(L + injection2) }" },
    };

    [Theory]
    [MemberData(nameof(Programs))]
    public void Program(string statement, string extraLatent, string expected)
    {
        var latents = "{ H: {}, L: {}, M: {}, Z: { count: 3 }" + (extraLatent.Length > 0 ? $", {extraLatent}: {{}}" : "") + " }";
        var uses = "\"H = f(H + L + M + sum(Z)" + (extraLatent.Length > 0 ? " + " + extraLatent : "") + " + x)\"";
        var lowered = SpecCompiler.Lower(Specs.Small(
            $"  let: {{ T: 2, n: 3 }}\n  latents: {latents}\n  program:\n    - {{ {statement} }}\n    - {uses}\n  gradient: full", "{ f: { layers: 1 } }", "H"));

        var shown = Interpreter.Show(lowered.Recursion.WithGradient);

        Assert.StartsWith(expected + "; H = f.forward(", shown, StringComparison.Ordinal);

        // Moved or not, the same operations in the same order.
        var interpreter = new Interpreter(lowered.Architecture.Recursion.Latents).Run(lowered.Architecture.Recursion.Body);
        var state = interpreter.State;
        Assert.Equal(state, interpreter.Restart().Run(lowered.Recursion.WithGradient).State);
    }

    [Fact]
    public void Each_part_hoists_for_itself()
    {
        // The recorded part needs a sum that autograd saw; the detached one must not share it.
        var hrm = SpecCompiler.Lower(Specs.TrmAtt.Replace("TrmAtt", "M", StringComparison.Ordinal) + "recursion: { let: { T: 2 } }\n").Recursion;
        Assert.Equal(["injection"], Hoists(hrm.WithoutGradient));
        Assert.Equal(["injection2"], Hoists(hrm.WithGradient));
    }

    private static IEnumerable<string> Hoists(IEnumerable<Statement> statements) => statements.SelectMany(s => s switch
    {
        Hoist hoist => [hoist.Name],
        Loop loop => Hoists(loop.Body),
        _ => [],
    });
}
