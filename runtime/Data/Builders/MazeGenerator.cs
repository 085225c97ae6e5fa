using System.Text;

namespace HrmGen.Data.Builders;

/// <summary>Generates mazes whose shortest path is unique, so that the label follows from the maze in every orientation.</summary>
public static class MazeGenerator
{
    private const int LargestSide = 100;

    // A carved maze gets one opening that makes a loop for this many cells.
    private const int CellsPerLoop = 40;

    /// <summary>
    /// Generates a data set, and its tables in <c>csv/</c>. No test maze is a rotation or reflection of a training maze. The rating in
    /// the tables is the number of moves.
    /// </summary>
    /// <param name="options">What to generate.</param>
    /// <param name="progress">Told now and then how far it is.</param>
    /// <exception cref="HrmGenException">An option is out of range, too few mazes exist, or the folder cannot be written.</exception>
    public static DatasetSummary Generate(MazeGenerateOptions options, Action<BuildProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        int side = options.Side;
        Options.RequireAtLeast("the side of the mazes", side, 3);
        Options.RequireAtMost("the side of the mazes", side, LargestSide);
        int minimum = options.MinLength ?? side;
        Options.RequireAtLeast("the fewest moves", minimum, 2);
        Options.RequireAtMost("the fewest moves", minimum, side * side / 2);

        var random = new RandomStream(options.Seed);
        GeneratedPuzzle? Next()
        {
            byte[] maze = options.Style == MazeStyle.Carved ? Carved(side, random) : Scattered(side, random);
            return PlaceEnds(maze, side, minimum, random) && MazeSolver.Solve(maze, side) is { IsUnique: true } solution
                ? new GeneratedPuzzle(maze, solution.Answer, solution.Length, Form(maze, side))
                : null;
        }

        const string Advice = "Ask for fewer mazes, larger ones or shorter paths, or for carved ones, whose paths are longer.";
        return new GeneratedTable(options, Next, Advice, progress).Write(
            new PuzzleSplitFormat(side * side, MazeCodec.VocabSize, Identifiers: 1, StateGroupsAsPuzzles: true),
            $"hrmgen-maze{side}",
            board => MazeCodec.Text(board));
    }

    /// <summary>The smallest of a maze's eight images: the same for all of them.</summary>
    internal static string Form(ReadOnlySpan<byte> maze, int side)
    {
        byte[] best = maze.ToArray();
        byte[] image = new byte[maze.Length];
        for (int transform = 1; transform < Dihedral.Count; transform++)
        {
            Dihedral.Apply(transform, maze, side, side, image);
            if (image.AsSpan().SequenceCompareTo(best) < 0)
            {
                (best, image) = (image, best);
            }
        }

        return Encoding.Latin1.GetString(best);
    }

    private static byte[] Scattered(int side, RandomStream random)
    {
        byte[] maze = new byte[side * side];
        double share = 0.3 + (0.2 * random.NextDouble());
        foreach (ref byte cell in maze.AsSpan())
        {
            cell = random.NextDouble() < share ? MazeCodec.Wall : MazeCodec.Open;
        }

        return maze;
    }

    // A walk that opens walls which touch one open cell only, and goes back where it is stuck: a tree, so every path is the only one.
    private static byte[] Carved(int side, RandomStream random)
    {
        byte[] maze = new byte[side * side];
        maze.AsSpan().Fill(MazeCodec.Wall);
        var way = new Stack<int>([random.NextBelow(maze.Length)]);
        maze[way.Peek()] = MazeCodec.Open;
        while (way.Count > 0)
        {
            int[] next = [.. Neighbours(way.Peek(), side).Where(cell =>
                maze[cell] == MazeCodec.Wall && Neighbours(cell, side).Count(other => maze[other] == MazeCodec.Open) == 1)];
            if (next.Length == 0)
            {
                way.Pop();
                continue;
            }

            int opened = next[random.NextBelow(next.Length)];
            maze[opened] = MazeCodec.Open;
            way.Push(opened);
        }

        for (int i = 0; i < maze.Length / CellsPerLoop; i++)
        {
            maze[random.NextBelow(maze.Length)] = MazeCodec.Open;
        }

        return maze;
    }

    private static IEnumerable<int> Neighbours(int cell, int side)
    {
        (int row, int column) = (cell / side, cell % side);
        return new[] { (row + 1, column), (row, column - 1), (row, column + 1), (row - 1, column) }
            .Where(place => place.Item1 >= 0 && place.Item1 < side && place.Item2 >= 0 && place.Item2 < side)
            .Select(place => (place.Item1 * side) + place.Item2);
    }

    private static bool PlaceEnds(byte[] maze, int side, int minimum, RandomStream random)
    {
        int start = random.NextBelow(maze.Length);
        if (maze[start] == MazeCodec.Wall)
        {
            return false;
        }

        MazeSolver.Reach reach = MazeSolver.From(maze, side, start);
        int[] goals = [.. Enumerable.Range(0, maze.Length).Where(cell => reach.Distance[cell] >= minimum && !reach.IsAmbiguous[cell])];
        if (goals.Length == 0)
        {
            return false;
        }

        (maze[start], maze[goals[random.NextBelow(goals.Length)]]) = (MazeCodec.Start, MazeCodec.Goal);
        return true;
    }
}
