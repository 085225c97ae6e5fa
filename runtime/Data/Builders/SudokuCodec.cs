namespace HrmGen.Data.Builders;

/// <summary>
/// Sudoku tokens: 0 padding, 1 blank, digit d is d + 1. In text a blank is <c>.</c> or <c>0</c>, digits over 9 are letters from <c>A</c> on.
/// </summary>
internal sealed class SudokuCodec : IBoardCodec
{
    private const byte Blank = 1;

    private SudokuSize _size;

    /// <summary>The size of the table's boards.</summary>
    public SudokuSize Size => _size;

    public void RequireCells(PuzzleCsvReader row, int cells) => _size = SudokuSize.WithCells(cells) ?? throw row.Error(
        $"the question has {cells} cells, which no Sudoku has",
        "A 9x9 Sudoku has 81 and a 4x4 one 16, row by row, with '.' for a blank.");

    public void Decode(PuzzleCsvReader row, Span<byte> question, Span<byte> answer)
    {
        ReadOnlySpan<byte> questionText = row.Question;
        ReadOnlySpan<byte> answerText = row.Answer;
        for (int cell = 0; cell < question.Length; cell++)
        {
            question[cell] = Token(row, "question", questionText[cell], cell);
            answer[cell] = Token(row, "answer", answerText[cell], cell);
            if (answer[cell] == Blank || (question[cell] != Blank && question[cell] != answer[cell]))
            {
                throw row.Error(
                    $"at {Place(cell)} the answer has '{(char)answerText[cell]}' and the question '{(char)questionText[cell]}'",
                    "The answer must fill every cell and keep the clues.");
            }
        }

        RequireSolved(row, answer);
    }

    /// <summary>Whether each row, column and box of a grid of tokens holds every digit.</summary>
    /// <param name="size">The grid's size.</param>
    /// <param name="tokens">The grid.</param>
    /// <param name="cell">The first cell that repeats a digit.</param>
    public static bool IsSolved(SudokuSize size, ReadOnlySpan<byte> tokens, out int cell)
    {
        Span<uint> seen = stackalloc uint[3 * size.Side];
        seen.Clear();
        for (cell = 0; cell < size.Cells; cell++)
        {
            (int row, int column) = (cell / size.Side, cell % size.Side);
            uint digit = 1u << tokens[cell];
            ref uint inRow = ref seen[row];
            ref uint inColumn = ref seen[size.Side + column];
            ref uint inBox = ref seen[(2 * size.Side) + size.BoxOf(row, column)];
            if (((inRow | inColumn | inBox) & digit) != 0)
            {
                return false;
            }

            inRow |= digit;
            inColumn |= digit;
            inBox |= digit;
        }

        return true;
    }

    /// <summary>The text of a board, as the tables have it.</summary>
    public static string Text(ReadOnlySpan<byte> tokens)
    {
        Span<char> text = stackalloc char[tokens.Length];
        for (int i = 0; i < tokens.Length; i++)
        {
            text[i] = tokens[i] <= Blank ? '.' : Digit(tokens[i] - 1);
        }

        return text.ToString();
    }

    /// <summary>The character of a digit.</summary>
    public static char Digit(int digit) => (char)(digit <= 9 ? '0' + digit : 'A' + digit - 10);

    private byte Token(PuzzleCsvReader row, string what, byte character, int cell)
    {
        int digit = character switch
        {
            (byte)'.' => 0,
            >= (byte)'0' and <= (byte)'9' => character - '0',
            >= (byte)'A' and <= (byte)'Z' => character - 'A' + 10,
            _ => int.MaxValue,
        };
        return digit <= _size.Side
            ? (byte)(digit + 1)
            : throw row.Error(
                $"the {what} has '{PuzzleCsvReader.Show([character])}' at {Place(cell)}",
                $"Cells are digits from 1 to {Digit(_size.Side)}, or '.' for a blank.");
    }

    private void RequireSolved(PuzzleCsvReader row, ReadOnlySpan<byte> answer)
    {
        if (!IsSolved(_size, answer, out int cell))
        {
            throw row.Error(
                $"the answer repeats the digit {Digit(answer[cell] - 1)} at {Place(cell)} in a row, column or box",
                "Correct the answer, or delete the line.");
        }
    }

    private string Place(int cell) => $"row {(cell / _size.Side) + 1}, column {(cell % _size.Side) + 1}";
}
