namespace HrmGen.Data.Builders;

/// <summary>Maze tokens: 0 padding, 1 wall, 2 open, 3 start, 4 goal, 5 path; the characters are <c># SGo</c>.</summary>
internal sealed class MazeCodec : IBoardCodec
{
    public const byte Wall = 1;
    public const byte Open = 2;
    public const byte Start = 3;
    public const byte Goal = 4;
    public const byte Path = 5;
    public const int VocabSize = 6;

    private const int LargestSide = 1000;

    private static ReadOnlySpan<byte> Characters => "# SGo"u8;

    /// <summary>Rows and columns of the table's mazes.</summary>
    public int Side { get; private set; }

    public void RequireCells(PuzzleCsvReader row, int cells)
    {
        Side = (int)Math.Sqrt(cells);
        if (Side * Side != cells || Side is < 2 or > LargestSide)
        {
            throw row.Error(
                $"the question has {cells} cells, which no square maze has",
                "Write n x n of the characters '# SGo' row by row, blanks at the ends of the field included.");
        }
    }

    public void Decode(PuzzleCsvReader row, Span<byte> question, Span<byte> answer)
    {
        Tokens(row, "question", row.Question, question);
        Tokens(row, "answer", row.Answer, answer);
        int unlike = 0;
        while (unlike < question.Length && (question[unlike] == answer[unlike] || (question[unlike] == Open && answer[unlike] == Path)))
        {
            unlike++;
        }

        if (question.Count(Start) != 1 || question.Count(Goal) != 1 || question.Contains(Path))
        {
            throw row.Error("the question has not one 'S', one 'G' and no 'o'", "Correct the maze, or delete the line.");
        }

        if (unlike < question.Length)
        {
            throw row.Error(
                $"row {(unlike / Side) + 1}, column {(unlike % Side) + 1} is '{(char)row.Question[unlike]}' in the question and " +
                $"'{(char)row.Answer[unlike]}' in the answer",
                "The answer must be the maze with 'o' on open cells of the path.");
        }
    }

    /// <summary>The text of a maze, as the tables have it.</summary>
    public static string Text(ReadOnlySpan<byte> tokens)
    {
        char[] text = new char[tokens.Length];
        for (int i = 0; i < text.Length; i++)
        {
            text[i] = (char)Characters[tokens[i] - 1];
        }

        return new string(text);
    }

    private void Tokens(PuzzleCsvReader row, string what, ReadOnlySpan<byte> text, Span<byte> tokens)
    {
        for (int i = 0; i < text.Length; i++)
        {
            int index = Characters.IndexOf(text[i]);
            tokens[i] = index >= 0
                ? (byte)(index + 1)
                : throw row.Error(
                    $"the {what} has '{PuzzleCsvReader.Show(text.Slice(i, 1))}' at row {(i / Side) + 1}, column {(i % Side) + 1}",
                    "Cells are '#', blank, 'S', 'G' and 'o'.");
        }
    }
}
