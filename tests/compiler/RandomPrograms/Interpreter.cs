using HrmGen.Compiler.Model;
using static TorchSharp.torch;

namespace HrmGen.Compiler.Tests.RandomPrograms;

/// <summary>What an interpretation gave.</summary>
internal sealed record Interpretation(IReadOnlyDictionary<string, Tensor> Latents, Tensor Logits, Tensor QHalt, Tensor QContinue, int LayerCalls);

/// <summary>
/// Runs the recursion as the spec wrote it, statement by statement in float64. Shares nothing with the compiler's passes or the
/// runtime's layers: updates are numbered by a first, dry execution in which no loop ends early, and every layer is written out in
/// plain operations.
/// </summary>
internal sealed class Interpreter
{
    private readonly ArchitectureModel model;
    private readonly IReadOnlyDictionary<string, Tensor> weights;
    private readonly PlainLayers layers;
    private readonly Dictionary<(string Name, int Index), Tensor> latents = [];
    private readonly HashSet<(string Name, int Index)> replaced = [];
    private readonly Dictionary<string, int> variables = [];
    private readonly List<(string Name, int Index)> targets = [];

    private PlainLayers applied;
    private Tensor? x;
    private Tensor? recordedInput;
    private bool dry;
    private bool skipping;
    private int executed;
    private int window;
    private int lastCycleStart = -1;

    /// <summary>Prepares a run.</summary>
    /// <param name="model">The spec, before any pass.</param>
    /// <param name="weights">Weights by checkpoint name; leaves, where gradients are wanted.</param>
    public Interpreter(ArchitectureModel model, IReadOnlyDictionary<string, Tensor> weights)
    {
        (this.model, this.weights) = (model, weights);
        applied = layers = new(model, weights);
        dry = true;
        Walk(model.Recursion.Body, 0, top: true);
        dry = false;
    }

    /// <summary>Updates that a pass executes where no loop ends early.</summary>
    public int Updates => targets.Count;

    /// <summary>Loops that ended early in the last run.</summary>
    public int EarlyEnds { get; private set; }

    /// <summary>How many of the last updates a mode records; null where the mode has no meaning for this program.</summary>
    public int? Recorded(GradientMode mode) => mode.Kind switch
    {
        GradientKind.Full => targets.Count,
        GradientKind.LastUpdates => mode.Updates <= targets.Count ? mode.Updates : null,
        GradientKind.LastCycle => lastCycleStart < 0 ? null : targets.Count - lastCycleStart,
        GradientKind.FixedPoint => OneStep + targets.Count <= mode.Updates ? OneStep : null,
        _ => OneStep,
    };

    private int OneStep => targets.Count - targets.Distinct().Min(t => targets.LastIndexOf(t));

    /// <summary>Runs one pass from the initial latents.</summary>
    /// <param name="embedded">The embedded input.</param>
    /// <param name="recorded">How many of the last updates are recorded.</param>
    /// <param name="anchor">Weights and input of everything before the window, where they differ from those in it (finite differences).</param>
    public Interpretation Run(Tensor embedded, int recorded, (IReadOnlyDictionary<string, Tensor> Weights, Tensor Input)? anchor = null)
    {
        recordedInput = embedded;
        x = anchor?.Input ?? embedded;
        applied = anchor is { } other ? new(model, other.Weights) : layers;
        foreach (var latent in model.Recursion.Latents)
        {
            for (var i = 1; i <= latent.Elements; i++)
            {
                latents[(latent.Name, i)] = Initial(latent, i, anchor?.Weights ?? weights);
            }
        }

        replaced.Clear();
        (executed, window, EarlyEnds) = (0, targets.Count - recorded, 0);
        if (model.Recursion.Gradient.Kind == GradientKind.FixedPoint)
        {
            FixedPoint(recorded);
        }
        else
        {
            EnterWindow();
            Walk(model.Recursion.Body, 0, top: true);
        }

        var logits = Element(model.Heads.Logits).matmul(weights["lm_head.weight"].t());
        logits = logits.slice(1, model.Task.PuzzleTokens, model.Positions, 1);
        var q = Element(model.Heads.Q!.From).select(1, model.Heads.Q.At).matmul(weights["q_head.weight"].t()) + weights["q_head.bias"];
        var named = latents.ToDictionary(p => model.Recursion[p.Key.Name].Count is null ? p.Key.Name : p.Key.Name + p.Key.Index, p => p.Value);
        return new(named, logits, q.select(1, 0), q.select(1, 1), layers.Calls);
    }

    // The whole program again and again, detached, until it changes little; then the updates of the window alone.
    private void FixedPoint(int recorded)
    {
        var mode = model.Recursion.Gradient;
        window = int.MaxValue;
        for (var pass = 1; pass <= (mode.Updates - recorded) / targets.Count; pass++)
        {
            var before = Values(targets);
            executed = 0;
            Walk(model.Recursion.Body, 0, top: true);
            if (Residual(before, Values(targets)) < mode.Tolerance)
            {
                EarlyEnds++;
                break;
            }
        }

        (executed, window, skipping) = (0, targets.Count - recorded, true);
        EnterWindow();
        Walk(model.Recursion.Body, 0, top: true);
        skipping = false;
    }

    private Tensor Initial(Latent latent, int element, IReadOnlyDictionary<string, Tensor> from)
    {
        var (h, l, b) = (model.Block.HiddenSize, model.Positions, x!.size(0));
        return latent.Init == LatentInit.Zeros ? zeros(b, l, h, dtype: float64) : from[latent.StateDictOf(element)].expand(b, l, h);
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
                case Loop loop when dry:
                    for (var value = loop.First.Value; value <= loop.Last.Value; value++)
                    {
                        lastCycleStart = top && value == loop.Last.Value ? targets.Count : lastCycleStart;
                        Iterate(loop, value);
                    }

                    break;
                case Loop loop:
                    Walk(loop);
                    break;
                default:
                    throw new NotSupportedException(statement.GetType().Name);
            }
        }
    }

    // A loop whose iterations lie on both sides of the window's start ends early among those before it only: what the window records
    // always runs.
    private void Walk(Loop loop)
    {
        var end = executed + Enumerable.Range(1, loop.Iterations).Sum(turn => Length(loop.Body, turn));
        var isCut = executed < window && window < end;
        for (var value = loop.First.Value; value <= loop.Last.Value; value++)
        {
            var turn = value - loop.First.Value + 1;
            var (before, next) = (Values(Targets(loop.Body)), executed + Length(loop.Body, turn));
            Iterate(loop, value);
            var decides = loop.Until is not null && (isCut ? next <= window && !skipping : !(skipping && next <= window));
            if (!decides || Residual(before, Values(Targets(loop.Body))) >= loop.Until!.Epsilon)
            {
                continue;
            }

            EarlyEnds += value < loop.Last.Value ? 1 : 0;
            if (!isCut)
            {
                executed = end;
                EnterWindow();
                return;
            }

            while (executed + Length(loop.Body, value + 1 - loop.First.Value + 1) <= window)
            {
                value++;
                executed += Length(loop.Body, value - loop.First.Value + 1);
            }

            EnterWindow();
        }
    }

    private void Iterate(Loop loop, int value)
    {
        if (loop.Variable is { } variable)
        {
            variables[variable] = value;
        }

        Walk(loop.Body, value - loop.First.Value + 1);
    }

    private static int Length(IEnumerable<Statement> statements, int iteration) => statements.Sum(s => s switch
    {
        Update => 1,
        Every every => iteration % every.Period.Value == 0 ? Length(every.Body, iteration) : 0,
        Loop loop => Enumerable.Range(1, loop.Iterations).Sum(turn => Length(loop.Body, turn)),
        _ => 0,
    });

    private static IEnumerable<(string, int)> Targets(IEnumerable<Statement> statements) => statements.SelectMany(s => s switch
    {
        Update update => [(update.Target.Name, 0)],
        Every every => Targets(every.Body),
        Loop loop => Targets(loop.Body),
        _ => [],
    });

    // All elements of the latents that some updates name.
    private List<Tensor> Values(IEnumerable<(string Name, int)> updated)
    {
        var names = updated.Select(u => u.Name).ToHashSet();
        return [.. latents.Where(l => names.Contains(l.Key.Name)).OrderBy(l => l.Key).Select(l => l.Value)];
    }

    private static double Residual(List<Tensor> before, List<Tensor> after)
    {
        var largest = 0.0;
        for (var i = 0; i < before.Count; i++)
        {
            for (var row = 0L; row < before[i].size(0); row++)
            {
                double Norm(Tensor t) => Math.Sqrt(t.detach().pow(2).sum().item<double>());
                var (change, size) = (Norm(after[i][row] - before[i][row]), Norm(before[i][row]));
                largest = Math.Max(largest, change == 0 ? 0 : change / size);
            }
        }

        return largest;
    }

    private void Execute(Update update)
    {
        var target = (update.Target.Name, Index(update.Target));
        if (dry)
        {
            targets.Add(target);
            return;
        }

        if (skipping && executed < window)
        {
            executed++;
            EnterWindow();
            return;
        }

        // Before the window an update gives a constant; a latent that none has replaced enters the window with its initial value.
        var value = Evaluate(update.Value);
        latents[target] = executed++ < window ? value.detach() : value;
        replaced.Add(target);
        EnterWindow();
    }

    // At the window's start the anchor's weights give way to those under test.
    private void EnterWindow()
    {
        if (executed < window || (ReferenceEquals(applied, layers) && ReferenceEquals(x, recordedInput)))
        {
            return;
        }

        (applied, x) = (layers, recordedInput);
        foreach (var latent in model.Recursion.Latents)
        {
            foreach (var i in Enumerable.Range(1, latent.Elements).Where(i => !replaced.Contains((latent.Name, i))))
            {
                latents[(latent.Name, i)] = Initial(latent, i, weights);
            }
        }
    }

    private Tensor Evaluate(Expression expression) => expression switch
    {
        Input => x!,
        ReadLatent read => Element(read.Latent),
        SumElements sum => Enumerable.Range(1, model.Recursion[sum.Latent].Elements).Select(i => latents[(sum.Latent, i)]).Aggregate((a, b) => a + b),
        Scale scale => scale.Factor * Evaluate(scale.Term),
        Sum sum => sum.Terms.Select(Evaluate).Aggregate((a, b) => a + b),
        Call call => applied.Network(model.Networks.Single(n => n.Name == call.Network), Evaluate(call.Argument)),
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
