using static TorchSharp.torch;

namespace HrmGen.Models;

/// <summary>The latents of a model by name, for code that does not know its type.</summary>
public interface ILatents
{
    /// <summary>
    /// Every latent with its name, each <c>[B, positions, hidden_size]</c> in the model's forward format, in the order of the spec.
    /// Element i of an indexed latent <c>z</c> is called <c>zi</c> (<c>z_L1</c>, <c>z_L2</c>, ...).
    /// </summary>
    IEnumerable<(string Name, Tensor Value)> Named { get; }

    /// <summary>A latent by name.</summary>
    /// <exception cref="KeyNotFoundException">There is none of that name.</exception>
    Tensor this[string name] => Named.FirstOrDefault(l => l.Name == name).Value
        ?? throw new KeyNotFoundException($"There is no latent '{name}'; there are {string.Join(", ", Named.Select(l => l.Name))}");
}

/// <summary>The typed latents of a model.</summary>
/// <typeparam name="TSelf">The record that implements this.</typeparam>
public interface ILatents<TSelf> : ILatents
    where TSelf : class, ILatents<TSelf>
{
    /// <summary>Builds the record from a function that gives each latent by name.</summary>
    static abstract TSelf From(Func<string, Tensor> latent);
}
