using System.Text;

namespace HrmGen.Data.Builders;

/// <summary>The kinds of board that can be shown.</summary>
public enum PuzzleKind
{
    /// <summary>A list of token numbers: a task of the user's own.</summary>
    Tokens,

    /// <summary>A Sudoku of any box size.</summary>
    Sudoku,

    /// <summary>A square maze.</summary>
    Maze,

    /// <summary>An ARC grid in its frame of 30 x 30.</summary>
    Arc,
}

/// <summary>Lays a cell out: given its place in the sequence and its text, the text to print, for instance with colours around it.</summary>
public delegate string CellStyle(int cell, string text);

/// <summary>Boards as lines of text.</summary>
public static class PuzzleText
{
    private const int MostTokensOfALine = 32;

    /// <summary>What a data set holds, from the sizes in its <c>dataset.json</c> and, where these leave two kinds, a label.</summary>
    public static PuzzleKind KindOf(PuzzleDataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        PuzzleDatasetMetadata metadata = dataset.Metadata;
        if (metadata.vocab_size == ArcSequence.VocabSize && metadata.seq_len == ArcSequence.Length)
        {
            return PuzzleKind.Arc;
        }

        int[] labels = new int[metadata.seq_len];
        dataset.Sets[0].CopyLabels(0, labels);
        if (SudokuSize.WithCells(metadata.seq_len) is { } size && size.VocabSize == metadata.vocab_size && labels.Min() >= 2)
        {
            return PuzzleKind.Sudoku;
        }

        int side = (int)Math.Sqrt(metadata.seq_len);
        return metadata.vocab_size == MazeCodec.VocabSize && side * side == metadata.seq_len ? PuzzleKind.Maze : PuzzleKind.Tokens;
    }

    /// <summary>Renders a board. Lines have no trailing newline; cells that hold no token of the kind show as <c>?</c>.</summary>
    /// <param name="kind">What the tokens mean.</param>
    /// <param name="tokens">A question, an answer or a prediction; ignored labels (-100) count as padding.</param>
    /// <param name="style">Wraps a cell's text, for instance in colour; null leaves it.</param>
    /// <exception cref="ArgumentException">No board of the kind has as many cells.</exception>
    public static IReadOnlyList<string> Lines(PuzzleKind kind, ReadOnlySpan<int> tokens, CellStyle? style = null)
    {
        int side = (int)Math.Sqrt(tokens.Length);
        bool fits = kind switch
        {
            PuzzleKind.Sudoku => SudokuSize.WithCells(tokens.Length) is not null,
            PuzzleKind.Maze => side * side == tokens.Length,
            PuzzleKind.Arc => tokens.Length == ArcSequence.Length,
            _ => true,
        };
        if (!fits)
        {
            throw new ArgumentException($"No board of kind {kind} has {tokens.Length} cells.", nameof(tokens));
        }

        style ??= (_, text) => text;
        return kind switch
        {
            PuzzleKind.Sudoku => Sudoku(SudokuSize.WithCells(tokens.Length)!.Value, tokens, style),
            PuzzleKind.Maze => Grid(tokens, side, side, side, MazeCell, style),
            PuzzleKind.Arc => Arc(tokens, style),
            _ => Grid(tokens, (tokens.Length + MostTokensOfALine - 1) / MostTokensOfALine, MostTokensOfALine, MostTokensOfALine, t => $"{t} ", style),
        };
    }

    private static List<string> Sudoku(SudokuSize size, ReadOnlySpan<int> tokens, CellStyle style)
    {
        var lines = new List<string>();
        string rule = string.Join("┼", Enumerable.Range(0, size.Box).Select(i => new string('─', (2 * size.Box) + (i == 0 || i == size.Box - 1 ? 0 : 1))));
        for (int row = 0; row < size.Side; row++)
        {
            if (row > 0 && row % size.Box == 0)
            {
                lines.Add(rule);
            }

            var line = new StringBuilder();
            for (int column = 0; column < size.Side; column++)
            {
                int cell = (row * size.Side) + column;
                line.Append(column == 0 ? "" : column % size.Box == 0 ? " │ " : " ");
                line.Append(style(cell, SudokuCell(tokens[cell], size)));
            }

            lines.Add(line.ToString());
        }

        return lines;
    }

    private static string SudokuCell(int token, SudokuSize size) => token switch
    {
        PuzzleBatch.IgnoreLabel or 0 => " ",
        1 => ".",
        _ => token >= 2 && token < size.VocabSize ? SudokuCodec.Digit(token - 1).ToString() : "?",
    };

    // Two characters a cell make it about square in a terminal.
    private static string MazeCell(int token) => token switch
    {
        PuzzleBatch.IgnoreLabel or 0 => "  ",
        MazeCodec.Wall => "██",
        MazeCodec.Open => "  ",
        MazeCodec.Start => "S ",
        MazeCodec.Goal => "G ",
        MazeCodec.Path => "o ",
        _ => "? ",
    };

    private static List<string> Arc(ReadOnlySpan<int> tokens, CellStyle style)
    {
        // Padding to the right of and below everything else is left out.
        (int rows, int columns) = (0, 0);
        for (int cell = 0; cell < tokens.Length; cell++)
        {
            if (tokens[cell] is not (0 or PuzzleBatch.IgnoreLabel))
            {
                rows = (cell / ArcGrid.MaximumSide) + 1;
                columns = Math.Max(columns, (cell % ArcGrid.MaximumSide) + 1);
            }
        }

        return Grid(tokens, rows, columns, ArcGrid.MaximumSide, ArcCell, style);
    }

    private static string ArcCell(int token) => token switch
    {
        PuzzleBatch.IgnoreLabel or 0 => "  ",
        1 => "+ ",
        2 => ". ",
        _ => token > 2 && token < ArcSequence.VocabSize ? $"{token - 2} " : "? ",
    };

    private static List<string> Grid(ReadOnlySpan<int> tokens, int rows, int columns, int stride, Func<int, string> text, CellStyle style)
    {
        var lines = new List<string>();
        for (int row = 0; row < rows; row++)
        {
            var line = new StringBuilder();
            for (int cell = row * stride; cell < Math.Min((row * stride) + columns, tokens.Length); cell++)
            {
                line.Append(style(cell, text(tokens[cell])));
            }

            lines.Add(line.ToString());
        }

        return lines;
    }
}
