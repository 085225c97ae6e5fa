using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Passes;

/// <summary>One element of a latent: 1 for a plain latent.</summary>
internal readonly record struct Element(string Latent, int Index);

/// <summary>One executed update: the statement, what it wrote and what it read.</summary>
internal sealed record Execution(Update Update, Element Target, IReadOnlyList<Element> Reads, bool ReadsInput, IReadOnlyList<string> Calls);

/// <summary>Runs a program on names alone: every loop count is a constant, so the executed updates are known at build time.</summary>
internal sealed class ProgramTrace
{
    /// <summary>Updates of one pass at most.</summary>
    public const int MaxUpdates = 20_000;

    /// <summary>Reads of latents and calls of networks of one pass at most. So many calls of 1024 layers still fit 32 bits.</summary>
    public const int MaxReads = 500_000;

    private const int MaxIterations = 200_000;

    private readonly RecursionProgram program;
    private readonly Dictionary<string, int> variables = new(StringComparer.Ordinal);
    private readonly List<Execution> executions = [];
    private int iterations;
    private int read;

    private ProgramTrace(RecursionProgram program) => this.program = program;

    /// <summary>The executed updates in order, or a finding: an index out of bounds, or a program that is too long.</summary>
    public static (IReadOnlyList<Execution> Executions, SpecDiagnostic? Error) Run(RecursionProgram program)
    {
        var trace = new ProgramTrace(program);
        var error = trace.Walk(program.Body, ordinal: 0);
        return (trace.executions, error);
    }

    private SpecDiagnostic? Walk(EquatableArray<Statement> statements, int ordinal)
    {
        foreach (var statement in statements)
        {
            if (Step(statement, ordinal) is { } error)
            {
                return error;
            }
        }

        return null;
    }

    private SpecDiagnostic? Step(Statement statement, int ordinal)
    {
        switch (statement)
        {
            case Update update:
                return Execute(update);
            case Every every:
                return ordinal % every.Period.Value == 0 ? Walk(every.Body, ordinal) : null;
            case Loop loop:
                for (var counter = loop.First.Value; counter <= loop.Last.Value; counter++)
                {
                    if (++iterations > MaxIterations)
                    {
                        return TooLong();
                    }

                    if (loop.Variable is { } variable)
                    {
                        variables[variable] = counter;
                    }

                    if (Walk(loop.Body, counter - loop.Origin.Value + 1) is { } error)
                    {
                        return error;
                    }
                }

                return null;
            default:
                throw new InvalidOperationException($"A {statement.GetType().Name} is not traced");
        }
    }

    private SpecDiagnostic? Execute(Update update)
    {
        if (executions.Count >= MaxUpdates)
        {
            return TooLong();
        }

        var (reads, calls, readsInput) = (new List<Element>(), new List<string>(), false);
        var error = Read(update.Value, update.Node, reads, calls, ref readsInput) ?? Resolve(update.Target, update.Node, out _);
        if (error is not null)
        {
            return error;
        }

        read += reads.Count + calls.Count;
        if (read > MaxReads)
        {
            return SpecDiagnostic.AtKey(Rules.TooLarge, "recursion.program", $"One pass of this program reads and calls more than {MaxReads} times; lower the loop counts, or shorten the equations");
        }

        _ = Resolve(update.Target, update.Node, out var target);
        executions.Add(new(update, target, reads, readsInput, calls));
        return null;
    }

    private SpecDiagnostic? Read(Expression expression, string node, List<Element> reads, List<string> calls, ref bool input)
    {
        switch (expression)
        {
            case Input:
                input = true;
                return null;
            case ReadLatent read:
                var error = Resolve(read.Latent, node, out var element);
                reads.Add(element);
                return error;
            case SumElements sum:
                reads.AddRange(Enumerable.Range(1, program[sum.Latent].Elements).Select(i => new Element(sum.Latent, i)));
                return null;
            case Scale scale:
                return Read(scale.Term, node, reads, calls, ref input);
            case Call call:
                calls.Add(call.Network);
                return Read(call.Argument, node, reads, calls, ref input);
            case Sum sum:
                foreach (var term in sum.Terms)
                {
                    if (Read(term, node, reads, calls, ref input) is { } inner)
                    {
                        return inner;
                    }
                }

                return null;
            default:
                return null;
        }
    }

    private SpecDiagnostic? Resolve(LatentRef latent, string node, out Element element)
    {
        var index = latent.Index switch
        {
            null => 1,
            { Variable: { } variable, Offset: var offset } => variables[variable] + offset,
            { Constant: { } constant } => constant.Value,
            _ => 0,
        };
        element = new(latent.Name, index);
        var elements = program[latent.Name].Elements;
        return index >= 1 && index <= elements ? null : SpecDiagnostic.At(Rules.IndexOutOfRange, node, latent.Name, elements, index);
    }

    private static SpecDiagnostic TooLong() => SpecDiagnostic.AtKey(Rules.ProgramTooLong, "recursion.program", MaxUpdates);
}
