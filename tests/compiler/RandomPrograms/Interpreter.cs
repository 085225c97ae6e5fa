using HrmGen.Compiler.Model;
using static TorchSharp.torch;

namespace HrmGen.Compiler.Tests.RandomPrograms;

/// <summary>What an interpretation gave.</summary>
internal sealed record Interpretation(IReadOnlyDictionary<string, Tensor> Latents, Tensor Logits, Tensor QHalt, Tensor QContinue, int LayerCalls);

/// <summary>
/// Runs the recursion as the spec wrote it, statement by statement in float64. Shares nothing with the compiler's passes or the
/// runtime's layers: the gradient window is found by a first, dry execution, and every layer is written out in plain operations.
/// </summary>
internal sealed class Interpreter
{
    private readonly ArchitectureModel model;
    private readonly IReadOnlyDictionary<string, Tensor> weights;
    private readonly PlainLayers layers;
    private readonly Dictionary<(string Name, int Index), Tensor> latents = [];
    private readonly Dictionary<string, int> variables = [];
    private readonly List<(string, int)> targets = [];

    private Tensor? x;
    private bool dry;
    private int executed;
    private int detachAt;
    private int lastCycleStart = -1;

    /// <summary>Prepares a run.</summary>
    /// <param name="model">The spec, before any pass.</param>
    /// <param name="weights">Weights by checkpoint name; leaves, where gradients are wanted.</param>
    public Interpreter(ArchitectureModel model, IReadOnlyDictionary<string, Tensor> weights)
    {
        (this.model, this.weights) = (model, weights);
        layers = new(model, weights);
        dry = true;
        Walk(model.Recursion.Body, 0, top: true);
        dry = false;
    }

    /// <summary>Updates that a pass executes.</summary>
    public int Updates => targets.Count;

    /// <summary>How many of the last updates a mode records; null where the mode has no meaning for this program.</summary>
    public int? Recorded(GradientMode mode) => mode.Kind switch
    {
        GradientKind.Full => targets.Count,
        GradientKind.LastUpdates => mode.Updates <= targets.Count ? mode.Updates : null,
        GradientKind.LastCycle => lastCycleStart < 0 ? null : targets.Count - lastCycleStart,
        _ => targets.Count - targets.Distinct().Min(t => targets.LastIndexOf(t)),
    };

    /// <summary>Runs one pass from the initial latents.</summary>
    public Interpretation Run(Tensor embedded, int recorded)
    {
        x = embedded;
        var (h, l, b) = (model.Block.HiddenSize, model.Positions, embedded.size(0));
        foreach (var latent in model.Recursion.Latents)
        {
            for (var i = 1; i <= latent.Elements; i++)
            {
                latents[(latent.Name, i)] = latent.Init == LatentInit.Zeros
                    ? zeros(b, l, h, dtype: float64)
                    : weights[latent.StateDictOf(i)].expand(b, l, h);
            }
        }

        executed = 0;
        detachAt = targets.Count - recorded;
        Walk(model.Recursion.Body, 0, top: true);

        var logits = Element(model.Heads.Logits).matmul(weights["lm_head.weight"].t());
        logits = logits.slice(1, model.Task.PuzzleTokens, model.Positions, 1);
        var q = Element(model.Heads.Q!.From).select(1, model.Heads.Q.At).matmul(weights["q_head.weight"].t()) + weights["q_head.bias"];
        var named = latents.ToDictionary(p => model.Recursion[p.Key.Name].Count is null ? p.Key.Name : p.Key.Name + p.Key.Index, p => p.Value);
        return new(named, logits, q.select(1, 0), q.select(1, 1), layers.Calls);
    }

    private void Walk(IEnumerable<Statement> statements, int iteration, bool top = false)
    {
        foreach (var statement in statements)
        {
            switch (statement)
            {
                case Update update:
                    Execute(update);
                    break;
                case Every every:
                    if (iteration % every.Period.Value == 0)
                    {
                        Walk(every.Body, iteration);
                    }

                    break;
                case Loop loop:
                    var turn = 0;
                    for (var value = loop.First.Value; value <= loop.Last.Value; value++)
                    {
                        if (dry && top && value == loop.Last.Value)
                        {
                            lastCycleStart = targets.Count;
                        }

                        if (loop.Variable is { } variable)
                        {
                            variables[variable] = value;
                        }

                        Walk(loop.Body, ++turn);
                    }

                    break;
                default:
                    throw new NotSupportedException(statement.GetType().Name);
            }
        }
    }

    private void Execute(Update update)
    {
        var target = (update.Target.Name, Index(update.Target));
        if (dry)
        {
            targets.Add(target);
            return;
        }

        // Before the window an update gives a constant; a latent that none has replaced enters the window with its initial value.
        var value = Evaluate(update.Value);
        latents[target] = executed++ < detachAt ? value.detach() : value;
    }

    private Tensor Evaluate(Expression expression) => expression switch
    {
        Input => x!,
        ReadLatent read => Element(read.Latent),
        SumElements sum => Enumerable.Range(1, model.Recursion[sum.Latent].Elements).Select(i => latents[(sum.Latent, i)]).Aggregate((a, b) => a + b),
        Scale scale => scale.Factor * Evaluate(scale.Term),
        Sum sum => sum.Terms.Select(Evaluate).Aggregate((a, b) => a + b),
        Call call => layers.Network(model.Networks.Single(n => n.Name == call.Network), Evaluate(call.Argument)),
        _ => throw new NotSupportedException(expression.GetType().Name),
    };

    private Tensor Element(LatentRef latent) => latents[(latent.Name, Index(latent))];

    private int Index(LatentRef latent) => latent.Index switch
    {
        null => 1,
        { Variable: { } variable } index => variables[variable] + index.Offset,
        { } index => index.Constant!.Value,
    };
}
