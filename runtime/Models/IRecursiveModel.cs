using HrmGen.Data;
using HrmGen.Halting;
using HrmGen.Layers;
using HrmGen.Training;
using static TorchSharp.torch;

namespace HrmGen.Models;

/// <summary>A compiled model, for code that does not know its type.</summary>
public interface IRecursiveModel : IDisposable
{
    /// <summary>The spec's numbers.</summary>
    ModelSpec Info { get; }

    /// <summary>The model as a TorchSharp module, with the official state_dict names below <c>model.inner.</c></summary>
    nn.Module Module { get; }

    /// <summary>Where the weights live.</summary>
    Device Device { get; }

    /// <summary>The puzzle embedding, or null where the spec has none.</summary>
    SparseEmbedding? PuzzleEmbedding { get; }

    /// <summary>The latents before the first supervision step.</summary>
    ILatents InitialLatents(long batch_size);

    /// <summary>Builds latents from a function that gives each by name.</summary>
    ILatents LatentsFrom(Func<string, Tensor> latent);

    /// <summary>The embedded input, <c>[B, positions, hidden_size]</c>.</summary>
    /// <param name="inputs">Tokens, <c>[B, seq_len]</c>, int32 or int64.</param>
    /// <param name="puzzle_identifiers">Puzzles, <c>[B]</c>, int32 or int64.</param>
    Tensor Embed(Tensor inputs, Tensor puzzle_identifiers);

    /// <summary>The embedded input as a supervision step sees it; the same at every step unless the spec says otherwise.</summary>
    /// <param name="x">What <see cref="Embed"/> gave.</param>
    /// <param name="steps">The rows' supervision steps, <c>[B]</c>, counted from 1.</param>
    Tensor AtStep(Tensor x, Tensor steps);

    /// <summary>True where from the second supervision step on the model's own answer takes the place of the input (supervision.feedback).</summary>
    bool FeedsBack { get; }

    /// <summary>The name of the latent that the answer is read from, as <see cref="ILatents.Named"/> has it.</summary>
    string AnswerLatent { get; }

    /// <summary>One pass of the recursion.</summary>
    ILatents Recur(ILatents latents, Tensor x);

    /// <summary>The answer's logits, <c>[B, seq_len, vocab_size]</c>.</summary>
    Tensor Logits(ILatents latents);

    /// <summary>The halting logits, <c>[B]</c> each; null where the model has no such output.</summary>
    (Tensor? q_halt, Tensor? q_continue) Q(ILatents latents);

    /// <summary>How far training has come, 0 to 1: what the spec changes over training follows it. 1 outside of a training step.</summary>
    double Progress { get; set; }

    /// <summary>How the loops of the last pass ended that run until their latents settle, by their place in the spec.</summary>
    IReadOnlyDictionary<string, ResidualReport> Residuals { get; }

    /// <summary>Whether the model was compiled to kernels too.</summary>
    bool HasFusedForm { get; }

    /// <summary>How the recursion is computed: fused where the model and this machine can, unless set otherwise.</summary>
    /// <exception cref="HrmGenException">Set to <see cref="Lowering.Fused"/> on a model that cannot; the message says why.</exception>
    Lowering Lowering { get; set; }

    /// <summary>Evaluates a batch without gradient: each supervision step in turn.</summary>
    /// <param name="batch">The examples; moved to the model's device.</param>
    /// <param name="steps">Number of supervision steps at most; the spec's N_sup when null.</param>
    /// <param name="halting">When a row's answer stands; as the spec says (act.evaluate) when null.</param>
    /// <returns>What each step gave. A step's tensors live until the next one is asked for.</returns>
    IEnumerable<StepOutput> Evaluate(PuzzleBatch batch, int? steps = null, EvaluationHalting? halting = null);
}
