using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace HrmGen.Data.Builders;

/// <summary>
/// Reads the puzzle tables that the official builders read: a header line, then rows <c>source,question,answer,rating</c> by position.
/// Fields are never trimmed (a maze begins and ends with blanks) and may be quoted. One line is in memory at a time.
/// </summary>
internal sealed class PuzzleCsvReader : IDisposable
{
    private const int Columns = 4;
    private const int MaximumLine = 1 << 20;
    private static readonly SearchValues<byte> PuzzleCharacters = SearchValues.Create(" .#SGo0123456789"u8);

    private readonly SafeFileHandle _handle;
    private readonly (int Start, int Length)[] _fields = new (int, int)[Columns];
    private byte[] _buffer;
    private int _start;
    private int _end;
    private long _offset;
    private bool _fileEnded;

    /// <summary>Opens a table and reads its header.</summary>
    /// <exception cref="HrmGenException">No such file, or its first line is not a header of four columns.</exception>
    public PuzzleCsvReader(string path)
    {
        Path = path;
        _handle = InputFile.Open(path, "Give a CSV file with the columns source,question,answer,rating.");
        _buffer = new byte[Math.Clamp(InputFile.Length(_handle, path), 256, 1 << 16)];
        try
        {
            if (!Read())
            {
                throw Error("the file is empty", "Its first line must be the header source,question,answer,rating.");
            }

            // The official builders skip the first line whatever it says; a table without header would silently lose a puzzle.
            if (Field(1).Length > 0 && !Field(1).ContainsAnyExcept(PuzzleCharacters))
            {
                throw Error("the first line is a puzzle, it must be the header", "Put the line source,question,answer,rating above it.");
            }
        }
        catch
        {
            _handle.Dispose();
            throw;
        }
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The line of the row that was read last, the first being 1.</summary>
    public long Line { get; private set; }

    /// <summary>The question of the row; valid until the next is read.</summary>
    public ReadOnlySpan<byte> Question => Field(1);

    /// <summary>The answer of the row; valid until the next is read.</summary>
    public ReadOnlySpan<byte> Answer => Field(2);

    /// <summary>The rating of the row.</summary>
    /// <exception cref="HrmGenException">It is no whole number.</exception>
    public int Rating => WholeRating ?? throw Error($"the rating '{Show(Field(3))}' is no whole number", "Correct it, or build without a minimum difficulty.");

    /// <summary>The rating of the row; null where it is no whole number.</summary>
    public int? WholeRating => Utf8Parser.TryParse(Field(3), out int rating, out int used) && used == Field(3).Length ? rating : null;

    /// <summary>Goes to the next row; empty lines are passed over.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="HrmGenException">The row has not four fields, or a quote is not closed.</exception>
    public bool Read()
    {
        while (NextLine(out int start, out int length))
        {
            Line++;
            if (Line == 1 && _buffer.AsSpan(start, length).StartsWith(Encoding.UTF8.Preamble))
            {
                (start, length) = (start + 3, length - 3);
            }

            if (length > 0)
            {
                Split(start, start + length);
                return true;
            }
        }

        return false;
    }

    /// <summary>An error at the row that was read last.</summary>
    public HrmGenException Error(string what, string fix) => new($"{Path}({Math.Max(Line, 1)}): {what}. {fix}");

    public void Dispose() => _handle.Dispose();

    /// <summary>Field text for a message: short, and free of control characters.</summary>
    internal static string Show(ReadOnlySpan<byte> field)
    {
        string text = Encoding.Latin1.GetString(field[..Math.Min(field.Length, 40)]);
        return string.Concat(text.Select(c => char.IsControl(c) ? '?' : c)) + (field.Length > 40 ? "..." : "");
    }

    private ReadOnlySpan<byte> Field(int index) => _buffer.AsSpan(_fields[index].Start, _fields[index].Length);

    private bool NextLine(out int start, out int length)
    {
        int searched = _start;
        while (true)
        {
            int newline = _buffer.AsSpan(searched, _end - searched).IndexOf((byte)'\n');
            if (newline >= 0 || (_fileEnded && _start < _end))
            {
                (start, int end) = (_start, newline >= 0 ? searched + newline : _end);
                _start = newline >= 0 ? end + 1 : _end;
                length = end - start - (end > start && _buffer[end - 1] == '\r' ? 1 : 0);
                return true;
            }

            if (_fileEnded)
            {
                (start, length) = (0, 0);
                return false;
            }

            Fill();
            searched = _start;
        }
    }

    private void Fill()
    {
        int kept = _end - _start;
        if (kept == _buffer.Length)
        {
            if (kept >= MaximumLine)
            {
                Line++;
                throw Error($"the line is longer than {MaximumLine} bytes", "This is no table of puzzles; give a CSV file with one puzzle a line.");
            }

            Array.Resize(ref _buffer, kept * 2);
        }
        else
        {
            _buffer.AsSpan(_start, kept).CopyTo(_buffer);
        }

        (_start, _end) = (0, kept);
        try
        {
            int read = RandomAccess.Read(_handle, _buffer.AsSpan(_end), _offset);
            (_end, _offset, _fileEnded) = (_end + read, _offset + read, read == 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HrmGenException($"{Path}: cannot be read ({e.Message}). Copy it again.", e);
        }
    }

    private void Split(int start, int end)
    {
        int count = 0;
        int at = start;
        while (true)
        {
            bool quoted = at < end && _buffer[at] == '"';
            (int fieldStart, int fieldLength, int next) = quoted ? Unquote(at, end) : Plain(at, end);
            if (count < Columns)
            {
                _fields[count] = (fieldStart, fieldLength);
            }

            count++;
            if (next == end)
            {
                break;
            }

            if (_buffer[next] != ',')
            {
                throw Error($"text follows the closing quote of field {count}", "Separate the fields by commas.");
            }

            at = next + 1;
        }

        if (count != Columns)
        {
            throw Error($"{count} fields where 4 must be", "Write source,question,answer,rating.");
        }
    }

    private (int Start, int Length, int Next) Plain(int at, int end)
    {
        int comma = _buffer.AsSpan(at, end - at).IndexOf((byte)',');
        int next = comma < 0 ? end : at + comma;
        return (at, next - at, next);
    }

    // In place: what is unquoted is shorter than what was quoted.
    private (int Start, int Length, int Next) Unquote(int at, int end)
    {
        int write = at;
        for (int read = at + 1; read < end; read++)
        {
            if (_buffer[read] != '"')
            {
                _buffer[write++] = _buffer[read];
            }
            else if (read + 1 < end && _buffer[read + 1] == '"')
            {
                _buffer[write++] = _buffer[read++];
            }
            else
            {
                return (at, write - at, read + 1);
            }
        }

        throw Error("a quote is not closed on its line", "Close it; no puzzle needs quotes.");
    }
}
