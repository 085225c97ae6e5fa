using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Passes;

/// <summary>Moves sums that a loop does not change in front of it: <c>z_H + x</c> out of the z_L updates.</summary>
/// <remarks>
/// Only subtrees that the spec wrote as such move, in parentheses or behind a factor: the order of every addition stays as
/// written, so the forward pass keeps its bits. A network call never moves, and noise is drawn anew each time.
/// </remarks>
internal sealed class Hoisting(IEnumerable<string> takenNames)
{
    private readonly HashSet<string> taken = new(takenNames, StringComparer.Ordinal);
    private int names;

    /// <summary>Hoists out of every loop of the statements, out of the outermost one first.</summary>
    public EquatableArray<Statement> Apply(EquatableArray<Statement> statements)
    {
        var result = new List<Statement>();
        foreach (var statement in statements)
        {
            result.AddRange(statement switch
            {
                Loop loop => Out(loop),
                Every every => [every with { Body = Apply(every.Body) }],
                _ => [statement],
            });
        }

        return result.ToEquatableArray();
    }

    private IEnumerable<Statement> Out(Loop loop)
    {
        var changed = new HashSet<string>(Targets(loop.Body), StringComparer.Ordinal);
        var hoisted = new Hoists();
        var body = loop.Body.Select(s => Rewrite(s, changed, hoisted)).ToEquatableArray();
        return [.. hoisted.InOrder, loop with { Body = Apply(body) }];
    }

    private static IEnumerable<string> Targets(IEnumerable<Statement> statements) => statements.SelectMany(s => s switch
    {
        Update update => [update.Target.Name],
        Loop loop => Targets(loop.Body),
        Every every => Targets(every.Body),
        _ => [],
    });

    private Statement Rewrite(Statement statement, HashSet<string> changed, Hoists hoisted) => statement switch
    {
        // The root of an update is its value, not a part of it: hoisting that would leave a loop that does nothing.
        Update update => update with { Value = Inside(update.Value, changed, hoisted) },
        Loop loop => loop with { Body = loop.Body.Select(s => Rewrite(s, changed, hoisted)).ToEquatableArray() },
        Every every => every with { Body = every.Body.Select(s => Rewrite(s, changed, hoisted)).ToEquatableArray() },
        _ => statement,
    };

    private Expression Rewrite(Expression expression, HashSet<string> changed, Hoists hoisted)
    {
        if (expression is Sum or Scale or SumElements && IsInvariant(expression, changed))
        {
            if (!hoisted.Known.TryGetValue(expression, out var name))
            {
                hoisted.Known[expression] = name = NewName();
                hoisted.InOrder.Add(new(name, expression));
            }

            return new ReadHoisted(name, expression);
        }

        return Inside(expression, changed, hoisted);
    }

    private Expression Inside(Expression expression, HashSet<string> changed, Hoists hoisted) => expression switch
    {
        Sum sum => new Sum(sum.Terms.Select(t => Rewrite(t, changed, hoisted)).ToEquatableArray()),
        Scale scale => scale with { Term = Rewrite(scale.Term, changed, hoisted) },
        Call call => call with { Argument = Rewrite(call.Argument, changed, hoisted) },
        _ => expression,
    };

    private static bool IsInvariant(Expression expression, HashSet<string> changed) => expression switch
    {
        Input or ReadHoisted => true,
        ReadLatent { Latent: var latent } => !changed.Contains(latent.Name) && latent.Index?.Variable is null,
        SumElements sum => !changed.Contains(sum.Latent),
        Sum sum => sum.Terms.All(t => IsInvariant(t, changed)),
        Scale scale => IsInvariant(scale.Term, changed),
        _ => false,
    };

    // The official code calls what is added to a network's input its input injection.
    private string NewName()
    {
        while (true)
        {
            var name = ++names == 1 ? "injection" : "injection" + Invariant.Text(names);
            if (taken.Add(name))
            {
                return name;
            }
        }
    }

    // What moves in front of one loop; a program can have many thousands.
    private sealed class Hoists
    {
        public Dictionary<Expression, string> Known { get; } = [];

        public List<Hoist> InOrder { get; } = [];
    }
}
