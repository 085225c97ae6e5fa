using System.Globalization;
using System.Text.Json;
using HrmGen.Models;

namespace HrmGen.Lab.Puzzles;

/// <summary>
/// ARC: the input grid as JSON, rows of colours 0 to 9. It lies in the upper left corner of the model's square, and end marks close it at
/// the right and below, as in the official builder (<c>np_grid_to_seq_translational_augment</c>, without translation).
/// </summary>
internal sealed class ArcPuzzle(int side) : IPuzzleKind
{
    /// <summary>PAD, the end mark and ten colours.</summary>
    public const int Vocabulary = 12;

    private const int End = 1;
    private const int FirstColour = 2;

    // The colours that ARC's own pages show.
    private static readonly string[] Colours = ["#000000", "#0074d9", "#ff4136", "#2ecc40", "#ffdc00", "#aaaaaa", "#f012be", "#ff851b", "#7fdbff", "#870c25"];

    public string Name => "arc";

    public (int Rows, int Columns) Shape => (side, side);

    /// <summary>True for twelve tokens on a square.</summary>
    public static bool Fits(ModelSpec spec) => spec.VocabSize == Vocabulary && Math.Round(Math.Sqrt(spec.SeqLen)) is var root && root * root == spec.SeqLen;

    public int[] Read(string text)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(text);
        }
        catch (JsonException e)
        {
            throw new HrmGenException($"puzzle: line {e.LineNumber + 1}, position {e.BytePositionInLine + 1} is not JSON; an ARC grid is rows of colours, as in [[0, 3], [3, 0]]", e);
        }

        using (document)
        {
            return Tokens(document.RootElement);
        }
    }

    public string Glyph(int token) => token switch
    {
        0 => " ",
        End => "|",
        _ => (token - FirstColour).ToString(CultureInfo.InvariantCulture),
    };

    public bool IsGiven(int questionToken) => false;

    public string? Colour(int token) => token >= FirstColour ? Colours[token - FirstColour] : null;

    private int[] Tokens(JsonElement grid)
    {
        var rows = List(grid, "the grid");
        var width = rows.Count == 0 ? 0 : List(rows[0], "row 1").Count;
        if (rows.Count == 0 || width == 0 || rows.Count > side || width > side)
        {
            throw new HrmGenException($"puzzle: the grid has {rows.Count} rows and {width} columns; a model of {side}x{side} takes 1 to {side} of each");
        }

        var tokens = new int[side * side];
        for (var r = 0; r < rows.Count; r++)
        {
            var row = List(rows[r], $"row {r + 1}");
            if (row.Count != width)
            {
                throw new HrmGenException($"puzzle: row {r + 1} has {row.Count} colours, row 1 has {width}");
            }

            for (var c = 0; c < width; c++)
            {
                tokens[(r * side) + c] = row[c].ValueKind == JsonValueKind.Number && row[c].TryGetInt32(out var colour) && colour is >= 0 and <= 9
                    ? colour + FirstColour
                    : throw new HrmGenException($"puzzle: {row[c].GetRawText()} at row {r + 1}, column {c + 1} is no colour from 0 to 9");
            }
        }

        Close(tokens, rows.Count, width);
        return tokens;
    }

    private void Close(int[] tokens, int rows, int columns)
    {
        for (var c = 0; rows < side && c < columns; c++)
        {
            tokens[(rows * side) + c] = End;
        }

        for (var r = 0; columns < side && r < rows; r++)
        {
            tokens[(r * side) + columns] = End;
        }
    }

    private static List<JsonElement> List(JsonElement element, string what) => element.ValueKind == JsonValueKind.Array
        ? [.. element.EnumerateArray()]
        : throw new HrmGenException($"puzzle: {what} is not a list; an ARC grid is rows of colours, as in [[0, 3], [3, 0]]");
}
