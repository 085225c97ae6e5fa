using System.Collections.Immutable;
using System.Text.Json;

namespace HrmGen.Data.Builders;

/// <summary>
/// Reads ARC tasks in either published layout, plain or gzipped: combined files <c>PREFIX_SUBSET_challenges.json</c> with their
/// <c>..._solutions.json</c> (Kaggle), or a folder of a subset with one file a task (the ARC-AGI repositories).
/// </summary>
internal static class ArcTaskReader
{
    private const string Fix = "Give the files of ARC Prize as they are published.";
    private static readonly ArcGrid Unknown = new(1, 1, [0]);

    /// <summary>The tasks of a subset, in the order of the file, or of the files' names.</summary>
    /// <param name="source">The common beginning of the combined files' names, or the folder that holds the subsets' folders.</param>
    /// <param name="subset">The subset, such as <c>training</c>.</param>
    /// <param name="notes">Told where solutions are missing.</param>
    /// <exception cref="HrmGenException">There are no such files, or one is not what it should be.</exception>
    public static ImmutableArray<ArcTask> Read(string source, string subset, Action<string> notes)
    {
        string folder = Path.Combine(source, subset);
        ImmutableArray<ArcTask> tasks = Directory.Exists(folder) ? ReadFolder(folder, notes) : ReadCombined(source, subset, notes);
        return tasks.IsEmpty
            ? throw new HrmGenException($"{source}: the subset '{subset}' holds no task. {Fix}")
            : tasks;
    }

    private static ImmutableArray<ArcTask> ReadFolder(string folder, Action<string> notes)
    {
        var tasks = ImmutableArray.CreateBuilder<ArcTask>();
        int unsolved = 0;
        foreach (string path in FilesOf(folder))
        {
            string name = Path.GetFileName(path);
            name = name[..name.IndexOf(".json", StringComparison.Ordinal)];
            using JsonDocument document = JsonText.Read(path, Fix);
            tasks.Add(Task(new Place(path, name), document.RootElement, null, ref unsolved));
        }

        NoteUnsolved(folder, unsolved, notes);
        return tasks.ToImmutable();
    }

    private static string[] FilesOf(string folder)
    {
        try
        {
            return [.. Directory.EnumerateFiles(folder)
                .Where(path => path.EndsWith(".json", StringComparison.Ordinal) || path.EndsWith(".json.gz", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HrmGenException($"{folder}: cannot be read ({e.Message}). {Fix}", e);
        }
    }

    private static ImmutableArray<ArcTask> ReadCombined(string source, string subset, Action<string> notes)
    {
        string path = JsonText.Find($"{source}_{subset}_challenges.json") ?? throw new HrmGenException(
            $"{source}_{subset}_challenges.json: no such file, plain or .gz, and no folder '{Path.Combine(source, subset)}' either. " +
            "Give the common beginning of the combined files, such as kaggle/combined/arc-agi, or the folder above 'training'.");
        string? solutionsPath = JsonText.Find($"{source}_{subset}_solutions.json");
        using JsonDocument challenges = JsonText.Read(path, Fix);
        using JsonDocument? solutions = solutionsPath is null ? null : JsonText.Read(solutionsPath, Fix);
        RequireObject(path, challenges.RootElement);
        if (solutions is not null)
        {
            RequireObject(solutionsPath!, solutions.RootElement);
        }

        var tasks = ImmutableArray.CreateBuilder<ArcTask>();
        int unsolved = 0;
        foreach (JsonProperty property in challenges.RootElement.EnumerateObject())
        {
            JsonElement? answers = null;
            if (solutions is not null)
            {
                answers = solutions.RootElement.TryGetProperty(property.Name, out JsonElement found)
                    ? found
                    : throw new Place(solutionsPath!, property.Name).Error("the task is missing", Fix);
            }

            tasks.Add(Task(new Place(path, property.Name), property.Value, answers, ref unsolved));
        }

        NoteUnsolved(path, unsolved, notes);
        return tasks.ToImmutable();
    }

    private static void NoteUnsolved(string path, int unsolved, Action<string> notes)
    {
        if (unsolved > 0)
        {
            notes($"{path}: {unsolved} tests have no solution; a grid of one black cell stands for each, so accuracy on them means nothing.");
        }
    }

    private static void RequireObject(string path, JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new HrmGenException($"{path}: {InputFile.Describe(root)} where an object with a key for each task must be. {Fix}");
        }
    }

    private static ArcTask Task(Place place, JsonElement task, JsonElement? answers, ref int unsolved)
    {
        if (place.Task.Length == 0 || place.Task.Contains(ArcAugmentation.Separator, StringComparison.Ordinal))
        {
            throw place.Error($"a task's name must not be empty nor hold '{ArcAugmentation.Separator}'", "Rename it.");
        }

        if (task.ValueKind != JsonValueKind.Object)
        {
            throw place.Error($"{InputFile.Describe(task)} where an object with 'train' and 'test' must be", Fix);
        }

        var sections = ImmutableArray.CreateBuilder<ArcSection>();
        foreach (JsonProperty section in task.EnumerateObject())
        {
            // Collections of tasks add keys of their own, such as a description.
            if (section.Name is "train" or "test")
            {
                bool isTest = section.Name == "test";
                sections.Add(new ArcSection(isTest, Examples(place, section, isTest ? answers : null, ref unsolved)));
            }
        }

        return sections.Count == 2
            ? new ArcTask(place.Task, sections.ToImmutable())
            : throw place.Error("it needs both 'train' and 'test'", Fix);
    }

    private static ImmutableArray<ArcExample> Examples(Place place, JsonProperty section, JsonElement? answers, ref int unsolved)
    {
        JsonElement list = section.Value;
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
        {
            throw place.Error($"'{section.Name}' is no list of examples, or an empty one", Fix);
        }

        if (answers is { } given && (given.ValueKind != JsonValueKind.Array || given.GetArrayLength() != list.GetArrayLength()))
        {
            throw place.Error($"the solutions do not give one grid for each of its {list.GetArrayLength()} tests", Fix);
        }

        var examples = ImmutableArray.CreateBuilder<ArcExample>(list.GetArrayLength());
        for (int i = 0; i < list.GetArrayLength(); i++)
        {
            JsonElement example = list[i];
            string where = $"{section.Name}[{i}]";
            if (example.ValueKind != JsonValueKind.Object || !example.TryGetProperty("input", out JsonElement input))
            {
                throw place.Error($"{where} has no 'input'", Fix);
            }

            ArcGrid? output = answers is { } solutions ? Grid(place, $"the solution of {where}", solutions[i])
                : example.TryGetProperty("output", out JsonElement own) ? Grid(place, $"{where}.output", own)
                : section.Name == "test" ? null
                : throw place.Error($"{where} has no 'output'", Fix);
            unsolved += output is null ? 1 : 0;
            examples.Add(new ArcExample(Grid(place, $"{where}.input", input), output ?? Unknown));
        }

        return examples.MoveToImmutable();
    }

    private static ArcGrid Grid(Place place, string where, JsonElement grid)
    {
        int rows = grid.ValueKind == JsonValueKind.Array ? grid.GetArrayLength() : 0;
        int columns = rows > 0 && grid[0].ValueKind == JsonValueKind.Array ? grid[0].GetArrayLength() : 0;
        if (rows is < 1 or > ArcGrid.MaximumSide || columns is < 1 or > ArcGrid.MaximumSide)
        {
            throw place.Error($"{where} is no grid of 1 to {ArcGrid.MaximumSide} rows and columns", Fix);
        }

        byte[] cells = new byte[rows * columns];
        int at = 0;
        foreach (JsonElement row in grid.EnumerateArray())
        {
            if (row.ValueKind != JsonValueKind.Array || row.GetArrayLength() != columns)
            {
                throw place.Error($"row {at / columns} of {where} has not {columns} cells as the first has", Fix);
            }

            foreach (JsonElement cell in row.EnumerateArray())
            {
                cells[at++] = cell.ValueKind == JsonValueKind.Number && cell.TryGetByte(out byte colour) && colour < ArcGrid.Colours
                    ? colour
                    : throw place.Error($"a cell of {where} is {InputFile.Describe(cell)}, colours are 0 to {ArcGrid.Colours - 1}", Fix);
            }
        }

        return new ArcGrid(rows, columns, cells);
    }

    private readonly record struct Place(string Path, string Task)
    {
        public HrmGenException Error(string what, string fix) =>
            new($"{Path}: task '{(Task.Length > 40 ? Task[..40] + "..." : Task)}': {what}. {fix}");
    }
}
