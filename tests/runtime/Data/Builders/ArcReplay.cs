using System.Text.Json;
using HrmGen.Data;
using HrmGen.Data.Builders;

namespace HrmGen.Tests.Data.Builders;

/// <summary>The draws that the official ARC builder made for <c>arc/official-mini-aug-3</c>, read back from what it wrote.</summary>
internal sealed class ArcReplay : IArcDraws
{
    private readonly string[] _tasks;
    private readonly Queue<ArcAugmentation> _augmentations;
    private readonly List<(int Top, int Left)[]> _places = [];
    private readonly Dictionary<int, string[]> _fileOrder;
    private Queue<(int Top, int Left)> _moved = new();
    private int _puzzle;

    public ArcReplay(string official, string source)
    {
        string[] names = JsonSerializer.Deserialize<string[]>(File.ReadAllBytes(Path.Combine(official, "identifiers.json")))![1..];
        _tasks = [.. names.Where(name => !name.Contains('|', StringComparison.Ordinal))];
        _augmentations = new(names.Where(name => name.Contains('|', StringComparison.Ordinal)).Select(name => ArcAugmentation.Parse(name).Augmentation));
        _fileOrder = new[] { "training", "evaluation" }.Select(subset =>
        {
            using JsonDocument file = JsonDocument.Parse(File.ReadAllBytes($"{source}_{subset}_challenges.json"));
            return file.RootElement.EnumerateObject().Select(task => task.Name).ToArray();
        }).ToDictionary(tasks => tasks.Length);

        PuzzleSet set = PuzzleDataset.Load(official, "train").Sets[0];
        for (int puzzle = 0; puzzle < set.PuzzleCount; puzzle++)
        {
            (int start, int end) = set.ExamplesOf(puzzle);
            _places.Add([.. Enumerable.Range(start, end - start).Select(example =>
            {
                int[] tokens = PuzzleFiles.Row(set, example, ArcSequence.Length);
                int[] used = [.. Enumerable.Range(0, tokens.Length).Where(cell => tokens[cell] > 1)];
                return (used.Min(cell => cell / 30), used.Min(cell => cell % 30));
            })]);
        }
    }

    public int[] Order(int count) => [.. _tasks.Where(_fileOrder[count].Contains).Select(task => Array.IndexOf(_fileOrder[count], task))];

    public ArcAugmentation Augmentation(string task) => _augmentations.Dequeue();

    public int Unmoved(int examples)
    {
        if (_puzzle == _places.Count)
        {
            return 0;
        }

        (int Top, int Left)[] places = _places[_puzzle++];
        int unmoved = Array.IndexOf(places, (0, 0));
        _moved = new(places.Where((_, i) => i != unmoved));
        return unmoved;
    }

    public (int Top, int Left) Translation(int rowLimit, int columnLimit)
    {
        (int top, int left) = _moved.Dequeue();
        Assert.InRange(top, 0, rowLimit);
        Assert.InRange(left, 0, columnLimit);
        return (top, left);
    }
}
