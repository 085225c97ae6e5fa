namespace HrmGen.Lab.Evaluation;

/// <summary>
/// Whether an answer to a maze is a shortest path, whichever of them: none of the benchmark's mazes has only one, so that comparing with
/// the label counts right answers as wrong.
/// </summary>
internal static class MazePath
{
    // The official vocabulary: PAD, then "# SGo".
    private const int Wall = 1, Free = 2, Start = 3, Goal = 4, Step = 5;

    /// <summary>True where the answer leaves the maze as it is and marks exactly the inner cells of one shortest path from S to G.</summary>
    /// <param name="maze">Tokens of the question, row by row.</param>
    /// <param name="answer">Tokens of the answer.</param>
    /// <param name="columns">Cells of a row.</param>
    public static bool IsShortest(ReadOnlySpan<int> maze, ReadOnlySpan<int> answer, int columns)
    {
        var marked = 0;
        for (var i = 0; i < maze.Length; i++)
        {
            if (answer[i] == Step && maze[i] == Free)
            {
                marked++;
            }
            else if (answer[i] != maze[i])
            {
                return false;
            }
        }

        var shortest = Distance(maze, columns, static token => token != Wall && token != 0);
        return shortest is { } length && marked == length - 1 && Distance(answer, columns, static token => token is Step or Start or Goal) == length;
    }

    /// <summary>Steps of a shortest way from S to G over some cells; null where there is none.</summary>
    public static int? Distance(ReadOnlySpan<int> cells, int columns, Func<int, bool> passable)
    {
        var (start, goal) = (cells.IndexOf(Start), cells.IndexOf(Goal));
        if (start < 0 || goal < 0)
        {
            return null;
        }

        var distance = new int[cells.Length];
        Array.Fill(distance, -1);
        distance[start] = 0;
        var queue = new Queue<int>([start]);
        while (queue.TryDequeue(out var at))
        {
            if (at == goal)
            {
                return distance[at];
            }

            foreach (var next in Neighbours(at, columns, cells.Length))
            {
                if (distance[next] < 0 && passable(cells[next]))
                {
                    distance[next] = distance[at] + 1;
                    queue.Enqueue(next);
                }
            }
        }

        return null;
    }

    private static IEnumerable<int> Neighbours(int at, int columns, int count)
    {
        if (at % columns > 0)
        {
            yield return at - 1;
        }

        if (at % columns < columns - 1)
        {
            yield return at + 1;
        }

        if (at >= columns)
        {
            yield return at - columns;
        }

        if (at + columns < count)
        {
            yield return at + columns;
        }
    }
}
