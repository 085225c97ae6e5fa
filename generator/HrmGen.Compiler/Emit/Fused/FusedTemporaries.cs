namespace HrmGen.Compiler.Emit.Fused;

/// <summary>Locals that statements take for a while, to be declared ahead of them.</summary>
/// <param name="names">All locals.</param>
/// <param name="stem">What they are called.</param>
internal sealed class FusedTemporaries(FusedNames names, string stem)
{
    private readonly List<string> all = [];
    private readonly Stack<string> free = new();

    /// <summary>All that were ever taken at once.</summary>
    public IReadOnlyList<string> All => all;

    /// <summary>One that nobody has.</summary>
    public string Take()
    {
        if (free.Count == 0)
        {
            all.Add(names.Fresh(stem));
            return all[all.Count - 1];
        }

        return free.Pop();
    }

    /// <summary>Gives one back.</summary>
    public void Release(string name) => free.Push(name);
}
