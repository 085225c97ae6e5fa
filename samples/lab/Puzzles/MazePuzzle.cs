namespace HrmGen.Lab.Puzzles;

/// <summary>Mazes: <c>#</c> a wall, a space a way, S and G the ends, o the path. Tokens are the place in that alphabet, as in the official builder.</summary>
internal sealed class MazePuzzle((int Rows, int Columns) shape) : IPuzzleKind
{
    /// <summary>The alphabet and PAD.</summary>
    public const int Vocabulary = 6;

    private const string Alphabet = "?# SGo";
    private static readonly string?[] Colours = [null, "var(--wall)", null, "var(--start)", "var(--goal)", "var(--path)"];

    public string Name => "maze";

    public (int Rows, int Columns) Shape => shape;

    public int[] Read(string text) => CellText.Read(
        text, shape, $"a {shape.Rows}x{shape.Columns} maze", c => Alphabet.IndexOf(c, StringComparison.Ordinal) is > 0 and var token ? token : c == '.' ? 2 : null,
        "# (wall), space or . (way), S, G and o", c => c is '\n' or '\r');

    public string Glyph(int token) => Alphabet[token].ToString();

    public bool IsGiven(int questionToken) => questionToken != 2;

    public string? Colour(int token) => Colours[token];
}
