namespace HrmGen.Compiler.Tests.Diagnostics;

/// <summary>One row of the table of findings: the only finding of a text, its place and its words.</summary>
/// <param name="Id">The rule.</param>
/// <param name="Spec">The text, with the place marked.</param>
/// <param name="Message">The whole message.</param>
/// <param name="Set">HrmSet of the file, or null.</param>
/// <param name="Lowering">HrmLowering of the file, or null.</param>
internal sealed record DiagnosticCase(string Id, string Spec, string Message, string? Set = null, string? Lowering = null)
{
    /// <summary>A preset with lines below it.</summary>
    public static string Trm(string lines) => "hrmgen: 1\nname: M\nextends: hrmgen:trm\n" + lines + "\n";

    /// <summary>The same for HRM.</summary>
    public static string Hrm(string lines) => "hrmgen: 1\nname: M\nextends: hrmgen:hrm\n" + lines + "\n";

    /// <summary>A small written-out model with a recursion program of two latents and two networks.</summary>
    public static string Program(string lines, string gradient = "full", string latents = "{ z_H: {}, z_L: {} }", string networks = "{ f: { layers: 1 }, g: { layers: 1 } }") =>
        Support.Specs.Small($"  let: {{ T: 2, n: 3 }}\n  latents: {latents}\n  program:\n{lines}\n  gradient: {gradient}", networks);

    /// <summary>One equation beside one that keeps the rest of the model in use.</summary>
    public static string Equation(string yaml) => Program($"    - {yaml}\n    - \"z_L = g(z_L + x)\"\n    - \"z_H = f(z_H + z_L)\"");
}
