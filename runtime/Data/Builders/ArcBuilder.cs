using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace HrmGen.Data.Builders;

/// <summary>
/// Builds an ARC data set: TRM's <c>dataset/build_arc_dataset.py</c>. A task and its augmentations are a group; each puzzle has an
/// identifier of its own, and holds the task's demonstrations, and in <c>train</c> also the tests of subsets that are not tested on.
/// </summary>
public static class ArcBuilder
{
    // An augmentation that gives a puzzle again is drawn anew, this many times as often as augmentations are wanted.
    private const int Retries = 5;

    /// <summary>Builds the data set.</summary>
    /// <param name="options">What to build.</param>
    /// <param name="progress">Told now and then how far it is.</param>
    /// <exception cref="HrmGenException">An option, a file or the output folder is unusable; the message names the task and the fix.</exception>
    public static DatasetSummary Build(ArcBuildOptions options, Action<BuildProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Build(options, new ArcDraws(options.Seed), progress);
    }

    internal static DatasetSummary Build(ArcBuildOptions options, IArcDraws draws, Action<BuildProgress>? progress = null)
    {
        Require(options);
        using PuzzleFolderWriter writer = PuzzleFolderWriter.Create(options.Output, options.Overwrite);
        var notes = new List<string>();
        List<Group> groups = Plan(options, draws, notes, progress);
        Dictionary<string, int> identifiers = Number(groups, options.IdentifiersStart);
        int count = options.IdentifiersStart + identifiers.Count;
        var format = new PuzzleSplitFormat(ArcSequence.Length, ArcSequence.VocabSize, count);

        var splits = ImmutableArray.CreateBuilder<SplitSummary>();
        splits.Add(Write(writer, "train", format, groups, identifiers, draws, progress));
        List<Group> tested = groups.FindAll(group => group.IsTested);
        if (tested.Count > 0)
        {
            splits.Add(Write(writer, "test", format, tested, identifiers, draws, progress));
        }

        writer.WriteIdentifiers(Enumerable.Repeat("<blank>", options.IdentifiersStart).Concat(identifiers.Keys));
        writer.WriteText("test_puzzles.json", text => WriteTestPuzzles(text, tested));
        writer.Commit();
        return new DatasetSummary(writer.Target, format.SeqLen, format.VocabSize, count, splits.ToImmutable(), [.. notes]);
    }

    private static void Require(ArcBuildOptions options)
    {
        Options.RequireAtLeast("the number of augmentations", options.NumAug, 0);
        Options.RequireAtLeast("the first identifier", options.IdentifiersStart, 1);
        Options.RequireAtMost("the number of augmentations", options.NumAug, 1_000_000);
        Options.RequireAtMost("the first identifier", options.IdentifiersStart, 1 << 28);
        if (options.Subsets.Count == 0 || options.Subsets.Distinct().Count() != options.Subsets.Count)
        {
            throw new HrmGenException("The subsets are none, or one comes twice. Name each once, such as training, evaluation and concept.");
        }
    }

    private static List<Group> Plan(ArcBuildOptions options, IArcDraws draws, List<string> notes, Action<BuildProgress>? progress)
    {
        var groups = new List<Group>();
        (int scarce, int missing) = (0, 0);
        foreach (string subset in options.Subsets)
        {
            ImmutableArray<ArcTask> tasks = ArcTaskReader.Read(options.Source, subset, notes.Add);
            bool isTested = options.TestSubsets.Contains(subset);
            int done = 0;
            foreach (int index in draws.Order(tasks.Length))
            {
                List<ArcAugmentation> augmentations = Augment(tasks[index], options.NumAug, draws);
                groups.Add(new Group(tasks[index], isTested, augmentations));
                scarce += augmentations.Count < options.NumAug ? 1 : 0;
                missing += options.NumAug - augmentations.Count;
                progress?.Invoke(new BuildProgress($"augment {subset}", ++done, tasks.Length));
            }
        }

        if (missing > 0)
        {
            notes.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{scarce} tasks have fewer different images than {options.NumAug}, {missing} in all: they look the same under some of them."));
        }

        NoteLeaks(groups, notes);
        return groups;
    }

    private static void NoteLeaks(List<Group> groups, List<string> notes)
    {
        var tested = groups.Where(group => group.IsTested).Select(group => group.Task.Name).ToHashSet(StringComparer.Ordinal);
        int leaks = groups.Count(group => !group.IsTested && tested.Contains(group.Task.Name));
        if (leaks > 0)
        {
            notes.Add(string.Create(
                CultureInfo.InvariantCulture, $"{leaks} tested tasks are also in a subset that trains on its tests: accuracy on them means nothing."));
        }
    }

    private static List<ArcAugmentation> Augment(ArcTask task, int wanted, IArcDraws draws)
    {
        var augmentations = new List<ArcAugmentation>();
        if (wanted == 0)
        {
            return augmentations;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal) { Hash(task, ArcAugmentation.None) };
        for (long trial = 0; trial < (long)Retries * wanted && augmentations.Count < wanted; trial++)
        {
            ArcAugmentation augmentation = draws.Augmentation(task.Name);
            if (seen.Add(Hash(task, augmentation)))
            {
                augmentations.Add(augmentation);
            }
        }

        return augmentations;
    }

    /// <summary>What tells augmentations of a task apart, whatever the order of its examples: <c>puzzle_hash</c> of the official builder.</summary>
    private static string Hash(ArcTask task, ArcAugmentation augmentation)
    {
        List<string> hashes = [.. task.Sections
            .SelectMany(section => section.Examples)
            .Select(example => $"{augmentation.Apply(example.Input).Hash()}|{augmentation.Apply(example.Output).Hash()}")];
        hashes.Sort(StringComparer.Ordinal);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Join('|', hashes))));
    }

    // A task that two subsets hold keeps the identifier of its first place, as in the official builder.
    private static Dictionary<string, int> Number(List<Group> groups, int first)
    {
        var identifiers = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string name in groups.SelectMany(group => group.Puzzles).Select(puzzle => puzzle.Name))
        {
            identifiers.TryAdd(name, first + identifiers.Count);
        }

        return identifiers;
    }

    private static SplitSummary Write(
        PuzzleFolderWriter writer,
        string name,
        PuzzleSplitFormat format,
        List<Group> groups,
        Dictionary<string, int> identifiers,
        IArcDraws draws,
        Action<BuildProgress>? progress)
    {
        bool isTest = name == "test";
        byte[] inputs = new byte[ArcSequence.Length];
        byte[] labels = new byte[ArcSequence.Length];
        using PuzzleSplitWriter split = writer.BeginSplit(name, format);
        int done = 0;
        foreach (Group group in groups)
        {
            ArcExample[] examples = [.. group.ExamplesOf(isTest)];
            foreach ((string puzzle, ArcAugmentation augmentation) in group.Puzzles)
            {
                // One example of each puzzle, and all tests, stand where the evaluation looks for them: at the top left.
                int unmoved = draws.Unmoved(examples.Length);
                for (int i = 0; i < examples.Length; i++)
                {
                    (ArcGrid input, ArcGrid output) = (augmentation.Apply(examples[i].Input), augmentation.Apply(examples[i].Output));
                    (int top, int left) = isTest || i == unmoved ? (0, 0) : draws.Translation(
                        ArcGrid.MaximumSide - Math.Max(input.Rows, output.Rows), ArcGrid.MaximumSide - Math.Max(input.Columns, output.Columns));
                    ArcSequence.Encode(input, top, left, inputs);
                    ArcSequence.Encode(output, top, left, labels);
                    split.AddExample(inputs, labels);
                }

                split.EndPuzzle(identifiers[puzzle]);
            }

            split.EndGroup();
            progress?.Invoke(new BuildProgress(name, ++done, groups.Count));
        }

        return split.Complete();
    }

    private static void WriteTestPuzzles(TextWriter text, List<Group> tested)
    {
        text.Write('{');
        string separator = "";
        foreach (ArcTask task in tested.Select(group => group.Task).DistinctBy(task => task.Name))
        {
            text.Write(separator);
            text.Write(PythonJson.Text(task.Name));
            text.Write(": ");
            task.WriteJson(text);
            separator = PythonJson.Comma;
        }

        text.Write('}');
    }

    private sealed record Group(ArcTask Task, bool IsTested, List<ArcAugmentation> Augmentations)
    {
        public IEnumerable<(string Name, ArcAugmentation Augmentation)> Puzzles =>
            Augmentations.Select(a => (a.NameOf(Task.Name), a)).Prepend((Task.Name, ArcAugmentation.None));

        public IEnumerable<ArcExample> ExamplesOf(bool testSplit) => Task.Sections
            .Where(section => testSplit ? section.IsTest : !(section.IsTest && IsTested))
            .SelectMany(section => section.Examples);
    }
}
