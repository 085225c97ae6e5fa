namespace HrmGen.Lab.Puzzles;

/// <summary>What can be said of an answer.</summary>
internal sealed record Verdict(bool IsValid, string Text);

/// <summary>A kind of puzzle: how people write it, and how its cells look.</summary>
internal interface IPuzzleKind
{
    /// <summary>As <c>--kind</c> calls it.</summary>
    string Name { get; }

    /// <summary>Rows and columns, which hold the model's cells row by row.</summary>
    (int Rows, int Columns) Shape { get; }

    /// <summary>Rows and columns of the boxes that a board is ruled into; the whole board where there are none.</summary>
    (int Rows, int Columns) Box => Shape;

    /// <summary>The tokens of a puzzle.</summary>
    /// <exception cref="HrmGenException">The text is none; the message names the position.</exception>
    int[] Read(string text);

    /// <summary>A token as people write it.</summary>
    string Glyph(int token);

    /// <summary>True where the question fixes the answer's cell.</summary>
    bool IsGiven(int questionToken);

    /// <summary>A colour that stands for the token on a page, or null.</summary>
    string? Colour(int token) => null;

    /// <summary>What can be said of an answer without knowing the right one; null for nothing.</summary>
    Verdict? Judge(int[] question, int[] answer) => null;
}
