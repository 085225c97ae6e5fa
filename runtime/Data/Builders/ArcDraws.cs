namespace HrmGen.Data.Builders;

/// <summary>The random draws of an ARC build, so that tests can repeat those that the official builder made.</summary>
internal interface IArcDraws
{
    /// <summary>The order in which a subset's tasks come.</summary>
    int[] Order(int count);

    /// <summary>The next augmentation to try for a task.</summary>
    ArcAugmentation Augmentation(string task);

    /// <summary>Which of a puzzle's examples is not moved.</summary>
    int Unmoved(int examples);

    /// <summary>Rows and columns by which an example of the puzzle is moved: at most the limits.</summary>
    (int Top, int Left) Translation(int rowLimit, int columnLimit);
}

/// <summary>Draws from a seed; each kind has a stream of its own, so none depends on how often another is drawn.</summary>
internal sealed class ArcDraws(long seed) : IArcDraws
{
    private readonly RandomStream _order = new(seed, 0);
    private readonly RandomStream _augmentations = new(seed, 1);
    private readonly RandomStream _translations = new(seed, 2);

    public int[] Order(int count)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        _order.Draw<int>(order, count);
        return order;
    }

    public ArcAugmentation Augmentation(string task) => ArcAugmentation.Random(_augmentations);

    public int Unmoved(int examples) => _translations.NextBelow(examples);

    public (int Top, int Left) Translation(int rowLimit, int columnLimit) =>
        (_translations.NextBelow(rowLimit + 1), _translations.NextBelow(columnLimit + 1));
}
