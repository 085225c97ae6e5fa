namespace HrmGen.Lab.Console;

/// <summary>A line that moves on a terminal, and lines one below the other elsewhere.</summary>
internal sealed class ProgressLine(LabHost host)
{
    private int shown;

    /// <summary>Shows a line.</summary>
    /// <param name="line">The text.</param>
    /// <param name="moves">Whether the next one may take its place.</param>
    public void Show(string line, bool moves)
    {
        if (!host.IsRich)
        {
            host.Output.WriteLine(line);
            return;
        }

        var width = Math.Max(20, System.Console.WindowWidth - 1);
        var text = moves && line.Length > width ? line[..width] : line;
        host.Output.Write("\r" + text.PadRight(shown));
        shown = moves ? text.Length : 0;
        if (!moves)
        {
            host.Output.WriteLine();
        }
    }

    /// <summary>Leaves the last line standing.</summary>
    public void End()
    {
        if (shown > 0)
        {
            host.Output.WriteLine();
            shown = 0;
        }
    }
}
