using HrmGen.Data;
using HrmGen.Halting;
using HrmGen.Models;
using HrmGen.Optimizers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HrmGen.Training;

/// <summary>Base of every compiled training step: the carry, the optimizers and the schedule, which no spec shapes.</summary>
/// <typeparam name="TModel">The model.</typeparam>
/// <typeparam name="TLatents">Its latents.</typeparam>
public abstract partial class TrainingStep<TModel, TLatents> : ITrainingStep
    where TModel : RecursiveModel<TLatents>
    where TLatents : class, ILatents<TLatents>
{
    private readonly SparseSignSGD? puzzleOptimizer;
    private Carry<TLatents>? carry;
    private StepOutput? last;
    private (double Parameters, double Puzzle) rates;

    /// <summary>Creates the training state.</summary>
    /// <param name="model">The model; it is put into training mode.</param>
    /// <param name="options">The options.</param>
    /// <param name="optimizer">Makes the optimizer of the parameters.</param>
    /// <exception cref="HrmGenException">A cosine schedule without <see cref="TrainingOptions.TotalSteps"/>.</exception>
    protected TrainingStep(
        TModel model, TrainingOptions options, Func<IEnumerable<(string name, Parameter parameter)>, TrainingOptions, Optimizer> optimizer)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(optimizer);
        if (options is { MinRatio: < 1, TotalSteps: null })
        {
            throw new HrmGenException(
                $"{model.Info.Name}: lr_min_ratio {options.MinRatio} asks for a cosine schedule, whose length is not known; set TrainingOptions.TotalSteps (training.steps in the spec)");
        }

        if (model.Info.ChangesOverTraining && options.TotalSteps is null)
        {
            throw new HrmGenException(
                $"{model.Info.Name} changes over the progress of training, whose length is not known; set TrainingOptions.TotalSteps (training.steps in the spec)");
        }

        Model = model;
        Options = options;
        var parameters = model.named_parameters().ToArray();
        var trained = parameters.Where(p => GroupOf(p.name) is not { Frozen: true }).ToArray();
        foreach (var (name, parameter) in parameters)
        {
            parameter.requires_grad = GroupOf(name) is not { Frozen: true };
        }

        Optimizer = optimizer(trained, options);
        if (options.Groups.Count > 0)
        {
            Optimizer.Rates = [.. trained.Select(p => GroupOf(p.name) is { } group ? (Scale(group), group.WeightDecay) : (1, null))];
        }

        puzzleOptimizer = model.PuzzleEmbedding is { } embedding ? new SparseSignSGD(embedding, options.PuzzleWeightDecay) : null;
        Ema = options.EmaRate is { } rate ? new ExponentialMovingAverage(parameters, rate) : null;
        Exploration = new HaltExploration(options.Seed);
        Path = new ImprovementPath(options.Seed);
        model.train();
    }

    /// <summary>The model.</summary>
    public TModel Model { get; }

    /// <inheritdoc/>
    IRecursiveModel ITrainingStep.Model => Model;

    /// <inheritdoc/>
    public TrainingOptions Options { get; }

    /// <inheritdoc/>
    public long StepCount { get; private set; }

    /// <inheritdoc/>
    public HaltExploration Exploration { get; set; }

    /// <summary>Orders in which the cells of an example are put right where each step has a target of its own (loss.target: path).</summary>
    public ImprovementPath Path { get; }

    /// <inheritdoc/>
    public Optimizer Optimizer { get; }

    /// <inheritdoc/>
    public ExponentialMovingAverage? Ema { get; }

    /// <summary>What the last step left; null before the first.</summary>
    public Carry<TLatents>? Carry => carry;

    /// <inheritdoc/>
    public virtual bool TakesBatch => true;

    /// <inheritdoc/>
    public IReadOnlyList<bool>? HaltedRows
    {
        get
        {
            using var scope = NewDisposeScope();
            return carry?.halted.cpu().data<bool>().ToArray();
        }
    }

    /// <inheritdoc/>
    public abstract StepOutput Step(PuzzleBatch batch);

    /// <summary>True before the first step, and when the rows halted at the last one.</summary>
    protected bool BatchHasEnded => carry is null || carry.halted[0].item<bool>();

    /// <summary>
    /// The rows to work on: those that halted take the offered examples and start anew, the others keep theirs.
    /// The examples of rows that go on are dropped, as the official loop drops them.
    /// </summary>
    /// <returns>Latents, examples, and the number of each row's supervision step, this one included.</returns>
    protected (TLatents Latents, PuzzleBatch Data, Tensor steps) Refill(PuzzleBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        Model.Progress = Options.TotalSteps is { } total ? Math.Min(1, (double)StepCount / total) : 1;
        using var offered = batch.To(Model.Device);
        if (carry is null)
        {
            var first = new PuzzleBatch(offered.inputs.clone(), offered.labels.clone(), offered.puzzle_identifiers.clone());
            return (Model.InitialLatents(offered.Count * Model.Candidates), first, ones(offered.Count, dtype: int32, device: Model.Device));
        }

        if (offered.Count != carry.Data.Count)
        {
            throw new ArgumentException(
                $"The batch has {offered.Count} rows, and {carry.Data.Count} are carried on: offer as many at every step (drop an incomplete last batch)", nameof(batch));
        }

        var rows = carry.halted.unsqueeze(-1);
        var data = new PuzzleBatch(
            where(rows, offered.inputs, carry.Data.inputs),
            where(rows, offered.labels, carry.Data.labels),
            where(carry.halted, offered.puzzle_identifiers, carry.Data.puzzle_identifiers));
        var restarted = Model.Candidates == 1 ? carry.halted : carry.halted.repeat_interleave(Model.Candidates);
        return (Model.Reset(carry.Latents, restarted), data, where(carry.halted, zeros_like(carry.steps), carry.steps) + 1);
    }

    /// <summary>What the model is to read: the input at an example's first step, its last answer from then on (supervision.feedback).</summary>
    protected Tensor WithFeedback(PuzzleBatch data, Tensor steps)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(steps);
        return carry?.answers is { } answers ? where((steps == 1).unsqueeze(-1), data.inputs, answers.to(data.inputs.dtype)) : data.inputs;
    }

    /// <summary>Forgets the gradients of the last step.</summary>
    protected void ZeroGrad() => Optimizer.ZeroGrad();

    /// <summary>One step of the optimizers at the scheduled rates, then of the moving average; nothing beyond the last scheduled step.</summary>
    protected void UpdateWeights()
    {
        StepCount++;
        if (Options.TotalSteps is { } total && StepCount > total)
        {
            rates = (0, 0);
            return;
        }

        if (Options.ClipNorm is { } norm)
        {
            using var scope = NewDisposeScope();
            nn.utils.clip_grad_norm_(Optimizer.Parameters.Select(p => p.parameter), norm);
        }

        rates = (Scheduled(Options.LearningRate), Scheduled(Options.PuzzleLearningRate));
        puzzleOptimizer?.Step(rates.Puzzle);
        Optimizer.Step(rates.Parameters);
        Ema?.Update();
    }

    /// <summary>Puts what the step leaves behind into the carry and its output, out of the step's dispose scope.</summary>
    protected StepOutput Finish(TLatents latents, PuzzleBatch data, Tensor steps, Tensor halted, StepResult result)
    {
        ArgumentNullException.ThrowIfNull(latents);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(result);
        Model.Progress = 1;
        var next = new Carry<TLatents>(latents.Map(z => z.detach()), data, steps, halted, Model.FeedsBack ? result.Predictions.preds.alias() : null);
        var output = new StepOutput(Detached(result.Outputs), result.Predictions, Detached(result.Losses), result.Metrics)
        {
            Latents = next.Latents,
            Data = data,
            steps = steps,
            halted = halted,
            Residuals = Model.Residuals.Count == 0 ? Model.Residuals : new Dictionary<string, ResidualReport>(Model.Residuals, StringComparer.Ordinal),
            LearningRate = rates.Parameters,
            PuzzleLearningRate = Model.PuzzleEmbedding is null ? 0 : rates.Puzzle,
        };
        foreach (var tensor in next.Tensors.Concat(output.Owned))
        {
            tensor.DetachFromDisposeScope();
        }

        carry?.Dispose();
        last?.Dispose();
        (carry, last) = (next, output);
        return output;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Disposes the training state; the model stays.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (!disposing)
        {
            return;
        }

        carry?.Dispose();
        last?.Dispose();
        Optimizer.Dispose();
        Ema?.Dispose();
        Exploration.Dispose();
        Path.Dispose();
        (carry, last) = (null, null);
    }

    private ParameterGroup? GroupOf(string parameter) => Options.Groups.FirstOrDefault(g => g.Holds(parameter));

    // One schedule for all: a group's rate is a multiple of the rest's.
    private double Scale(ParameterGroup group)
    {
        if (group.LearningRate is not { } rate)
        {
            return 1;
        }

        return Options.LearningRate > 0 ? rate / Options.LearningRate
            : throw new HrmGenException($"{Model.Info.Name}: the group '{group.Name}' has a learning rate of its own, and that of the rest is 0; freeze the rest instead");
    }

    private double Scheduled(double rate) =>
        LearningRateSchedule.CosineWithWarmup(StepCount, rate, Options.WarmupSteps, Options.TotalSteps ?? long.MaxValue, Options.MinRatio);

    // A detached view: the output must not keep the step's whole graph alive.
    private static SupervisionOutputs Detached(SupervisionOutputs o) =>
        new(o.logits.detach(), o.q_halt?.detach(), o.q_continue?.detach(), o.target_q_continue)
        {
            next_q_halt = o.next_q_halt?.detach(),
            next_q_continue = o.next_q_continue?.detach(),
        };

    private static SupervisionLosses Detached(SupervisionLosses l) =>
        new(l.lm_loss.detach(), l.q_halt_loss?.detach(), l.q_continue_loss?.detach(), l.loss.detach());
}

/// <summary>What an emitted step hands over at its end.</summary>
public sealed record StepResult(SupervisionOutputs Outputs, Losses.Predictions Predictions, SupervisionLosses Losses, Losses.StepMetrics Metrics);
