using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Emit.Fused;

/// <summary>Emits statements of the recursion as changes of rows in place.</summary>
/// <param name="program">The program, for the elements of its latents.</param>
/// <param name="names">The locals.</param>
internal sealed class FusedForward(RecursionProgram program, FusedNames names)
{
    private readonly CSharpWriter body = new();
    private readonly List<string> hoisted = [];
    private readonly FusedTemporaries temporaries = new(names, "term");

    /// <summary>Memory that the statements work in, to be declared ahead of them.</summary>
    public IEnumerable<string> Locals => hoisted.Concat(temporaries.All);

    /// <summary>The statements.</summary>
    public string[] Emit(EquatableArray<Statement> statements)
    {
        Statements(statements, null);
        return FusedEmitter.LinesOf(body);
    }

    private void Statements(EquatableArray<Statement> statements, Loop? around)
    {
        var afterBlock = false;
        foreach (var statement in statements)
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
                    Evaluate(update.Value, ExpressionEmitter.Target(update.Target));
                    break;
                case Hoist hoist:
                    hoisted.Add(hoist.Name);
                    Evaluate(hoist.Value, hoist.Name);
                    break;
                case Every every:
                    body.Block($"if ({around!.Ordinal} % {every.Period.AsFactor} == 0)", () => Statements(every.Body, around));
                    break;
                case Loop loop:
                    body.Block($"for (var {loop.Counter} = {loop.First.Text}; {loop.Counter} <= {loop.Last.Text}; {loop.Counter}++)", () => Iteration(loop));
                    break;
            }
        }
    }

    private void Iteration(Loop loop)
    {
        if (loop.Until is not { } until)
        {
            Statements(loop.Body, loop);
            return;
        }

        var updated = new HashSet<string>(Statement.Updates(loop.Body).Select(u => u.Target.Name), StringComparer.Ordinal);
        var measured = string.Join(", ", program.Latents.Where(l => updated.Contains(l.Name)).Select(l => l.Count is null ? l.Name : ".. " + l.Name));
        body.Line($"var before_{loop.Counter} = {names.Tile}.Copies([{measured}]);");
        Statements(loop.Body, loop);
        body.Block(
            $"if ({names.Model}.Settled({CSharpWriter.Literal(until.Node)}, {loop.Counter}, before_{loop.Counter}, {names.Tile}.Tensors([{measured}]), {Shared.Number(until.Epsilon)}))",
            () => body.Line("break;"));
    }

    // Operands are read element by element as the result is written, so a target may stand among them.
    private void Evaluate(Expression value, string into)
    {
        switch (value)
        {
            case Sum sum:
                var operands = sum.Terms.Select(Operand).ToList();
                body.Line($"{into}.Sum({string.Join(", ", operands.Select(o => o.Name))});");
                Release(operands);
                break;
            case Scale scale:
                var operand = Operand(scale.Term);
                body.Line($"{into}.Scale({Shared.Number(scale.Factor)}, {operand.Name});");
                Release([operand]);
                break;
            case SumElements elements:
                body.Line($"{into}.Sum({elements.Latent});");
                break;
            case Call call:
                Evaluate(call.Argument, into);
                body.Line($"{call.Network}.Forward({names.Tile}, {into});");
                break;
            default:
                var leaf = Operand(value);
                if (leaf.Name != into)
                {
                    body.Line($"{into}.Copy({leaf.Name});");
                }

                break;
        }
    }

    private (string Name, bool IsTemporary) Operand(Expression value)
    {
        switch (value)
        {
            case ReadLatent read:
                return (ExpressionEmitter.Target(read.Latent), false);
            case Input:
                return (names.Input, false);
            case ReadHoisted ahead:
                return (ahead.Name, false);
            default:
                // Noise is drawn where the reference draws it, in the order of the terms: another operand may draw too.
                var temporary = temporaries.Take();
                if (value is Noise noise)
                {
                    body.Line($"{names.Tile}.Noise({temporary}, {Shared.Number(noise.Std)});");
                }
                else
                {
                    Evaluate(value, temporary);
                }

                return (temporary, true);
        }
    }

    private void Release(IEnumerable<(string Name, bool IsTemporary)> operands)
    {
        foreach (var (name, _) in operands.Where(o => o.IsTemporary))
        {
            temporaries.Release(name);
        }
    }
}
