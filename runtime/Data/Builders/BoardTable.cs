namespace HrmGen.Data.Builders;

/// <summary>Turns the text of a puzzle into tokens and refuses what is no puzzle of its kind.</summary>
internal interface IBoardCodec
{
    /// <summary>Cells of a board of this length, or an error where no board has that many.</summary>
    void RequireCells(PuzzleCsvReader row, int cells);

    /// <summary>Reads the row's question and answer; both are as long as the spans.</summary>
    void Decode(PuzzleCsvReader row, Span<byte> question, Span<byte> answer);
}

/// <summary>Takes one puzzle of a table; the spans are valid during the call only. The rating is null in a table that does not rate all its puzzles.</summary>
internal delegate void BoardVisitor(ReadOnlySpan<byte> question, ReadOnlySpan<byte> answer, int? rating);

/// <summary>
/// A table of puzzles of one size, read twice: once to check every row and count, so that a bad line is told before anything is written,
/// and once to use them. Sudoku-Extreme has 3.8 million rows; only a random choice of them is ever held in memory.
/// </summary>
internal sealed class BoardTable
{
    private const int ReportInterval = 1 << 14;

    private readonly string _path;
    private readonly IBoardCodec _codec;
    private readonly int? _minDifficulty;
    private readonly Action<BuildProgress>? _progress;

    /// <summary>Checks a table.</summary>
    /// <exception cref="HrmGenException">A row is wrong, the sizes differ, or no row is left.</exception>
    public BoardTable(string path, IBoardCodec codec, int? minDifficulty, Action<BuildProgress>? progress)
    {
        (_path, _codec, _minDifficulty, _progress) = (path, codec, minDifficulty, progress);
        Scan((_, _, _) => { });
        if (Count == 0)
        {
            throw new HrmGenException(Rows == 0
                ? $"{path}: there is no puzzle below the header. Give a table with puzzles."
                : $"{path}: none of its {Rows} puzzles has a rating of at least {minDifficulty}; the highest is {HighestRating}. Lower the minimum.");
        }
    }

    /// <summary>Rows of the table.</summary>
    public int Rows { get; private set; }

    /// <summary>Rows that are difficult enough.</summary>
    public int Count { get; private set; }

    /// <summary>Cells of each board.</summary>
    public int Cells { get; private set; }

    /// <summary>The first line whose rating is no whole number; null where every puzzle is rated. Such a table is built without ratings.</summary>
    public long? FirstUnrated { get; private set; }

    private int HighestRating { get; set; }

    /// <summary>All rows, or a random choice in random order: numpy's <c>random.choice(..., replace=False)</c> in the official builders.</summary>
    /// <param name="sample">How many; null, or no fewer than there are, for all in their order.</param>
    /// <param name="random">Draws the choice.</param>
    /// <param name="visit">Takes each.</param>
    public void ForEach(int? sample, RandomStream random, BoardVisitor visit)
    {
        if (sample is not { } size || size >= Count)
        {
            Scan(visit);
            return;
        }

        int[] rows = [.. Enumerable.Range(0, Count)];
        random.Draw<int>(rows, size);
        var places = new Dictionary<int, int>(size);
        for (int i = 0; i < size; i++)
        {
            places.Add(rows[i], i);
        }

        var boards = new (byte[] Cells, int? Rating)[size];
        int row = 0;
        Scan((question, answer, rating) =>
        {
            if (places.TryGetValue(row++, out int place))
            {
                boards[place] = ([.. question, .. answer], rating);
            }
        });
        foreach ((byte[] board, int? rating) in boards)
        {
            visit(board.AsSpan(0, Cells), board.AsSpan(Cells), rating);
        }
    }

    private void Scan(BoardVisitor visit)
    {
        using var reader = new PuzzleCsvReader(_path);
        string stage = $"read {Path.GetFileName(_path)}";
        (int known, int knownCount) = (Rows, Count);
        (Rows, Count) = (0, 0);
        byte[] question = new byte[Cells];
        byte[] answer = new byte[Cells];
        while (reader.Read())
        {
            if (Cells == 0)
            {
                _codec.RequireCells(reader, reader.Question.Length);
                Cells = reader.Question.Length;
                (question, answer) = (new byte[Cells], new byte[Cells]);
            }

            RequireLength(reader, "question", reader.Question.Length);
            RequireLength(reader, "answer", reader.Answer.Length);
            _codec.Decode(reader, question, answer);
            Rows++;
            if (_minDifficulty is { } minimum)
            {
                HighestRating = Math.Max(HighestRating, reader.Rating);
                if (reader.Rating < minimum)
                {
                    continue;
                }
            }

            Count++;
            int? rating = reader.WholeRating;
            FirstUnrated ??= rating is null ? reader.Line : null;
            visit(question, answer, FirstUnrated is null ? rating : null);
            if (Rows % ReportInterval == 0)
            {
                _progress?.Invoke(new BuildProgress(stage, Rows, Math.Max(known, Rows)));
            }
        }

        if (known != 0 && (known, knownCount) != (Rows, Count))
        {
            throw new HrmGenException($"{_path}: the file changed while it was read. Build again when nothing writes to it.");
        }
    }

    private void RequireLength(PuzzleCsvReader row, string what, int length)
    {
        if (length != Cells)
        {
            throw row.Error(
                $"the {what} has {length} cells, the first puzzle of the table {Cells}",
                "All puzzles of a table must be of one size; fields are never trimmed.");
        }
    }
}
