using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Passes;

/// <summary>
/// Which latent each network call of a pass updates, as text: <c>6 z_L, z_H, 6 z_L, z_H</c>. With it the runtime names what it sees of a
/// network, so the emitted recursion needs no code for observers.
/// </summary>
internal static class UpdateOrder
{
    /// <summary>
    /// The text; empty where calls and updates do not go in step: an update that is not one call (<c>z = f(z) + noise(0.1)</c>), or a
    /// number of iterations that is known only when they have run.
    /// </summary>
    public static string Of(RecursionProgram program)
    {
        var (executions, error) = ProgramTrace.Run(program);
        if (error is not null || program.Gradient.Kind == GradientKind.FixedPoint || EndsEarly(program.Body)
            || executions.Any(e => e.Update.Value is not Call || e.Calls.Count != 1))
        {
            return "";
        }

        var runs = new List<(string Name, int Count)>();
        foreach (var target in executions.Select(e => e.Target))
        {
            var name = program[target.Latent].Count is null ? target.Latent : target.Latent + Invariant.Text(target.Index);
            if (runs.Count > 0 && runs[runs.Count - 1] is var (last, count) && last == name)
            {
                runs[runs.Count - 1] = (name, count + 1);
            }
            else
            {
                runs.Add((name, 1));
            }
        }

        return string.Join(", ", runs.Select(r => r.Count == 1 ? r.Name : Invariant.Text(r.Count) + " " + r.Name));
    }

    private static bool EndsEarly(IEnumerable<Statement> statements) => statements.Any(s => s switch
    {
        Loop loop => loop.Until is not null || EndsEarly(loop.Body),
        Every every => EndsEarly(every.Body),
        _ => false,
    });
}
