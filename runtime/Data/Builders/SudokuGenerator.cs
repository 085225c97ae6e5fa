namespace HrmGen.Data.Builders;

/// <summary>Generates 4x4 and 9x9 Sudokus with one solution each.</summary>
public static class SudokuGenerator
{
    private const int FewestClues4 = 4;
    private const int FewestClues9 = 17;

    /// <summary>
    /// Generates a data set, and its tables in <c>csv/</c>. No test puzzle is an image of a training puzzle under any symmetry of
    /// Sudoku; for 9x9 not even the solved grids are. (For 4x4 they must be: its 288 grids are images of only two.)
    /// The rating in the tables is the number of guesses that <see cref="SudokuSolver"/> needs.
    /// </summary>
    /// <param name="options">What to generate.</param>
    /// <param name="progress">Told now and then how far it is.</param>
    /// <exception cref="HrmGenException">An option is out of range, too few puzzles exist, or the folder cannot be written.</exception>
    public static DatasetSummary Generate(SudokuGenerateOptions options, Action<BuildProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Side is not (4 or 9))
        {
            throw new HrmGenException($"Sudokus with a side of {options.Side} are not generated. Give 4 or 9.");
        }

        var size = new SudokuSize(options.Side == 4 ? 2 : 3);
        (int fewest, int minimum, int maximum) = options.Side == 4
            ? (FewestClues4, options.MinClues ?? 4, options.MaxClues ?? Math.Max(9, options.MinClues ?? 0))
            : (FewestClues9, options.MinClues ?? Math.Min(24, options.MaxClues ?? 24), options.MaxClues ?? Math.Max(32, options.MinClues ?? 0));
        Options.RequireAtLeast("the fewest clues (no puzzle with fewer has one solution)", minimum, fewest);
        Options.RequireAtLeast("the most clues", maximum, minimum);
        Options.RequireAtMost("the most clues", maximum, size.Cells - 1);
        Options.RequireAtLeast("the minimum difficulty", options.MinDifficulty, 0);

        var random = new RandomStream(options.Seed);
        var solver = new SudokuSolver(size);
        var forms = new SudokuCanonicalForm(size);
        GeneratedPuzzle? Next()
        {
            byte[] answer = solver.RandomGrid(random);
            byte[]? question = Dig(solver, answer, minimum + random.NextBelow(maximum - minimum + 1), maximum, random);
            if (question is null || solver.Count(question, 2) != 1 || solver.Guesses < options.MinDifficulty)
            {
                return null;
            }

            int rating = solver.Guesses;
            string form = forms.Of(question, answer);
            return new GeneratedPuzzle(question, answer, rating, form, options.Side == 4 ? null : forms.GridOf(form));
        }

        const string Advice = "Ask for fewer puzzles, a wider range of clues or a lower difficulty.";
        return new GeneratedTable(options, Next, Advice, progress).Write(
            new PuzzleSplitFormat(size.Cells, size.VocabSize, Identifiers: 1, StateGroupsAsPuzzles: true),
            $"hrmgen-sudoku{options.Side}",
            board => SudokuCodec.Text(board));
    }

    /// <summary>Takes clues away in random order while the solution stays the only one, down to a number of clues.</summary>
    /// <returns>Null where no more could be taken away and more than <paramref name="most"/> are left.</returns>
    private static byte[]? Dig(SudokuSolver solver, byte[] answer, int target, int most, RandomStream random)
    {
        byte[] question = [.. answer];
        int[] cells = [.. Enumerable.Range(0, answer.Length)];
        random.Draw<int>(cells, cells.Length);
        int clues = answer.Length;
        foreach (int cell in cells)
        {
            if (clues == target)
            {
                break;
            }

            question[cell] = 1;
            if (solver.Count(question, 2) == 1)
            {
                clues--;
            }
            else
            {
                question[cell] = answer[cell];
            }
        }

        return clues <= most ? question : null;
    }
}
