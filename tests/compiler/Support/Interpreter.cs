using HrmGen.Compiler.Emit;
using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Tests.Support;

/// <summary>Executes statements symbolically: which updates run, and what the latents hold in the end.</summary>
/// <remarks>A reading of the IR of its own, on purpose: the passes' own trace is among what it judges.</remarks>
internal sealed class Interpreter(IEnumerable<Latent> latents)
{
    private readonly Dictionary<string, Latent> latents = latents.ToDictionary(l => l.Name);
    private readonly Dictionary<string, int> values = [];
    private readonly Dictionary<string, int> interned = [];
    private readonly Dictionary<string, int> variables = [];
    private readonly Dictionary<string, int> hoisted = [];
    private int draws;

    /// <summary>Targets of the executed updates: <c>z_H</c>, <c>z_L[2]</c>.</summary>
    public List<string> Executed { get; } = [];

    /// <summary>The final values: equal numbers where, and only where, the same operations made them in the same order.</summary>
    public string State => string.Join(" ", latents.Values.SelectMany(l => Names(l)).Select(n => $"{n}={Value(n)}"));

    /// <summary>Back to the initial latents, with the same numbers for the same operations.</summary>
    public Interpreter Restart()
    {
        values.Clear();
        Executed.Clear();
        draws = 0;
        return this;
    }

    public Interpreter Run(IEnumerable<Statement> statements, int ordinal = 0)
    {
        foreach (var statement in statements)
        {
            switch (statement)
            {
                case Update update:
                    var value = Evaluate(update.Value);
                    var target = Name(update.Target);
                    values[target] = value;
                    Executed.Add(target);
                    break;
                case Hoist hoist:
                    hoisted[hoist.Name] = Evaluate(hoist.Value);
                    break;
                case Every every:
                    if (ordinal % every.Period.Value == 0)
                    {
                        Run(every.Body, ordinal);
                    }

                    break;
                case Loop loop:
                    for (var i = loop.First.Value; i <= loop.Last.Value; i++)
                    {
                        variables[loop.Counter] = i;
                        Run(loop.Body, i - loop.Origin.Value + 1);
                    }

                    break;
            }
        }

        return this;
    }

    /// <summary>Statements on one line, for comparing.</summary>
    public static string Show(IEnumerable<Statement> statements) => string.Join("; ", statements.Select(s => s switch
    {
        Update update => $"{ExpressionEmitter.Target(update.Target)} = {ExpressionEmitter.Code(update.Value)}",
        Hoist hoist => $"let {hoist.Name} = {ExpressionEmitter.Code(hoist.Value)}",
        Every every => $"every {every.Period.Text} {{ {Show(every.Body)} }}",
        Loop loop => $"for {loop.Counter} in {loop.First.Text}..{loop.Last.Text} {{ {Show(loop.Body)} }}",
        _ => s.ToString(),
    }));

    private static IEnumerable<string> Names(Latent latent) =>
        latent.Count is null ? [latent.Name] : Enumerable.Range(1, latent.Elements).Select(i => $"{latent.Name}[{i}]");

    private int Value(string name) => values.TryGetValue(name, out var value) ? value : Intern("initial " + name);

    private string Name(LatentRef latent) => latent.Index switch
    {
        null => latent.Name,
        { Variable: { } variable, Offset: var offset } => $"{latent.Name}[{variables[variable] + offset}]",
        { Constant: var constant } => $"{latent.Name}[{constant!.Value}]",
    };

    private int Evaluate(Expression expression) => expression switch
    {
        Input => Intern("x"),
        ReadLatent read => Value(Name(read.Latent)),
        SumElements sum => Intern("sum " + string.Join(" ", Names(latents[sum.Latent]).Select(Value))),
        Sum sum => Intern("add " + string.Join(" ", sum.Terms.Select(Evaluate))),
        Scale scale => Intern($"scale {scale.Factor:R} {Evaluate(scale.Term)}"),
        Call call => Intern($"call {call.Network} {Evaluate(call.Argument)}"),
        Noise noise => Intern($"noise {noise.Std:R} {draws++}"),
        ReadHoisted read => hoisted[read.Name],
        _ => throw new InvalidOperationException(expression.ToString()),
    };

    private int Intern(string operation)
    {
        if (!interned.TryGetValue(operation, out var id))
        {
            interned[operation] = id = interned.Count;
        }

        return id;
    }
}
