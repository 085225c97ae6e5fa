using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Tests.Support;

namespace HrmGen.Compiler.Tests.Passes;

/// <summary>Updates that nothing reads are left out and reported; all others stay.</summary>
public sealed class LivenessTests
{
    public static TheoryData<string, string, int> Programs() => new()
    {
        // Overwritten unread.
        { "- \"L = f(x)\"\n    - \"L = f(H + x)\"\n    - \"H = f(H + L)\"", "L = f.forward(H + x); H = f.forward(H + L)", 1 },

        // The value that a dead update read is dead with it.
        { "- \"M = f(x)\"\n    - \"L = f(M)\"\n    - \"L = f(H + x)\"\n    - \"M = f(L)\"\n    - \"H = f(H + L)\"", "L = f.forward(H + x); M = f.forward(L); H = f.forward(H + L)", 2 },

        // Read before it is overwritten, by itself too.
        { "- \"L = f(x)\"\n    - \"L = f(L + x)\"\n    - \"H = f(H + L)\"", "L = f.forward(x); L = f.forward(L + x); H = f.forward(H + L)", 0 },

        // The last value is carried to the next supervision step.
        { "- \"H = f(H + x)\"\n    - \"L = f(H)\"", "H = f.forward(H + x); L = f.forward(H)", 0 },

        // Dead in every iteration but the last: it stays, the statement is one.
        { "- { repeat: T, do: [\"L = f(x)\"] }\n    - \"H = f(H + L)\"", "for cycle in 1..T { L = f.forward(x) }; H = f.forward(H + L)", 0 },

        // Dead in every iteration: it goes, and a loop that is left empty goes too.
        { "- { repeat: T, do: [\"L = f(H)\"] }\n    - \"L = f(x)\"\n    - \"H = f(H + L)\"", "L = f.forward(x); H = f.forward(H + L)", 1 },
        { "- { repeat: T, do: [\"H = f(H + x)\", { every: 2, do: [\"L = f(H)\"] }] }\n    - \"L = f(H + x)\"", "for cycle in 1..T { H = f.forward(H + x) }; L = f.forward(H + x)", 1 },

        // Elements are apart, and sum reads them all.
        { "- \"Z[1] = f(x)\"\n    - \"Z[2] = f(x)\"\n    - \"Z[1] = f(H + x)\"\n    - \"H = f(H + sum(Z))\"", "Z[1] = f.forward(x); Z[0] = f.forward(H + x); H = f.forward(H + Latent.Sum(Z))", 1 },
        { "- \"Z[1] = f(x)\"\n    - \"H = f(H + sum(Z))\"\n    - \"Z[1] = f(H)\"", "Z[0] = f.forward(x); H = f.forward(H + Latent.Sum(Z)); Z[0] = f.forward(H)", 0 },
    };

    [Theory]
    [MemberData(nameof(Programs))]
    public void Program(string program, string expected, int warnings)
    {
        var latents = string.Join(", ", new[] { "H: {}", "L: {}", "M: {}", "Z: { count: 2 }" }.Where(l => program.Contains(l[0], StringComparison.Ordinal)));
        var compiled = SpecCompiler.Compile(Specs.Small(
            $"  let: {{ T: 2 }}\n  latents: {{ {latents} }}\n  program:\n    {program}\n  gradient: full", "{ f: { layers: 1 } }", "H"));

        Assert.Equal(expected, Interpreter.Show(compiled.Model!.Recursion.WithGradient));
        Assert.Equal(Enumerable.Repeat("HRM0029", warnings), compiled.Diagnostics.Select(d => d.Rule.Id));
        Assert.All(compiled.Diagnostics, d => Assert.Equal(Severity.Warning, d.Rule.Severity));

        var (latentsOf, body) = (compiled.Model.Architecture.Recursion.Latents, compiled.Model.Architecture.Recursion.Body);
        var interpreter = new Interpreter(latentsOf).Run(body);
        var state = interpreter.State;
        Assert.Equal(state, interpreter.Restart().Run(compiled.Model.Recursion.WithGradient).State);
    }
}
