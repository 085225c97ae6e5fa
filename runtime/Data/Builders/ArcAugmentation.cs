using System.Globalization;

namespace HrmGen.Data.Builders;

/// <summary>
/// An augmentation of an ARC task: colours renamed (0, the background, stays), then one of the eight rotations and reflections;
/// <c>aug</c> of TRM's <c>dataset/build_arc_dataset.py</c>. Its name in <c>identifiers.json</c> is all that is needed to undo it.
/// </summary>
/// <param name="Transform">The image, numbered as <see cref="Dihedral"/> numbers them.</param>
/// <param name="ColourMap">New colour of each of the ten.</param>
public sealed record ArcAugmentation(int Transform, byte[] ColourMap)
{
    /// <summary>What separates task, transform and colours in a name.</summary>
    public const string Separator = "|||";

    /// <summary>The augmentation that changes nothing: that of a name which is only a task's.</summary>
    public static ArcAugmentation None { get; } = new(0, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);

    /// <summary>An augmentation drawn as the official builder draws it.</summary>
    public static ArcAugmentation Random(RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(random);
        int transform = random.NextBelow(Dihedral.Count);
        byte[] colours = [.. None.ColourMap];
        random.Draw(colours.AsSpan(1), ArcGrid.Colours - 1);
        return new ArcAugmentation(transform, colours);
    }

    /// <summary>The name of a task under this augmentation: <c>task|||t3|||0123456789</c>.</summary>
    public string NameOf(string task) =>
        string.Create(CultureInfo.InvariantCulture, $"{task}{Separator}t{Transform}{Separator}{string.Concat(ColourMap)}");

    /// <summary>Takes a puzzle's name apart: TRM's <c>task|||t3|||0123456789</c>, HRM's <c>task_t3_0123456789</c>, or a task's alone.</summary>
    /// <param name="name">A name of <c>identifiers.json</c>.</param>
    /// <returns>The task and how its grids were augmented; <see cref="None"/> where the name says nothing of it.</returns>
    /// <exception cref="HrmGenException">The name has TRM's separators but no transform and permutation of colours.</exception>
    public static (string Task, ArcAugmentation Augmentation) Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string[] parts = name.Split(Separator);
        if (parts.Length == 1)
        {
            string[] words = name.Split('_');
            return words.Length > 2 && Read(words[^2], words[^1]) is { } old
                ? (string.Join('_', words[..^2]), old)
                : (name, None);
        }

        return parts.Length >= 3 && Read(parts[^2], parts[^1]) is { } augmentation
            ? (parts[0], augmentation)
            : throw new HrmGenException(
                $"'{name[..Math.Min(name.Length, 100)]}' in identifiers.json names no augmentation. " +
                "It must read task|||t0|||0123456789 with t0 to t7 and a permutation of the colours; build the data set again.");
    }

    /// <summary>The augmented grid.</summary>
    public ArcGrid Apply(ArcGrid grid)
    {
        ArgumentNullException.ThrowIfNull(grid);
        byte[] cells = new byte[grid.Cells.Length];
        (int rows, int columns) = Dihedral.Apply(Transform, grid.Cells, grid.Rows, grid.Columns, cells);
        return new ArcGrid(rows, columns, Map(cells, ColourMap));
    }

    /// <summary>The grid whose augmentation this is: <c>inverse_aug</c> of the official builder.</summary>
    public ArcGrid Undo(ArcGrid grid)
    {
        ArgumentNullException.ThrowIfNull(grid);
        byte[] cells = new byte[grid.Cells.Length];
        (int rows, int columns) = Dihedral.Apply(Dihedral.Inverse(Transform), grid.Cells, grid.Rows, grid.Columns, cells);
        byte[] inverse = new byte[ArcGrid.Colours];
        for (byte colour = 0; colour < inverse.Length; colour++)
        {
            inverse[ColourMap[colour]] = colour;
        }

        return new ArcGrid(rows, columns, Map(cells, inverse));
    }

    private static byte[] Map(byte[] cells, byte[] colours)
    {
        foreach (ref byte cell in cells.AsSpan())
        {
            cell = colours[cell];
        }

        return cells;
    }

    private static ArcAugmentation? Read(string transform, string colours) =>
        transform is ['t', >= '0' and <= '7'] && colours.Length == ArcGrid.Colours && colours.Order().SequenceEqual("0123456789")
            ? new ArcAugmentation(transform[1] - '0', [.. colours.Select(c => (byte)(c - '0'))])
            : null;
}
