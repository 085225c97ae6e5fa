using static HrmGen.Compiler.Tests.Diagnostics.DiagnosticCase;

namespace HrmGen.Compiler.Tests.Diagnostics;

/// <summary>The recursion program: equations, statements and what they use.</summary>
internal static class EquationCases
{
    private const string Rest = "\n    - \"z_L = g(z_L + x)\"\n    - \"z_H = f(z_H + z_L)\"";

    private const string Indexed = "{ z_H: {}, z_L: { count: n } }";

    public static IEnumerable<DiagnosticCase> All { get; } =
    [
        // The caret inside the string, for every way to write one.
        new("HRM0020", Equation("z_H = f(z_H + [|)|]"), "A latent, x, a network call or '(' is expected here"),
        new("HRM0020", Equation("\"z_H = f(z_H [|?|] x)\""), "Unexpected character '?'"),
        new("HRM0020", Equation("'z_H = f(z_H [|-|] x)'"), "There is no '-' between terms; write '+ -1 * term'"),
        new("HRM0020", Equation("\"z_H [|f|](z_H + x)\""), "'=' is expected here: an equation has the form 'latent = value'"),
        new("HRM0020", Equation("\"z_H = f(z_H + x[|\"|]"), "')' is expected here: this call is not closed"),
        new("HRM0020", Equation("\"z_H = f(x) [|f|](x)\""), "'f' is not expected here"),
        new("HRM0020", Equation("\"z_H = 0.5 [|z_H|]\""), "'*' is expected here: a number stands in front of a term, as in '0.5 * z_H'"),
        new("HRM0020", Equation("\"z_H = f(x + noise([|0|]))\""), "The standard deviation of noise is above 0"),
        new("HRM0020", Equation("\"z_H = z_H + [|f|]\""), "'f' is a network: call it, as in 'f(x)'"),
        new("HRM0020", Equation("\"z_H = f(x) [|\uD83D|]\uDE00\""), "Unexpected character 'U+D83D'"),
        new("HRM0020", Trm("act: { halt_when: \"q_halt [|<|] 0\" }"), "'>' is expected here: 'halt_when' is 'q_halt > q_continue', 'q_halt > 0' (or another number), 'residual < 1e-2', or 'never'"),
        new("HRM0020", Program("    - { for: i [|of|] 1..n, do: [\"z_H = f(z_L + x)\"] }" + Rest), "'for' has the form 'i in 1..n'"),
        new("HRM0020", Trm("recursion: { let: { T: 2 [|/|] 1 } }"), "Unexpected character '/'"),

        // Text that the file does not hold verbatim: the whole value.
        new("HRM0020", Equation("[|>-\n      z_H = f(z_H\n      ? x)|]"), "Unexpected character '?'"),
        new("HRM0020", Equation("[|\"z_H = f(z_H \\x3f x)\"|]"), "Unexpected character '?'"),

        new("HRM0021", Equation("\"z_H = f([|z_M|] + x)\""), "There is no latent 'z_M' (did you mean 'z_H'?)"),
        new("HRM0021", Equation("\"[|y|] = f(x)\""), "There is no latent 'y'"),
        new("HRM0021", Equation("\"z_H = [|h|](x)\""), "There is no network 'h' (did you mean 'f'?)"),
        new("HRM0021", Hrm("recursion: { program: [\"z_L = f_L(z_L + x)\", \"z_H = [|f_K|](z_H + z_L)\"] }"), "There is no network 'f_K' (did you mean 'f_H'?)"),
        new("HRM0021", Program("    - { repeat: [|m|], do: [\"z_H = f(z_L + x)\"] }" + Rest), "There is no constant 'm' (did you mean 'T'?)"),
        new("HRM0021", Trm("heads: { logits: [|z_Q|] }"), "There is no latent 'z_Q' (did you mean 'z_H'?)"),
        new("HRM0021", Trm("act: { halt_when: [|q_hlt|] > 0 }"), "There is no halting output 'q_hlt' (did you mean 'q_halt'?)"),

        // Indices count from 1 to the count, by themselves and through loop variables.
        new("HRM0022", Program("    - \"[|z_L|][4] = f(x)\"\n    - \"z_H = g(z_H + sum(z_L))\"", latents: Indexed), "'z_L' has the elements 1 to 3; this reaches 4"),
        new("HRM0022", Program("    - \"[|z_L|][0] = f(x)\"\n    - \"z_H = g(z_H + sum(z_L))\"", latents: Indexed), "'z_L' has the elements 1 to 3; this reaches 0"),
        new("HRM0022", Program("    - \"[|z_L|][n + 1] = f(x)\"\n    - \"z_H = g(z_H + sum(z_L))\"", latents: Indexed), "'z_L' has the elements 1 to 3; this reaches 4"),
        new("HRM0022", Program("    - { for: i in 1..n, do: [[|\"z_L[i + 1] = f(z_L[i] + x)\"|]] }\n    - \"z_H = g(z_H + sum(z_L))\"", latents: Indexed), "'z_L' has the elements 1 to 3; this reaches 4"),
        new("HRM0022", Program("    - { for: i in 0..2, do: [[|\"z_L[i] = f(x)\"|]] }\n    - \"z_H = g(z_H + sum(z_L))\"", latents: Indexed), "'z_L' has the elements 1 to 3; this reaches 0"),

        new("HRM0023", Program("    - \"z_L[1] = f([|z_L|] + x)\"\n    - \"z_H = g(z_H + sum(z_L))\"", latents: Indexed), "'z_L' has 3 elements: name one, as in 'z_L[1]', or take 'sum(z_L)'"),
        new("HRM0023", Equation("\"[|z_H|][1] = f(x)\""), "'z_H' is a single latent: it takes no index"),
        new("HRM0023", Equation("\"z_H = f(sum([|z_L|]) + x)\""), "'z_L' is a single latent: there is nothing to sum"),

        new("HRM0024", Trm("networks: { [|g|]: { layers: 2 } }"), "The network 'g' is declared but no equation calls it; call it, or remove it"),
        new("HRM0025", Trm("recursion: { latents: { [|z_M|]: {} } }"), "The latent 'z_M' is declared but no equation names it; use it, or remove it"),

        new("HRM0026", Trm("recursion: { program: [|[]|] }"), "This is a list of statements: '- \"z_H = f(z_H + z_L)\"', or '- { repeat: n, do: [...] }'"),
        new("HRM0026", Program("    - [|{ repeat: T, every: 2, do: [\"z_H = f(z_L + x)\"] }|]" + Rest), "A statement has one of 'repeat', 'for' and 'every', and 'do'"),
        new("HRM0026", Program("    - [|{ repeat: T }|]" + Rest), "A statement has one of 'repeat', 'for' and 'every', and 'do'"),
        new("HRM0026", Program("    - [|[z_H, z_L]|]" + Rest), "A statement is an equation, or a mapping with 'repeat', 'for' or 'every' and 'do'"),
        new("HRM0026", Trm("recursion: { let: { T: 0 }, [|program|]: [{ repeat: T, do: [\"z_L = f(z_L + x)\", \"z_H = f(z_H + z_L)\"] }] }"), "No update of this program ever runs: every loop has a count of 0"),

        new("HRM0027", Program("    - { [|every|]: 2, do: [\"z_H = f(z_L + x)\"] }" + Rest), "'every' counts the iterations of the loop around it; there is none here"),
        new("HRM0062", Program("    - { for: i in 1..2, [|until|]: residual < 0.1, do: [\"z_H = f(z_L + x)\"] }" + Rest), "'until' belongs to 'repeat', whose count is then the most that it does; 'for' has no such limit"),
        new("HRM0062", Program("    - { repeat: 9, until: residual < 0.1, do: [\"z_H = f(z_L + x)\", { [|every|]: 2, do: [\"z_L = f(z_L + x)\"] }] }" + Rest), "'every' counts the iterations of the loop around it, and that loop ends by its residual: put a 'repeat' between them"),
        new("HRM0021", Program("    - { repeat: 9, until: [|residue|] < 0.1, do: [\"z_H = f(z_L + x)\"] }" + Rest), "There is no measure of a loop 'residue' (did you mean 'residual'?)"),
        new("HRM0020", Program("    - { repeat: 9, until: residual [|>|] 0.1, do: [\"z_H = f(z_L + x)\"] }" + Rest), "'<' is expected here: 'until' is a condition, as in 'residual < 1e-3'"),
        new("HRM0013", Program("    - { repeat: 9, until: residual < [|0|], do: [\"z_H = f(z_L + x)\"] }" + Rest), "'residual' takes a number above 0; it is 0.0"),
        new("HRM0032", Trm("recursion: { gradient: { fixed_point: { tolerance: 0.1, max_updates: [|22|] } } }"), "One pass of this program executes 21 updates and the gradient 2 more; 'max_updates' has to allow for both: at least 23"),
        new("HRM0045", Trm("recursion: { gradient: { fixed_point: { tolerance: 0.1, max_updates: 50 }, [|last_updates|]: 3 } }"), "'last_updates' and 'fixed_point' both say what the gradient covers; set one of them to null"),
        new("HRM0011", Trm("recursion: { [|gradient|]: {} }"), "Recursion.gradient needs the key 'last_updates': or 'fixed_point'"),
        new("HRM0028", Trm("[|recursion|]: { let: { T: 5000, n: 6 } }"), "One pass of this program executes more than 20000 updates; lower the loop counts"),
        new("HRM0029", Program("    - [|\"z_H = g(x)\"|]\n    - \"z_L = g(z_L + x)\"\n    - \"z_H = f(z_L + x)\""), "The value that this update gives 'z_H' is overwritten before anything reads it; it is left out of the emitted code"),
        new("HRM0005", Equation("\"z_H = " + new string('(', 31) + "f([|z|]_H + x)" + new string(')', 31) + "\""), "An equation nests at most 32 parentheses"),
    ];
}
