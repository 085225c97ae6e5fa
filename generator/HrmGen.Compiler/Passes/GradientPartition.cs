using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Passes;

/// <summary>Cuts a program in two: the updates before the gradient window, and those in it.</summary>
internal static class GradientPartition
{
    /// <summary>How many of the last executed updates a gradient mode records, or what is wrong with it.</summary>
    public static (int Recorded, SpecDiagnostic? Error) Window(RecursionProgram program, IReadOnlyList<Execution> executions)
    {
        const string Node = "recursion.gradient";
        switch (program.Gradient.Kind)
        {
            case GradientKind.Full:
                return (executions.Count, null);
            case GradientKind.LastUpdates:
                return program.Gradient.Updates <= executions.Count
                    ? (program.Gradient.Updates, null)
                    : (0, SpecDiagnostic.At(Rules.GradientWindow, Node,
                        $"'last_updates: {program.Gradient.Updates}' asks for more updates than the {executions.Count} that one pass executes; use 'full'"));
            case GradientKind.OneStep:
                var missing = new HashSet<Element>(executions.Select(e => e.Target));
                var recorded = 0;
                while (missing.Count > 0)
                {
                    missing.Remove(executions[executions.Count - ++recorded].Target);
                }

                return (recorded, null);
            default:
                return LastCycle(program, executions.Count) is { } cycle
                    ? (cycle, null)
                    : (0, SpecDiagnostic.At(Rules.GradientWindow, Node, "'last_cycle' records the last iteration of the outermost loop, and this program has no loop; use 'full' or 'last_updates'"));
        }
    }

    // The last iteration of the last loop at the top level, and whatever follows that loop.
    private static int? LastCycle(RecursionProgram program, int total)
    {
        var statements = program.Body.ToList();
        var at = statements.FindLastIndex(s => s is Loop { Iterations: > 0 });
        if (at < 0)
        {
            return null;
        }

        var loop = (Loop)statements[at];
        var before = statements.Take(at).Sum(s => Updates(s, 0));
        var earlier = loop.Iterations == 1 ? 0 : Updates(loop with { Last = loop.Last.Plus(-1) }, 0);
        return total - before - earlier;
    }

    /// <summary>Updates that a statement executes.</summary>
    /// <param name="statement">The statement.</param>
    /// <param name="ordinal">Which iteration of the loop around it runs, counted from 1.</param>
    public static int Updates(Statement statement, int ordinal) => statement switch
    {
        Update => 1,
        Every every => ordinal % every.Period.Value == 0 ? every.Body.Sum(s => Updates(s, ordinal)) : 0,
        Loop loop => Enumerable.Range(loop.First.Value, loop.Iterations).Sum(c => loop.Body.Sum(s => Updates(s, c - loop.Origin.Value + 1))),
        _ => 0,
    };

    /// <summary>Splits statements after a number of executed updates.</summary>
    public static (EquatableArray<Statement> Before, EquatableArray<Statement> After) Split(EquatableArray<Statement> statements, int updates)
    {
        var (before, after) = (new List<Statement>(), new List<Statement>());
        Split(statements, 0, updates, before, after);
        return (before.ToEquatableArray(), after.ToEquatableArray());
    }

    private static void Split(IEnumerable<Statement> statements, int ordinal, int updates, List<Statement> before, List<Statement> after)
    {
        foreach (var statement in statements)
        {
            var size = Updates(statement, ordinal);
            if (updates >= size && size > 0)
            {
                before.Add(statement);
            }
            else if (updates <= 0)
            {
                after.Add(statement);
            }
            else if (size > 0)
            {
                Cut(statement, ordinal, updates, before, after);
            }

            updates -= size;
        }
    }

    // The cut goes through this statement: 0 < updates < its size.
    private static void Cut(Statement statement, int ordinal, int updates, List<Statement> before, List<Statement> after)
    {
        if (statement is Every every)
        {
            Split(every.Body, ordinal, updates, before, after);
            return;
        }

        var loop = (Loop)statement;
        var counter = loop.First.Value;
        int Size() => loop.Body.Sum(s => Updates(s, counter - loop.Origin.Value + 1));
        while (updates >= Size())
        {
            updates -= Size();
            counter++;
        }

        if (counter > loop.First.Value)
        {
            before.Add(loop with { Last = loop.Last.Plus(counter - 1 - loop.Last.Value) });
        }

        if (updates > 0)
        {
            Split(Simplifier.Iteration(loop, counter), 0, updates, before, after);
            counter++;
        }

        if (counter <= loop.Last.Value)
        {
            // What is recorded always runs, so that the gradient covers what the mode says: only the part before it may end early.
            after.Add(loop with { First = loop.Last.Plus(counter - loop.Last.Value), Until = null });
        }
    }
}
