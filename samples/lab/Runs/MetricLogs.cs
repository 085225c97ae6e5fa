using System.Globalization;
using System.Text;
using System.Text.Json;
using TorchSharp.Modules;
using static TorchSharp.torch.utils.tensorboard;

namespace HrmGen.Lab.Runs;

/// <summary>Rows of numbers to a CSV file, a JSONL log and TensorBoard's event files. Appends, so that a resumed run goes on in its files.</summary>
internal sealed class MetricLogs
{
    private readonly string csv;
    private readonly string jsonl;
    private readonly SummaryWriter board;
    private string[]? columns;

    /// <summary>Opens the logs of a run.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="name">metrics or eval.</param>
    /// <param name="step">The step that the run goes on from: rows beyond it, of a run that was killed, are dropped.</param>
    public MetricLogs(string folder, string name, long step)
    {
        (csv, jsonl) = (Path.Combine(folder, name + ".csv"), Path.Combine(folder, name + ".jsonl"));
        Trim(csv, step, line => line.Split(',')[0]);
        Trim(jsonl, step, line => line.StartsWith("{\"step\":", StringComparison.Ordinal) ? line["{\"step\":".Length..].Split(',', '}')[0] : "");
        columns = File.Exists(csv) ? File.ReadLines(csv).FirstOrDefault()?.Split(',')[1..] : null;
        board = SummaryWriter(Path.Combine(folder, "tensorboard", name), createRunName: false);
    }

    /// <summary>Adds a row.</summary>
    public void Add(long step, IReadOnlyList<(string Name, double Value)> values)
    {
        if (columns is null)
        {
            columns = [.. values.Select(v => v.Name)];
            File.WriteAllText(csv, "step," + string.Join(',', columns) + "\n");
        }

        var byName = values.ToDictionary(v => v.Name, v => v.Value, StringComparer.Ordinal);
        File.AppendAllText(csv, step.ToString(CultureInfo.InvariantCulture) + "," + string.Join(',', columns.Select(c => byName.TryGetValue(c, out var v) ? Text(v) : "")) + "\n");
        File.AppendAllText(jsonl, Json(step, values) + "\n");
        foreach (var (name, value) in values.Where(v => double.IsFinite(v.Value)))
        {
            board.add_scalar(name, (float)value, (int)step);
        }
    }

    private static string Text(double value) => double.IsFinite(value) ? value.ToString("G9", CultureInfo.InvariantCulture) : "";

    private static string Json(long step, IReadOnlyList<(string Name, double Value)> values)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteNumber("step", step);
            foreach (var (name, value) in values)
            {
                if (double.IsFinite(value))
                {
                    writer.WriteNumber(name, value);
                }
                else
                {
                    writer.WriteNull(name);
                }
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    // A kill can leave half a line, and lines of steps that will be made again.
    private static void Trim(string path, long step, Func<string, string> stepOf)
    {
        if (!File.Exists(path))
        {
            return;
        }

        var text = File.ReadAllText(path);
        var whole = text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var kept = whole.Where((line, i) => (i == 0 && line.StartsWith("step,", StringComparison.Ordinal))
            || (long.TryParse(stepOf(line), NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at <= step)).ToList();
        File.WriteAllText(path, string.Concat(kept.Select(l => l + "\n")));
    }
}
