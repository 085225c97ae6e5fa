using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Passes;

/// <summary>Finds updates whose value nothing reads: overwritten before the next read, in every iteration that runs them.</summary>
/// <remarks>Every latent is carried to the next supervision step, so its last value always counts as read.</remarks>
internal static class Liveness
{
    /// <summary>The statements that never matter.</summary>
    /// <param name="executions">The executed updates.</param>
    /// <param name="body">The statements: what a loop with an 'until' updates counts as read by its residual.</param>
    public static HashSet<string> DeadUpdates(IReadOnlyList<Execution> executions, IEnumerable<Statement> body)
    {
        var measured = new HashSet<string>(Measured(body, false), StringComparer.Ordinal);
        var written = new HashSet<Element>();
        var live = new HashSet<string>(StringComparer.Ordinal);
        for (var i = executions.Count - 1; i >= 0; i--)
        {
            var execution = executions[i];
            if (!written.Add(execution.Target) && !measured.Contains(execution.Update.Node))
            {
                continue;
            }

            live.Add(execution.Update.Node);
            foreach (var read in execution.Reads)
            {
                written.Remove(read);
            }
        }

        return new(executions.Select(e => e.Update.Node).Where(n => !live.Contains(n)), StringComparer.Ordinal);
    }

    private static IEnumerable<string> Measured(IEnumerable<Statement> statements, bool inside) => statements.SelectMany(s => s switch
    {
        Update update when inside => [update.Node],
        Loop loop => Measured(loop.Body, inside || loop.Until is not null),
        Every every => Measured(every.Body, inside),
        _ => [],
    });

    /// <summary>The statements without the dead ones, and without loops that are left empty.</summary>
    public static EquatableArray<Statement> Remove(EquatableArray<Statement> statements, HashSet<string> dead)
    {
        if (dead.Count == 0)
        {
            return statements;
        }

        var kept = new List<Statement>();
        foreach (var statement in statements)
        {
            switch (statement)
            {
                case Update update when dead.Contains(update.Node):
                    break;
                case Loop loop when Remove(loop.Body, dead) is { Count: > 0 } body:
                    kept.Add(loop with { Body = body });
                    break;
                case Every every when Remove(every.Body, dead) is { Count: > 0 } body:
                    kept.Add(every with { Body = body });
                    break;
                case Update:
                    kept.Add(statement);
                    break;
            }
        }

        return kept.ToEquatableArray();
    }
}
