namespace HrmGen.Data.Builders;

/// <summary>A shortest way through a maze.</summary>
/// <param name="Length">Moves from start to goal.</param>
/// <param name="Answer">The label: the maze with its path marked.</param>
/// <param name="IsUnique">Whether no other path is as short.</param>
public sealed record MazeSolution(int Length, byte[] Answer, bool IsUnique);

/// <summary>
/// Solves mazes by the label rule of Maze-Hard: breadth-first search from the start, neighbours in the order down, left, right, up, each
/// cell keeping the one it was first reached from. (Found by trying the rules on all 2000 published mazes: this one gives every label.)
/// </summary>
public static class MazeSolver
{
    private const int Unreached = -1;

    /// <summary>Solves a maze.</summary>
    /// <param name="maze">side x side tokens: 1 wall, 2 open, 3 start, 4 goal.</param>
    /// <param name="side">Rows and columns.</param>
    /// <returns>Null where there is no start or goal, or no way between them.</returns>
    public static MazeSolution? Solve(ReadOnlySpan<byte> maze, int side)
    {
        int start = maze.IndexOf(MazeCodec.Start);
        int goal = maze.IndexOf(MazeCodec.Goal);
        if (start < 0 || goal < 0)
        {
            return null;
        }

        Reach reach = From(maze, side, start);
        if (reach.Distance[goal] == Unreached)
        {
            return null;
        }

        byte[] answer = maze.ToArray();
        for (int cell = reach.Parent[goal]; cell != start; cell = reach.Parent[cell])
        {
            answer[cell] = MazeCodec.Path;
        }

        return new MazeSolution(reach.Distance[goal], answer, !reach.IsAmbiguous[goal]);
    }

    /// <summary>
    /// Whether an answer marks a shortest path, be it the label or another one as short: what a model can be asked for where the rule
    /// among equals is arbitrary (no maze of Maze-Hard has a unique shortest path).
    /// </summary>
    /// <param name="maze">side x side tokens of the question.</param>
    /// <param name="answer">As many tokens; must be the maze but for path (5) on open cells.</param>
    /// <param name="side">Rows and columns.</param>
    public static bool IsShortestPath(ReadOnlySpan<byte> maze, ReadOnlySpan<byte> answer, int side)
    {
        int marked = 0;
        byte[] onPath = new byte[maze.Length];
        for (int cell = 0; cell < maze.Length; cell++)
        {
            bool isMarked = maze[cell] == MazeCodec.Open && answer[cell] == MazeCodec.Path;
            if (!isMarked && answer[cell] != maze[cell])
            {
                return false;
            }

            marked += isMarked ? 1 : 0;
            onPath[cell] = maze[cell] == MazeCodec.Open && !isMarked ? MazeCodec.Wall : maze[cell];
        }

        // As many marks as the shortest path has, and a path of that length through marks alone: then none is anywhere else.
        return Solve(maze, side) is { } shortest && marked == shortest.Length - 1 && Solve(onPath, side)?.Length == shortest.Length;
    }

    /// <summary>Distances of all cells from one, and which are reached by several shortest paths.</summary>
    internal static Reach From(ReadOnlySpan<byte> maze, int side, int start)
    {
        var reach = new Reach(new int[maze.Length], new int[maze.Length], new bool[maze.Length]);
        Array.Fill(reach.Distance, Unreached);
        int[] queue = new int[maze.Length];
        int end = 1;
        (queue[0], reach.Distance[start]) = (start, 0);
        Span<int> neighbours = stackalloc int[4];
        for (int next = 0; next < end; next++)
        {
            int cell = queue[next];
            int column = cell % side;
            neighbours[0] = cell + side < maze.Length ? cell + side : Unreached;
            neighbours[1] = column > 0 ? cell - 1 : Unreached;
            neighbours[2] = column < side - 1 ? cell + 1 : Unreached;
            neighbours[3] = cell - side;
            foreach (int other in neighbours)
            {
                if (other < 0 || maze[other] == MazeCodec.Wall)
                {
                    continue;
                }

                if (reach.Distance[other] == Unreached)
                {
                    (reach.Distance[other], reach.Parent[other], reach.IsAmbiguous[other]) = (reach.Distance[cell] + 1, cell, reach.IsAmbiguous[cell]);
                    queue[end++] = other;
                }
                else if (reach.Distance[other] == reach.Distance[cell] + 1)
                {
                    reach.IsAmbiguous[other] = true;
                }
            }
        }

        return reach;
    }

    /// <summary>What a search found, by cell.</summary>
    internal sealed record Reach(int[] Distance, int[] Parent, bool[] IsAmbiguous);
}
