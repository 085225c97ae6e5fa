using TorchSharp.Modules;

namespace HrmGen.Optimizers;

/// <summary>State is saved by parameter name, so a name may stand for one parameter only.</summary>
internal static class ParameterNames
{
    public static void ThrowIfRepeated(IReadOnlyList<(string name, Parameter parameter)> parameters)
    {
        var seen = new HashSet<string>(parameters.Count, StringComparer.Ordinal);
        foreach (var (name, _) in parameters)
        {
            if (!seen.Add(name))
            {
                throw new ArgumentException($"The parameter name '{name}' occurs twice; give each parameter its own name.", nameof(parameters));
            }
        }
    }
}
