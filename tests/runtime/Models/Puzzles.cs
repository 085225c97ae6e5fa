using HrmGen.Data;
using HrmGen.Models;

namespace HrmGen.Tests.Models;

/// <summary>Made-up puzzles: random tokens with the tokens themselves as labels.</summary>
internal static class Puzzles
{
    public static PuzzleBatch Batch(int rows, ModelSpec spec, int seed)
    {
        var draw = new Random(seed);
        var (inputs, labels, puzzles) = (new int[rows, spec.SeqLen], new int[rows, spec.SeqLen], new int[rows]);
        for (var row = 0; row < rows; row++)
        {
            puzzles[row] = spec.PuzzleCount > 0 ? draw.Next(spec.PuzzleCount) : 0;
            for (var cell = 0; cell < spec.SeqLen; cell++)
            {
                labels[row, cell] = draw.Next(1, spec.VocabSize);
                inputs[row, cell] = draw.Next(2) == 0 ? labels[row, cell] : 1;
            }
        }

        return PuzzleBatch.Create(inputs, labels, puzzles);
    }
}
