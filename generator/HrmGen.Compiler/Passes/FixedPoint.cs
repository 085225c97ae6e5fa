using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Passes;

/// <summary>
/// <c>gradient: fixed_point</c>, written out: the program as the body of a loop that ends by its residual, and behind it the last
/// update of every latent, which is what the 1-step implicit gradient records (HRM paper, section on the 1-step approximation).
/// </summary>
internal static class FixedPoint
{
    private const string Counter = "iteration";

    /// <summary>The program to compile, and how many of its last updates are recorded where the gradient mode has been decided here.</summary>
    public static (RecursionProgram Program, int? Recorded, SpecDiagnostic? Error) Unfold(RecursionProgram program)
    {
        if (program.Gradient.Kind != GradientKind.FixedPoint)
        {
            return (program, null, null);
        }

        var (executions, error) = ProgramTrace.Run(program);
        if (error is not null || executions.Count == 0)
        {
            return (program, null, error);
        }

        var (recorded, _) = GradientPartition.Window(program with { Gradient = new(GradientKind.OneStep, 0) }, executions);
        var passes = (program.Gradient.Updates - recorded) / executions.Count;
        if (passes < 1)
        {
            return (program, null, SpecDiagnostic.At(Rules.GradientWindow, "recursion.gradient.fixed_point.max_updates",
                $"One pass of this program executes {Invariant.Text(executions.Count)} updates and the gradient {Invariant.Text(recorded)} more; 'max_updates' has to allow for both: at least {Invariant.Text(executions.Count + recorded)}"));
        }

        var (_, last) = GradientPartition.Split(program.Body, executions.Count - recorded);
        var search = new Loop(null, Counter, Count.Of(1), Count.Of(passes), Count.Of(1), program.Body, new(program.Gradient.Tolerance, "recursion.gradient"));
        return (program with { Body = new Statement[] { search }.Concat(last).ToEquatableArray() }, recorded, null);
    }
}
