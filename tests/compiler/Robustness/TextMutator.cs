using System.Text;

namespace HrmGen.Compiler.Tests.Robustness;

/// <summary>Damage to characters.</summary>
internal static class TextMutator
{
    private static readonly string[] Pieces =
    [
        .. "{}[]:,#&*!|>'\"%@`-?=\\ ()+.0123456789abcxz_HTn\t\r\n\0\u0001\u007f\u0085\u00a0\u00df\u0130\u0131\u2028\u2029\ufeff\ufffe\ufffd\u202e".Select(c => c.ToString()),
        "\ud83d\ude00", "\ud800", "\udc00", "\r\n", "\n\n", "---\n", "...\n", "- ", ": ", "? ", "{ ", "<<: ", "&a ", "*a", "!!int ", "\"\\ud800\"", "\"\\x00\"", "e\u0301", "\u0660", "null", "~", "1e308", "NaN",
        "0x10", "65536", "z_H", "f(", "..", "%YAML 1.2\n", "|\n", ">-\n", "# ", " #",
    ];

    public static string Mutate(string text, Random random)
    {
        var built = new StringBuilder(text);
        for (var edits = 1 + random.Next(random.Next(1, 5)); edits > 0; edits--)
        {
            Edit(built, random);
        }

        return built.ToString();
    }

    private static void Edit(StringBuilder text, Random random)
    {
        var (at, piece) = (random.Next(text.Length + 1), Pieces[random.Next(Pieces.Length)]);
        var rest = text.Length - at;
        switch (random.Next(12))
        {
            case 0 or 1 or 2:
                text.Insert(at, piece);
                break;
            case 3 or 4:
                text.Remove(at, Math.Min(random.Next(1, 12), rest));
                break;
            case 5 or 6:
                text.Remove(at, Math.Min(1, rest)).Insert(at, piece);
                break;
            case 7:
                var copied = text.ToString(at, Math.Min(random.Next(1, 80), rest));
                text.Insert(random.Next(text.Length + 1), copied);
                break;
            case 8 when text.Length > 1:
                var (i, j) = (random.Next(text.Length), random.Next(text.Length));
                (text[i], text[j]) = (text[j], text[i]);
                break;
            case 9 when random.Next(3) == 0:
                text.Remove(at, rest);
                break;
            case 10:
                Whole(text, random);
                break;
            default:
                Line(text, random);
                break;
        }
    }

    // Line ends, indentation and a byte-order mark of the whole text.
    private static void Whole(StringBuilder text, Random random)
    {
        switch (random.Next(6))
        {
            case 0:
                text.Replace("\n", "\r\n");
                break;
            case 1:
                text.Replace("\n", "\r");
                break;
            case 2:
                text.Insert(0, "\ufeff");
                break;
            case 3:
                text.Replace("  ", "\t");
                break;
            case 4:
                text.Replace("\n", "\u0085");
                break;
            default:
                text.Replace("\n", " \n");
                break;
        }
    }

    // Deletes, doubles, moves or indents a line.
    private static void Line(StringBuilder text, Random random)
    {
        var lines = text.ToString().Split('\n').ToList();
        var at = random.Next(lines.Count);
        var line = lines[at];
        switch (random.Next(4))
        {
            case 0:
                lines.RemoveAt(at);
                break;
            case 1:
                lines.Insert(random.Next(lines.Count + 1), line);
                break;
            case 2:
                lines.RemoveAt(at);
                lines.Insert(random.Next(lines.Count + 1), line);
                break;
            default:
                lines[at] = new string(' ', random.Next(5)) + line.TrimStart();
                break;
        }

        text.Clear().AppendJoin('\n', lines);
    }
}
