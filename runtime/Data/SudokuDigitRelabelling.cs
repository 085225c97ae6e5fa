namespace HrmGen.Data;

/// <summary>
/// Renames the digits of a Sudoku: one random permutation of the digit tokens (2..V-1) for question and answer of a row, so a valid
/// solution stays one. Padding (0), blanks (1) and ignored labels (-100) stay. It is the part of the official builder's
/// <c>shuffle_sudoku</c> that touches no positions, so it maps no training grid onto one of another relabelling class.
/// </summary>
/// <param name="vocab_size">The data set's vocabulary: 11 for 9x9 Sudoku, 6 for 4x4.</param>
/// <exception cref="ArgumentOutOfRangeException">Fewer than two digits are left.</exception>
public sealed class SudokuDigitRelabelling(int vocab_size) : IBatchAugmentation
{
    private const int FirstDigit = 2;
    private const int MaximumVocabulary = 1024;

    private readonly int _vocabSize = vocab_size is >= FirstDigit + 2 and <= MaximumVocabulary
        ? vocab_size
        : throw new ArgumentOutOfRangeException(
            nameof(vocab_size), vocab_size, $"A Sudoku vocabulary has {FirstDigit + 2} to {MaximumVocabulary} tokens (padding, blank, digits).");

    /// <inheritdoc/>
    public void RequireCompatible(PuzzleDatasetMetadata metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        if (metadata.vocab_size != _vocabSize)
        {
            throw new HrmGenException(
                $"Digit relabelling was made for vocab_size {_vocabSize}, the data set has {metadata.vocab_size}. " +
                "Make it with the data set's vocab_size, and use it for Sudoku only.");
        }
    }

    /// <inheritdoc/>
    public void Apply(Span<int> inputs, Span<int> labels, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(random);
        Span<int> renamed = stackalloc int[_vocabSize];
        for (int token = 0; token < renamed.Length; token++)
        {
            renamed[token] = token;
        }

        random.Draw(renamed[FirstDigit..], _vocabSize - FirstDigit);
        Rename(inputs, renamed);
        Rename(labels, renamed);
    }

    private static void Rename(Span<int> tokens, ReadOnlySpan<int> renamed)
    {
        foreach (ref int token in tokens)
        {
            // -100 is the one value outside the vocabulary.
            token = token < 0 ? token : renamed[token];
        }
    }
}
