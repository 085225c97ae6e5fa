using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Passes;

/// <summary>Removes control flow that decides nothing: loops of one or no iteration, <c>every</c> that always or never holds.</summary>
internal static class Simplifier
{
    /// <summary>The statements with such control flow resolved.</summary>
    public static EquatableArray<Statement> Simplify(EquatableArray<Statement> statements) => statements.SelectMany(Simplify).ToEquatableArray();

    private static IEnumerable<Statement> Simplify(Statement statement)
    {
        switch (statement)
        {
            case Loop { Iterations: 0 }:
                return [];
            case Loop { Iterations: 1, Until: null } loop:
                return Iteration(loop, loop.First.Value).SelectMany(Simplify);
            case Loop loop:
                var body = loop.Body.SelectMany(s => ResolveEvery(s, loop)).SelectMany(Simplify).ToEquatableArray();
                return body.Count == 0 ? [] : [loop with { Body = body }];
            case Every every:
                var inner = every.Body.SelectMany(Simplify).ToEquatableArray();
                return inner.Count == 0 ? [] : [every with { Body = inner }];
            default:
                return [statement];
        }
    }

    /// <summary>One iteration of a loop, with the loop's variable replaced by its value and <c>every</c> decided.</summary>
    public static IEnumerable<Statement> Iteration(Loop loop, int counter)
    {
        var value = counter == loop.Last.Value ? loop.Last : Count.Of(counter);
        var ordinal = counter - loop.Origin.Value + 1;
        IEnumerable<Statement> Decide(Statement s) =>
            s is Every every ? (ordinal % every.Period.Value == 0 ? every.Body.SelectMany(Decide) : []) : [s];
        var body = loop.Body.SelectMany(Decide);
        return loop.Variable is { } variable ? body.Select(s => Substitute(s, variable, value)) : body;
    }

    private static EquatableArray<Statement> ResolveEvery(Statement statement, Loop loop)
    {
        if (statement is not Every every)
        {
            return EquatableArray.Of(statement);
        }

        var ordinals = Enumerable.Range(loop.First.Value - loop.Origin.Value + 1, loop.Iterations);
        var fires = ordinals.Count(o => o % every.Period.Value == 0);
        var body = every.Body.SelectMany(s => ResolveEvery(s, loop)).ToEquatableArray();
        return fires == loop.Iterations ? body : EquatableArray.Of(fires == 0 ? [] : new Statement[] { every with { Body = body } });
    }

    private static Statement Substitute(Statement statement, string variable, Count value)
    {
        LatentRef Ref(LatentRef latent) => latent.Index is { Variable: { } v, Offset: var offset } && v == variable
            ? latent with { Index = new(null, 0, value.Plus(offset)) }
            : latent;

        Expression Replace(Expression expression) => expression switch
        {
            ReadLatent read => new ReadLatent(Ref(read.Latent)),
            Sum sum => new Sum(sum.Terms.Select(Replace).ToEquatableArray()),
            Scale scale => scale with { Term = Replace(scale.Term) },
            Call call => call with { Argument = Replace(call.Argument) },
            _ => expression,
        };

        return statement switch
        {
            Update update => update with { Target = Ref(update.Target), Value = Replace(update.Value) },
            Loop loop => loop with { Body = loop.Body.Select(s => Substitute(s, variable, value)).ToEquatableArray() },
            Every every => every with { Body = every.Body.Select(s => Substitute(s, variable, value)).ToEquatableArray() },
            _ => statement,
        };
    }
}
