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
public abstract class TrainingStep<TModel, TLatents> : ITrainingStep
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

        Model = model;
        Options = options;
        var parameters = model.named_parameters().ToArray();
        Optimizer = optimizer(parameters, options);
        puzzleOptimizer = model.PuzzleEmbedding is { } embedding ? new SparseSignSGD(embedding, options.PuzzleWeightDecay) : null;
        Ema = options.EmaRate is { } rate ? new ExponentialMovingAverage(parameters, rate) : null;
        Exploration = new HaltExploration(options.Seed);
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

    /// <inheritdoc/>
    public Optimizer Optimizer { get; }

    /// <inheritdoc/>
    public ExponentialMovingAverage? Ema { get; }

    /// <summary>What the last step left; null before the first.</summary>
    public Carry<TLatents>? Carry => carry;

    /// <inheritdoc/>
    public abstract StepOutput Step(PuzzleBatch batch);

    /// <summary>
    /// The rows to work on: those that halted take the offered examples and start anew, the others keep theirs.
    /// The examples of rows that go on are dropped, as the official loop drops them.
    /// </summary>
    /// <returns>Latents, examples, and the number of each row's supervision step, this one included.</returns>
    protected (TLatents Latents, PuzzleBatch Data, Tensor steps) Refill(PuzzleBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using var offered = batch.To(Model.Device);
        if (carry is null)
        {
            var first = new PuzzleBatch(offered.inputs.clone(), offered.labels.clone(), offered.puzzle_identifiers.clone());
            return (Model.InitialLatents(offered.Count), first, ones(offered.Count, dtype: int32, device: Model.Device));
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
        return (Model.Reset(carry.Latents, carry.halted), data, where(carry.halted, zeros_like(carry.steps), carry.steps) + 1);
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
        var next = new Carry<TLatents>(latents.Map(z => z.detach()), data, steps, halted);
        var output = new StepOutput(Detached(result.Outputs), result.Predictions, Detached(result.Losses), result.Metrics)
        {
            Latents = next.Latents,
            Data = data,
            steps = steps,
            halted = halted,
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
        (carry, last) = (null, null);
    }

    private double Scheduled(double rate) =>
        LearningRateSchedule.CosineWithWarmup(StepCount, rate, Options.WarmupSteps, Options.TotalSteps ?? long.MaxValue, Options.MinRatio);

    // A detached view: the output must not keep the step's whole graph alive.
    private static SupervisionOutputs Detached(SupervisionOutputs o) =>
        new(o.logits.detach(), o.q_halt?.detach(), o.q_continue?.detach(), o.target_q_continue);

    private static SupervisionLosses Detached(SupervisionLosses l) =>
        new(l.lm_loss.detach(), l.q_halt_loss?.detach(), l.q_continue_loss?.detach(), l.loss.detach());
}

/// <summary>What an emitted step hands over at its end.</summary>
public sealed record StepResult(SupervisionOutputs Outputs, Losses.Predictions Predictions, SupervisionLosses Losses, Losses.StepMetrics Metrics);
