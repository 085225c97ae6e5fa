using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Emit.Fused;

/// <summary>
/// Emits the gradient of recorded statements: the same loops from the last iteration to the first. Between networks everything is
/// linear, so that gradients need no values; a network's layers have kept theirs.
/// </summary>
/// <param name="names">The locals.</param>
internal sealed class FusedReverse(FusedNames names)
{
    private readonly CSharpWriter body = new();
    private readonly List<string> zeros = [];
    private readonly FusedTemporaries temporaries = new(names, "moved");

    /// <summary>Gradients that start at zero, to be declared ahead.</summary>
    public IReadOnlyList<string> Zeros => zeros;

    /// <summary>Memory that the statements work in, to be declared ahead.</summary>
    public IReadOnlyList<string> Temporaries => temporaries.All;

    /// <summary>The statements back.</summary>
    public string[] Emit(EquatableArray<Statement> statements)
    {
        Statements(statements, null);
        return FusedEmitter.LinesOf(body);
    }

    private void Statements(EquatableArray<Statement> statements, Loop? around)
    {
        var afterBlock = false;
        foreach (var statement in statements.Reverse())
        {
            if (afterBlock)
            {
                body.Line();
            }

            afterBlock = statement is Loop or Every;
            switch (statement)
            {
                case Update update:
                    body.Line($"// {ExpressionEmitter.Equation(update)}");
                    Update(update);
                    break;
                case Hoist hoist:
                    var gradient = names.GradientOf(hoist.Name);
                    zeros.Add(gradient);
                    body.Line($"// {hoist.Name} = {ExpressionEmitter.Symbols(hoist.Value)}");
                    Spread(hoist.Value, gradient);
                    if (around is not null)
                    {
                        body.Line($"{gradient}.Zero();");
                    }

                    break;
                case Every every:
                    body.Block($"if ({around!.Ordinal} % {every.Period.AsFactor} == 0)", () => Statements(every.Body, around));
                    break;
                case Loop loop:
                    body.Block($"for (var {loop.Counter} = {loop.Last.Text}; {loop.Counter} >= {loop.First.Text}; {loop.Counter}--)", () => Statements(loop.Body, loop));
                    break;
            }
        }
    }

    private void Update(Update update)
    {
        var target = Gradient(update.Target);
        if (update.Value is Call { Argument: var argument } call && IsReadOnce(argument, update.Target))
        {
            // z = f(z + ...): the gradient of the old z is that of the sum, which takes the place of the new z's.
            body.Line($"{call.Network}.Backward({names.Tile}, {target});");
            foreach (var term in Terms(argument).Reverse().Where(t => t is not ReadLatent { Latent: var read } || read != update.Target))
            {
                Add(term, target);
            }

            return;
        }

        var moved = temporaries.Take();
        body.Line($"{moved}.Copy({target});");
        body.Line($"{target}.Zero();");
        Spread(update.Value, moved);
        temporaries.Release(moved);
    }

    private static EquatableArray<Expression> Terms(Expression argument) => argument is Sum sum ? sum.Terms : EquatableArray.Of(argument);

    private static bool IsReadOnce(Expression argument, LatentRef target)
    {
        var terms = Terms(argument).ToList();
        return terms.All(IsLeaf) && terms.Count(t => t is ReadLatent { Latent: var read } && read == target) == 1
            && !terms.Any(t => t is SumElements sum && sum.Latent == target.Name || (t is ReadLatent { Latent: var other } && other != target && other.Name == target.Name));
    }

    private static bool IsLeaf(Expression term) => term is ReadLatent or Input or ReadHoisted or SumElements or Noise;

    // Adds the gradient of a value to those of what it reads; the memory of the gradient may be used up. Networks come in the reverse
    // of the order in which the forward calls them: the outer before the inner, the last term before the first.
    private void Spread(Expression value, string gradient)
    {
        switch (value)
        {
            case Call call:
                body.Line($"{call.Network}.Backward({names.Tile}, {gradient});");
                Spread(call.Argument, gradient);
                break;
            case Scale scale:
                body.Line($"{gradient}.Scale({Shared.Number(scale.Factor)}, {gradient});");
                Spread(scale.Term, gradient);
                break;
            case Sum sum:
                for (var i = sum.Terms.Count - 1; i >= 0; i--)
                {
                    if (IsLeaf(sum.Terms[i]))
                    {
                        Add(sum.Terms[i], gradient);
                        continue;
                    }

                    if (i == 0)
                    {
                        Spread(sum.Terms[i], gradient);
                        continue;
                    }

                    var copy = temporaries.Take();
                    body.Line($"{copy}.Copy({gradient});");
                    Spread(sum.Terms[i], copy);
                    temporaries.Release(copy);
                }

                break;
            default:
                Add(value, gradient);
                break;
        }
    }

    private void Add(Expression leaf, string gradient)
    {
        switch (leaf)
        {
            case ReadLatent read:
                AddTo(Gradient(read.Latent), gradient);
                break;
            case Input:
                AddTo(names.InputGradient, gradient);
                break;
            case ReadHoisted hoisted:
                AddTo(names.GradientOf(hoisted.Name), gradient);
                break;
            case SumElements sum:
                body.Block($"foreach (var {names.Element} in {names.GradientOf(sum.Latent)})", () => AddTo(names.Element, gradient));
                break;
        }
    }

    private void AddTo(string sum, string term) => body.Line($"{sum}.Sum({sum}, {term});");

    private string Gradient(LatentRef latent) => names.GradientOf(ExpressionEmitter.Target(latent));
}
