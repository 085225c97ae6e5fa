using HrmGen.Halting;
using HrmGen.Training;

namespace HrmGen.Models;

/// <summary>What a compiled model is: the numbers of its spec, and those that follow from them.</summary>
public sealed record ModelSpec
{
    /// <summary>The spec's name, which is the model's type name.</summary>
    public required string Name { get; init; }

    /// <summary>The spec's own sentence about the model, or empty.</summary>
    public required string Summary { get; init; }

    /// <summary>The published result that the spec describes, with its source; empty where it describes none.</summary>
    public string Published { get; init; } = "";

    /// <summary>The spec's path relative to the project that compiled it.</summary>
    public required string Source { get; init; }

    /// <summary>
    /// SHA-256 over the code that the model was compiled to, 64 hexadecimal digits: equal hashes compute the same. Training options do not
    /// count. Empty where nobody knows.
    /// </summary>
    public string Hash { get; init; } = "";

    /// <summary>Tokens of the vocabulary, PAD included.</summary>
    public required int VocabSize { get; init; }

    /// <summary>Cells of a puzzle.</summary>
    public required int SeqLen { get; init; }

    /// <summary>Rows and columns of the cells, which lie row by row; null where the spec does not say.</summary>
    public (int Rows, int Columns)? Grid { get; init; }

    /// <summary>Puzzle identifiers; 0 without a puzzle embedding.</summary>
    public required int PuzzleCount { get; init; }

    /// <summary>Positions in front of the cells; 0 without a puzzle embedding.</summary>
    public required int PuzzleTokens { get; init; }

    /// <summary>Channels of every latent.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Supervision steps on one example at most.</summary>
    public required int N_sup { get; init; }

    /// <summary>Trained numbers, without the puzzle embedding.</summary>
    public required long Parameters { get; init; }

    /// <summary>Layer calls of one pass (TRM paper, Table 1).</summary>
    public required int EffectiveDepth { get; init; }

    /// <summary>Forward passes of an optimizer step (TRM paper, Table 1, column NFP).</summary>
    public required int ForwardPasses { get; init; }

    /// <summary>Operations in the matrix products of one pass on one example, 2 a multiply-add.</summary>
    public required long ForwardFlops { get; init; }

    /// <summary>The same for an optimizer step, backward included.</summary>
    public required long StepFlops { get; init; }

    /// <summary>About what the recorded layers keep for the backward in the reference lowering, in bytes for one example.</summary>
    public required long ActivationBytes { get; init; }

    /// <summary>What layers work in and keep for the backward in the fused lowering, in bytes for one example; null without a fused form.</summary>
    public long? FusedActivationBytes { get; init; }

    /// <summary>
    /// The latent that each network call of a pass updates, outside of training, as in <c>6 z_L, z_H, 6 z_L, z_H</c>; empty where calls and
    /// updates do not go in step. <see cref="UpdateObserver"/> reads it.
    /// </summary>
    public string Updates { get; init; } = "";

    /// <summary>True where a constant or weight changes over training, which then needs to know its length.</summary>
    public bool ChangesOverTraining { get; init; }

    /// <summary>How evaluation ends (act.evaluate).</summary>
    public EvaluationHalting Evaluation { get; init; } = EvaluationHalting.AllSteps;

    /// <summary>The spec's training options.</summary>
    public required TrainingOptions Training { get; init; }
}
