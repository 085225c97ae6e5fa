using HrmGen.Compiler.Tests.Support;

namespace HrmGen.Compiler.Tests.Passes;

/// <summary>Control flow that decides nothing is resolved.</summary>
public sealed class SimplifierTests
{
    [Theory]
    [InlineData("repeat: 0, do: [\"L = f(L)\"]", "")]
    [InlineData("repeat: 1, do: [\"L = f(L + x)\"]", "L = f.forward(L + x); ")]
    [InlineData("repeat: T, do: [\"L = f(L + x)\"]", "for cycle in 1..T { L = f.forward(L + x) }; ")]
    [InlineData("for: i in 2..2, do: [\"Z[i] = f(Z[i - 1] + x)\"]", "Z[1] = f.forward(Z[0] + x); ")]
    [InlineData("for: i in n..n, do: [\"Z[i] = f(Z[i - 1] + x)\"]", "Z[n - 1] = f.forward(Z[n - 2] + x); ")]
    [InlineData("for: i in 3..2, do: [\"L = f(L)\"]", "")]
    [InlineData("repeat: T, do: [{ every: 1, do: [\"L = f(L + x)\"] }]", "for cycle in 1..T { L = f.forward(L + x) }; ")]
    [InlineData("repeat: T, do: [\"L = f(L + x)\", { every: 3, do: [\"H = f(H)\"] }]", "for cycle in 1..T { L = f.forward(L + x) }; ")]
    [InlineData("repeat: T, do: [{ every: 3, do: [\"L = f(L)\"] }]", "")]
    [InlineData("repeat: 1, do: [{ every: 1, do: [\"L = f(L + x)\"] }, { every: 2, do: [\"L = f(L)\"] }]", "L = f.forward(L + x); ")]
    [InlineData("repeat: T, do: [{ repeat: 1, do: [{ repeat: n, do: [\"L = f(L + x)\"] }] }]", "for cycle in 1..T { for substep in 1..n { L = f.forward(L + x) } }; ")]
    [InlineData("repeat: 4, do: [{ every: 2, do: [\"L = f(L + x)\"] }]", "for cycle in 1..4 { every 2 { L = f.forward(L + x) } }; ")]
    public void Statement(string statement, string expected)
    {
        var lowered = SpecCompiler.Lower(Specs.Small(
            $"  let: {{ T: 2, n: 3 }}\n  latents: {{ H: {{}}, L: {{}}, Z: {{ count: n }} }}\n  program:\n    - {{ {statement} }}\n    - \"H = f(H + L + sum(Z) + x)\"\n  gradient: full",
            "{ f: { layers: 1 } }", "H"));
        Assert.Equal(expected + "H = f.forward(H + L + Latent.Sum(Z) + x)", Interpreter.Show(lowered.Recursion.WithGradient));
    }
}
