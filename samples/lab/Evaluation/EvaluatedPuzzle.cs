namespace HrmGen.Lab.Evaluation;

/// <summary>One puzzle of an evaluation.</summary>
/// <param name="Question">Its tokens.</param>
/// <param name="Label">The right tokens; -100 does not count.</param>
/// <param name="Answer">The model's last answer.</param>
/// <param name="RightByStep">Whether it was right after each supervision step; an answer that stands counts on.</param>
/// <param name="Steps">Supervision steps that it took.</param>
/// <param name="Puzzle">Its puzzle identifier.</param>
/// <param name="Confidence">Probability of halting after its last step; NaN without a halting head.</param>
internal sealed record EvaluatedPuzzle(int[] Question, int[] Label, int[] Answer, bool[] RightByStep, int Steps, int Puzzle, double Confidence)
{
    /// <summary>Whether the last answer is right.</summary>
    public bool IsRight => RightByStep[^1];

    /// <summary>Part of the labelled cells that are right.</summary>
    public double CellAccuracy
    {
        get
        {
            var (right, count) = (0, 0);
            for (var i = 0; i < Label.Length; i++)
            {
                count += Label[i] == -100 ? 0 : 1;
                right += Label[i] == Answer[i] ? 1 : 0;
            }

            return count == 0 ? 1 : (double)right / count;
        }
    }
}
