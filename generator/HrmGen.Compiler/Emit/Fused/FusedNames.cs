using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Emit.Fused;

/// <summary>Locals of the fused form that no name of the spec hides: its latents, networks, constants and counters come first.</summary>
internal sealed class FusedNames
{
    private readonly HashSet<string> taken = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> gradients = new(StringComparer.Ordinal);

    public FusedNames(ArchitectureModel model, LoweredRecursion recursion)
    {
        taken.UnionWith(model.Recursion.Latents.Select(l => l.Name));
        taken.UnionWith(model.Networks.Select(n => n.Name));
        taken.UnionWith(model.Recursion.Constants.Select(c => c.Name));
        Take(recursion.WithoutGradient);
        Take(recursion.WithGradient);
        (Model, Plan) = (Fresh("model"), Fresh("plan"));
        (Pass, Tile, Input, Element, InputGradient) = (Fresh("pass"), Fresh("tile"), Fresh("input"), Fresh("element"), Fresh("d_x"));
    }

    /// <summary>The field of the model.</summary>
    public string Model { get; }

    /// <summary>An element of an indexed latent's gradient.</summary>
    public string Element { get; }

    /// <summary>The pass.</summary>
    public string Pass { get; }

    /// <summary>Some of its examples.</summary>
    public string Tile { get; }

    /// <summary>x as rows.</summary>
    public string Input { get; }

    /// <summary>The gradient of x.</summary>
    public string InputGradient { get; }

    /// <summary>The field of the plan.</summary>
    public string Plan { get; }

    /// <summary>The gradient of a latent, of an element, or of a hoisted value, as C# names those.</summary>
    public string GradientOf(string target)
    {
        var end = target.IndexOf('[');
        var (name, index) = end < 0 ? (target, "") : (target.Substring(0, end), target.Substring(end));
        if (!gradients.TryGetValue(name, out var gradient))
        {
            gradients[name] = gradient = Fresh("d_" + name);
        }

        return gradient + index;
    }

    /// <summary>A name that nothing has yet.</summary>
    public string Fresh(string name)
    {
        for (var i = 1; ; i++)
        {
            var candidate = i == 1 ? name : $"{name}_{Invariant.Text(i)}";
            if (taken.Add(candidate))
            {
                return candidate;
            }
        }
    }

    private void Take(IEnumerable<Statement> statements)
    {
        foreach (var statement in statements)
        {
            switch (statement)
            {
                case Hoist hoist:
                    _ = taken.Add(hoist.Name);
                    break;
                case Loop loop:
                    _ = taken.Add(loop.Counter);
                    Take(loop.Body);
                    break;
                case Every every:
                    Take(every.Body);
                    break;
            }
        }
    }
}
