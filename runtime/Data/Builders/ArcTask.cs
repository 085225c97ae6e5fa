using System.Collections.Immutable;

namespace HrmGen.Data.Builders;

/// <summary>One pair of grids of an ARC task.</summary>
/// <param name="Input">The question.</param>
/// <param name="Output">The answer.</param>
public sealed record ArcExample(ArcGrid Input, ArcGrid Output);

/// <summary>The demonstrations or the tests of a task.</summary>
/// <param name="IsTest">Whether they are the task's tests.</param>
/// <param name="Examples">The pairs.</param>
public sealed record ArcSection(bool IsTest, ImmutableArray<ArcExample> Examples);

/// <summary>An ARC task.</summary>
/// <param name="Name">Its name, eight hexadecimal digits in ARC-AGI.</param>
/// <param name="Sections">Demonstrations and tests in the order of the file, which is the order of a puzzle's examples.</param>
public sealed record ArcTask(string Name, ImmutableArray<ArcSection> Sections)
{
    /// <summary>The task as <c>test_puzzles.json</c> holds it.</summary>
    internal void WriteJson(TextWriter writer)
    {
        string separator = "{";
        foreach (ArcSection section in Sections)
        {
            writer.Write(separator);
            writer.Write(section.IsTest ? "\"test\": [" : "\"train\": [");
            separator = PythonJson.Comma;
            for (int i = 0; i < section.Examples.Length; i++)
            {
                writer.Write(i == 0 ? "{\"input\": " : ", {\"input\": ");
                Write(writer, section.Examples[i].Input);
                writer.Write(", \"output\": ");
                Write(writer, section.Examples[i].Output);
                writer.Write('}');
            }

            writer.Write(']');
        }

        writer.Write('}');
    }

    private static void Write(TextWriter writer, ArcGrid grid)
    {
        for (int i = 0; i < grid.Cells.Length; i++)
        {
            writer.Write(i == 0 ? "[[" : i % grid.Columns == 0 ? "], [" : PythonJson.Comma);
            writer.Write((char)('0' + grid.Cells[i]));
        }

        writer.Write("]]");
    }
}
