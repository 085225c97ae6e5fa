namespace HrmGen.Compiler.Model;

/// <summary>A whole model, linked, checked and free of positions: all that emission depends on.</summary>
/// <param name="Namespace">Of the emitted types.</param>
/// <param name="Name">The C# type name.</param>
/// <param name="Summary">The spec's own sentence about the model, or empty.</param>
/// <param name="Source">The spec's path relative to the project, with <c>/</c>.</param>
public sealed record ArchitectureModel(
    string Namespace,
    string Name,
    string Summary,
    string Source,
    TaskShape Task,
    BlockShape Block,
    EquatableArray<Network> Networks,
    RecursionProgram Recursion,
    Heads Heads,
    Supervision Supervision,
    Act Act,
    LossShape Loss,
    Precision Precision,
    TrainingDefaults Training)
{
    /// <summary>Positions of the sequence: puzzle tokens, then cells.</summary>
    public int Positions => Task.SeqLen + Task.PuzzleTokens;
}

/// <summary>The task: vocabulary, length and the puzzle embedding.</summary>
public sealed record TaskShape(int VocabSize, int SeqLen, PuzzleEmbedding? PuzzleEmbedding)
{
    /// <summary>Positions that the puzzle embedding takes in front of the cells.</summary>
    public int PuzzleTokens => PuzzleEmbedding?.Tokens ?? 0;
}

/// <summary>A learned vector per puzzle identifier, padded with zeros to whole tokens.</summary>
public sealed record PuzzleEmbedding(int Count, int Dim, int Tokens);

/// <summary>What mixes the positions of the sequence.</summary>
public enum Mixer
{
    /// <summary>Bidirectional self-attention.</summary>
    Attention,

    /// <summary>A SwiGLU over the positions (TRM-MLP).</summary>
    Mlp,
}

/// <summary>How positions are told apart.</summary>
public enum PositionEncoding
{
    /// <summary>Rotary, inside attention.</summary>
    Rope,

    /// <summary>Learned vectors, added to the input.</summary>
    Learned,

    /// <summary>Not at all.</summary>
    None,
}

/// <summary>One layer.</summary>
/// <param name="NumHeads">0 without attention.</param>
/// <param name="HeadDim">0 without attention.</param>
/// <param name="IntermediateSize">Width of the SwiGLU over channels.</param>
/// <param name="MixerIntermediateSize">Width of the SwiGLU over positions; 0 with attention.</param>
public sealed record BlockShape(
    int HiddenSize, Mixer Mixer, int NumHeads, int HeadDim, double Expansion, int IntermediateSize, int MixerIntermediateSize,
    PositionEncoding Positions, double RopeTheta, double RmsNormEps)
{
    /// <summary>
    /// Width of a SwiGLU: two thirds of <c>expansion * size</c>, rounded half to even, then up to a multiple of 256
    /// (official models/layers.py, <c>SwiGLU</c>).
    /// </summary>
    public static int SwiGluWidth(int size, double expansion)
    {
        var width = (long)Math.Round(expansion * size * 2 / 3, MidpointRounding.ToEven);
        return (int)((width + 255) / 256 * 256);
    }
}

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

/// <summary>Deep supervision.</summary>
public sealed record Supervision(int N_sup);

/// <summary>When a row halts during training.</summary>
public enum HaltRule
{
    /// <summary>Only after the last supervision step.</summary>
    Never,

    /// <summary>q_halt above a threshold.</summary>
    Threshold,

    /// <summary>q_halt above q_continue.</summary>
    Continue,
}

/// <summary>Adaptive computation time.</summary>
/// <param name="HaltWeight">Weight of the halt loss, or null without one.</param>
/// <param name="ContinueWeight">Weight of the continue loss, or null without one.</param>
/// <param name="Rule">The halting rule.</param>
/// <param name="Threshold">Threshold of <see cref="HaltRule.Threshold"/>.</param>
/// <param name="Exploration">Probability that a row draws a minimum number of steps; 0 for none.</param>
public sealed record Act(double? HaltWeight, double? ContinueWeight, HaltRule Rule, double Threshold, double Exploration)
{
    /// <summary>True where something reads the halting head.</summary>
    public bool UsesQ => HaltWeight is not null || ContinueWeight is not null || Rule != HaltRule.Never;
}

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
public sealed record LossShape(bool Stablemax, DType Precision);

/// <summary>Formats of the weights, of the forward pass, and of what is computed inside a step of it (norms, rotary tables, q).</summary>
public sealed record Precision(DType Parameters, DType Forward, DType Internal);

/// <summary>Defaults of the training options.</summary>
public sealed record TrainingDefaults(
    int BatchSize, bool AdamATan2, double Beta1, double Beta2, double LearningRate, int WarmupSteps, double MinRatio, double WeightDecay,
    double? Ema, long? Steps, long? Epochs, double PuzzleLearningRate, double PuzzleWeightDecay);
