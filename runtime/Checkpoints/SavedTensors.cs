using static TorchSharp.torch;

namespace HrmGen.Checkpoints;

/// <summary>Tensors of a saved training state, each taken by name and held against what the run expects before anything is changed.</summary>
/// <param name="place">Where they come from, for messages.</param>
/// <param name="tensors">By name.</param>
internal sealed class SavedTensors(string place, IReadOnlyDictionary<string, Tensor> tensors)
{
    private readonly HashSet<string> taken = new(StringComparer.Ordinal);

    /// <summary>Rows of a vector; null where there is none of that name, or it is no vector.</summary>
    public long? Rows(string name) => tensors.TryGetValue(name, out var tensor) && tensor.dim() == 1 ? tensor.size(0) : null;

    public bool Has(string name) => tensors.ContainsKey(name);

    /// <summary>A tensor of one of the given types and of exactly the given shape.</summary>
    public Tensor Take(string name, ReadOnlySpan<long> shape, params ReadOnlySpan<ScalarType> types)
    {
        if (!tensors.TryGetValue(name, out var tensor))
        {
            throw Wrong($"'{name}' is missing");
        }

        _ = taken.Add(name);
        return tensor.shape.AsSpan().SequenceEqual(shape) && types.Contains(tensor.dtype)
            ? tensor
            : throw Wrong($"'{name}' is {tensor.dtype} [{string.Join(", ", tensor.shape)}], this run's is {types[0]} [{string.Join(", ", shape.ToArray())}]");
    }

    /// <summary>A tensor of the type and shape of another.</summary>
    public Tensor Like(string name, Tensor other) => Take(name, other.shape, other.dtype);

    /// <summary>A counter: int64 without dimensions, not negative.</summary>
    public long Count(string name)
    {
        var value = Take(name, [], ScalarType.Int64).item<long>();
        return value >= 0 ? value : throw Wrong($"'{name}' is {value}");
    }

    /// <summary>The state of a random generator.</summary>
    public Tensor Generator(string name)
    {
        var state = tensors.TryGetValue(name, out var found) ? found : throw Wrong($"'{name}' is missing");
        _ = taken.Add(name);
        return GeneratorState.Refusal(state) is { } reason ? throw Wrong($"'{name}': {reason}") : state;
    }

    /// <summary>A tensor of whole numbers from <paramref name="least"/> to below <paramref name="limit"/>, one value aside.</summary>
    public Tensor Within(string name, ReadOnlySpan<long> shape, long least, long limit, long? aside = null)
    {
        var tensor = Take(name, shape, ScalarType.Int32, ScalarType.Int64);
        using var scope = NewDisposeScope();
        var wrong = (tensor < least) | (tensor >= limit);
        wrong = aside is { } value ? wrong & (tensor != value) : wrong;
        return wrong.any().item<bool>() ? throw Wrong($"'{name}' holds numbers outside of {least} to {limit - 1}") : tensor;
    }

    /// <summary>Refuses what nobody took.</summary>
    public void RequireAllTaken()
    {
        if (tensors.Keys.Where(name => !taken.Contains(name)).Order(StringComparer.Ordinal).FirstOrDefault() is { } name)
        {
            throw Wrong($"there is no place for '{name}'");
        }
    }

    public HrmGenException Wrong(string what) =>
        new($"{place}: the training state is not this run's: {what}. Resume with the spec and the options of the run that was saved.");
}
