namespace HrmGen.Compiler.Passes;

/// <summary>What the recorded updates train: whether the input is reached from the answer, and which networks are.</summary>
internal sealed record GradientReach(bool Input, IReadOnlyCollection<string> Networks)
{
    /// <summary>Follows the recorded updates back from the latents that the heads read.</summary>
    public static GradientReach Of(IReadOnlyList<Execution> executions, int recorded, IEnumerable<Element> outputs)
    {
        var needed = new HashSet<Element>(outputs);
        var networks = new HashSet<string>(StringComparer.Ordinal);
        var input = false;
        for (var i = executions.Count - 1; i >= executions.Count - recorded; i--)
        {
            var execution = executions[i];
            if (!needed.Remove(execution.Target))
            {
                continue;
            }

            needed.UnionWith(execution.Reads);
            networks.UnionWith(execution.Calls);
            input |= execution.ReadsInput;
        }

        return new(input, networks);
    }
}
