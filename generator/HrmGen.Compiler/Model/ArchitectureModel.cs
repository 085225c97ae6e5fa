namespace HrmGen.Compiler.Model;

/// <summary>A whole model, linked, checked and free of positions: all that emission depends on.</summary>
/// <param name="Namespace">Of the emitted types.</param>
/// <param name="Name">The C# type name.</param>
/// <param name="Summary">The spec's own sentence about the model, or empty.</param>
/// <param name="Published">The published result that the spec describes, or empty.</param>
/// <param name="Source">The spec's path relative to the project, with <c>/</c>.</param>
public sealed record ArchitectureModel(
    string Namespace,
    string Name,
    string Summary,
    string Published,
    string Source,
    TaskShape Task,
    BlockShape Block,
    EquatableArray<Network> Networks,
    RecursionProgram Recursion,
    EquatableArray<EarlierProgram> Earlier,
    Heads Heads,
    Supervision Supervision,
    Act Act,
    LossShape Loss,
    Precision Precision,
    TrainingDefaults Training)
{
    /// <summary>Whether the fused form is emitted beside the reference.</summary>
    public bool Fused { get; init; }

    /// <summary>Positions of the sequence: puzzle tokens, then cells.</summary>
    public int Positions => Task.SeqLen + Task.PuzzleTokens;
}

/// <summary>The task: vocabulary, length, the rows and columns of the cells where they are known, and the puzzle embedding.</summary>
public sealed record TaskShape(int VocabSize, int SeqLen, Grid? Grid, PuzzleEmbedding? PuzzleEmbedding)
{
    /// <summary>Positions that the puzzle embedding takes in front of the cells.</summary>
    public int PuzzleTokens => PuzzleEmbedding?.Tokens ?? 0;
}

/// <summary>How cells lie: row by row.</summary>
public sealed record Grid(int Rows, int Columns);

/// <summary>A learned vector per puzzle identifier, padded with zeros to whole tokens.</summary>
public sealed record PuzzleEmbedding(int Count, int Dim, int Tokens);

/// <summary>A network: a stack of layers.</summary>
/// <param name="Name">The spec's name, as equations call it.</param>
/// <param name="Layers">Number of layers.</param>
/// <param name="StateDict">Name in a checkpoint.</param>
public sealed record Network(string Name, int Layers, string StateDict);

/// <summary>What reads the latents.</summary>
/// <param name="Logits">The latent that the language-model head reads.</param>
/// <param name="Q">The halting head, or null where nothing uses one.</param>
public sealed record Heads(LatentRef Logits, QHead? Q);

/// <summary>The halting head.</summary>
public sealed record QHead(LatentRef From, int At, int Outputs);

/// <summary>A number that may change over training: each phase begins at its share of all optimizer steps, the first at 0.</summary>
public sealed record Schedule(EquatableArray<SchedulePhase> Phases)
{
    /// <summary>The value at the end of training, and outside of it.</summary>
    public double Last => Phases[Phases.Count - 1].Value;

    /// <summary>True where nothing changes.</summary>
    public bool IsConstant => Phases.Count == 1;

    /// <summary>The value at a share of training.</summary>
    public double At(double progress) => Phases.Last(p => p.From <= progress).Value;

    /// <summary>A number that never changes.</summary>
    public static Schedule Of(double value) => new(EquatableArray.Of(new SchedulePhase(0, value)));
}

/// <summary>A value from a share of training on.</summary>
public sealed record SchedulePhase(double From, double Value);

/// <summary>The recursion of an earlier phase of training, where a constant has another value.</summary>
/// <param name="Until">The share of training at which it ends.</param>
/// <param name="Program">The program with that phase's constants.</param>
public sealed record EarlierProgram(double Until, RecursionProgram Program);

/// <summary>When a batch ends that trains as a whole.</summary>
public enum BatchStop
{
    /// <summary>Rows are replaced one by one: there is no such batch.</summary>
    PerSample,

    /// <summary>When every row would halt.</summary>
    All,

    /// <summary>When one row would halt.</summary>
    Any,

    /// <summary>When the means of the halting logits would.</summary>
    Mean,
}

/// <summary>Deep supervision.</summary>
/// <param name="Steps">N_sup over training.</param>
/// <param name="Stop">When a batch ends, or <see cref="BatchStop.PerSample"/>.</param>
/// <param name="StepDecay">The weights of the steps fall by this factor; null where all are 1.</param>
/// <param name="Candidates">Runs of each example side by side, or null for one.</param>
/// <param name="Feedback">From the second step on the model's answer takes the place of its input.</param>
/// <param name="StepEmbedding">Each step has a learned vector that is added to the input.</param>
public sealed record Supervision(Schedule Steps, BatchStop Stop, double? StepDecay, Candidates? Candidates, bool Feedback, bool StepEmbedding)
{
    /// <summary>Supervision steps at the end of training and in evaluation.</summary>
    public int N_sup => (int)Steps.Last;

    /// <summary>The most that any phase has.</summary>
    public int Most => (int)Steps.Phases.Max(p => p.Value);
}

/// <summary>Runs of each example of which only the one with the lowest loss is trained.</summary>
/// <param name="Count">How many.</param>
/// <param name="FromWinner">Latents that all runs take over from the winner.</param>
public sealed record Candidates(int Count, EquatableArray<string> FromWinner);

/// <summary>When a row halts during training.</summary>
public enum HaltRule
{
    /// <summary>Only after the last supervision step.</summary>
    Never,

    /// <summary>q_halt above a threshold.</summary>
    Threshold,

    /// <summary>q_halt above q_continue.</summary>
    Continue,

    /// <summary>A supervision step changes the answer's latent by less than a part of its norm.</summary>
    Residual,
}

/// <summary>Adaptive computation time.</summary>
/// <param name="HaltWeight">Weight of the halt loss, or null without one.</param>
/// <param name="Continue">The continue loss, or null without one.</param>
/// <param name="Rule">The halting rule.</param>
/// <param name="Threshold">Of <see cref="HaltRule.Threshold"/> and <see cref="HaltRule.Residual"/>.</param>
/// <param name="Exploration">Draws of a minimum number of steps, or null for none.</param>
/// <param name="Evaluation">How evaluation ends.</param>
public sealed record Act(Schedule? HaltWeight, ContinueLoss? Continue, HaltRule Rule, double Threshold, Exploration? Exploration, Evaluation Evaluation)
{
    /// <summary>True where something reads the halting head.</summary>
    public bool UsesQ => HaltWeight is not null || Continue is not null || Rule is HaltRule.Threshold or HaltRule.Continue;
}

/// <summary>The continue loss.</summary>
/// <param name="Weight">Its weight.</param>
/// <param name="PredictNext">Trains the extra pass's q_continue instead of this step's.</param>
/// <param name="RawLabel">The target is a logit, not a probability.</param>
/// <param name="MaxOnLast">The last step takes the larger of the two as every other step does.</param>
public sealed record ContinueLoss(Schedule Weight, bool PredictNext, bool RawLabel, bool MaxOnLast);

/// <summary>Draws of a minimum number of supervision steps.</summary>
/// <param name="Probability">That a row draws one.</param>
/// <param name="EachSample">Once for each example, instead of at every step.</param>
public sealed record Exploration(Schedule Probability, bool EachSample);

/// <summary>When a row's answer stands in evaluation.</summary>
public enum EvaluationKind
{
    /// <summary>After all supervision steps.</summary>
    AllSteps,

    /// <summary>Once it would halt.</summary>
    Halt,

    /// <summary>Once a supervision step hardly changes it.</summary>
    Residual,
}

/// <summary>How evaluation ends.</summary>
/// <param name="Kind">The rule.</param>
/// <param name="Threshold">Of <see cref="EvaluationKind.Residual"/>, else 0.</param>
public sealed record Evaluation(EvaluationKind Kind, double Threshold);

/// <summary>A floating-point format.</summary>
public enum DType
{
    /// <summary>64 bits.</summary>
    Float64,

    /// <summary>32 bits.</summary>
    Float32,

    /// <summary>bfloat16.</summary>
    BFloat16,
}

/// <summary>The language-model loss.</summary>
/// <param name="Stablemax">Stablemax cross-entropy; otherwise softmax.</param>
/// <param name="Precision">Format that it is computed in.</param>
/// <param name="LabelSmoothing">Share of the target that is spread over all tokens.</param>
/// <param name="TargetsPath">Each supervision step has a target of its own on the way from the input to the answer.</param>
public sealed record LossShape(bool Stablemax, DType Precision, double LabelSmoothing, bool TargetsPath);

/// <summary>Formats of the weights, of the forward pass, and of what is computed inside a step of it (norms, rotary tables, q).</summary>
public sealed record Precision(DType Parameters, DType Forward, DType Internal);

/// <summary>The optimizer of the parameters.</summary>
public enum OptimizerKind
{
    /// <summary>Adam with arctangent instead of a quotient (the official code's).</summary>
    AdamATan2,

    /// <summary>Adam with decoupled decay.</summary>
    AdamW,

    /// <summary>Muon for the matrices of the networks, AdamW for the rest.</summary>
    Muon,
}

/// <summary>Settings of Muon.</summary>
/// <param name="LearningRate">Of the matrices.</param>
/// <param name="WeightDecay">Of the matrices.</param>
/// <param name="Momentum">Decay of the running mean.</param>
/// <param name="MatchesAdamW">Updates are scaled to AdamW's root mean square; otherwise by the shape alone.</param>
public sealed record MuonDefaults(double LearningRate, double WeightDecay, double Momentum, bool MatchesAdamW);

/// <summary>Defaults of the training options; <paramref name="Queues"/> where rows take their examples from a queue.</summary>
public sealed record TrainingDefaults(
    int BatchSize, OptimizerKind Optimizer, MuonDefaults? Muon, double? ClipNorm, double Beta1, double Beta2, double LearningRate, int WarmupSteps, double MinRatio, double WeightDecay,
    double? Ema, long? Steps, long? Epochs, double PuzzleLearningRate, double PuzzleWeightDecay, EquatableArray<ParameterGroup> Groups, bool Queues);

/// <summary>Weights that train otherwise than the rest.</summary>
/// <param name="Name">As the spec calls them.</param>
/// <param name="Prefixes">What their names in a checkpoint begin with.</param>
/// <param name="LearningRate">Their learning rate, or null for that of the rest.</param>
/// <param name="WeightDecay">Their weight decay, or null for that of the rest.</param>
/// <param name="Frozen">True where they keep their values.</param>
public sealed record ParameterGroup(string Name, EquatableArray<string> Prefixes, double? LearningRate, double? WeightDecay, bool Frozen);
