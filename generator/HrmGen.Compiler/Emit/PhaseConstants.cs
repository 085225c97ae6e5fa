using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Emit;

/// <summary>Constants that change over training: each phase's method declares those that it names.</summary>
internal static class PhaseConstants
{
    /// <summary>The declarations of one phase.</summary>
    /// <param name="model">The model.</param>
    /// <param name="program">The program with the phase's constants.</param>
    /// <param name="lines">The method's code.</param>
    public static IEnumerable<string> Of(LoweredModel model, RecursionProgram program, string[] lines) =>
        program.Constants.Where(c => Moves(model, c.Name) && Uses(lines, c.Name)).Select(c => $"const int {c.Name} = {Invariant.Text(c.Value)};");

    private static bool Moves(LoweredModel model, string constant) =>
        model.Architecture.Earlier.Select(e => e.Program).Append(model.Architecture.Recursion).Select(p => p.Constants.First(c => c.Name == constant).Value).Distinct().Count() > 1;

    // Whether the code, its comments aside, names a constant.
    private static bool Uses(IEnumerable<string> lines, string name) => lines.Any(line =>
    {
        var code = line.Contains("//") ? line.Substring(0, line.IndexOf("//", StringComparison.Ordinal)) : line;
        return code.Split(' ', '(', ')', '[', ']', ';', ',', '.').Contains(name);
    });
}
