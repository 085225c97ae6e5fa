using System.Globalization;

namespace HrmGen.Lab.Puzzles;

/// <summary>Any task: the tokens themselves, with white space or commas between them.</summary>
internal sealed class TokenPuzzle((int Rows, int Columns) shape, int vocabulary) : IPuzzleKind
{
    private static readonly char[] Separators = [' ', ',', '\t', '\r', '\n'];

    public string Name => "tokens";

    public (int Rows, int Columns) Shape => shape;

    public int[] Read(string text)
    {
        var words = text.Split(Separators, StringSplitOptions.RemoveEmptyEntries);
        var cells = shape.Rows * shape.Columns;
        var tokens = words.Take(cells).Select((word, i) => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var token) && token < vocabulary
            ? token
            : throw new HrmGenException($"puzzle: '{word}' at {CellText.Place(i, shape.Columns)} is no token from 0 to {vocabulary - 1}")).ToArray();
        return words.Length == cells
            ? tokens
            : throw new HrmGenException($"puzzle: {words.Length} tokens where the model has {cells} cells; {(words.Length < cells ? $"{CellText.Place(words.Length, shape.Columns)} is missing" : $"position {cells + 1} is one too many")}");
    }

    public string Glyph(int token) => token.ToString(CultureInfo.InvariantCulture);

    public bool IsGiven(int questionToken) => false;
}
