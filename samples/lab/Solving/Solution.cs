using HrmGen.Lab.Puzzles;
using HrmGen.Models;

namespace HrmGen.Lab.Solving;

/// <summary>A latent's relative change at an update; null where there is no value before it, or it was zero.</summary>
internal sealed record UpdateResidual(string Latent, double? Change);

/// <summary>One supervision step on one puzzle.</summary>
/// <param name="Board">The answer after it.</param>
/// <param name="Confidence">The probability of each cell's token.</param>
/// <param name="Halt">The probability of halting, or null without such a head.</param>
/// <param name="Continue">The same of going on.</param>
/// <param name="Updates">What moved inside of it, update by update.</param>
internal sealed record SolvedStep(int[] Board, double[] Confidence, double? Halt, double? Continue, IReadOnlyList<UpdateResidual> Updates);

/// <summary>A puzzle on its way through the supervision steps.</summary>
/// <param name="Spec">The model.</param>
/// <param name="Weights">Where its weights come from.</param>
/// <param name="Kind">What the cells mean.</param>
/// <param name="Question">The puzzle's tokens.</param>
/// <param name="Steps">All supervision steps.</param>
/// <param name="HaltsAt">The step after which the model would have halted; null where it would run them all.</param>
internal sealed record Solution(ModelSpec Spec, string Weights, IPuzzleKind Kind, int[] Question, IReadOnlyList<SolvedStep> Steps, int? HaltsAt)
{
    /// <summary>The board before a step, counted from 0: the question before the first.</summary>
    public int[] Before(int step) => step == 0 ? Question : Steps[step - 1].Board;

    /// <summary>The last answer.</summary>
    public int[] Answer => Steps[^1].Board;

    /// <summary>What can be said about it, or null.</summary>
    public Verdict? Verdict => Kind.Judge(Question, Answer);
}
