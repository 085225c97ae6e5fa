using System.Collections.Immutable;
using TorchSharp;
using static TorchSharp.torch;

namespace HrmGen.Checkpoints;

/// <summary>
/// Saves and loads what a module learned: its parameters and persistent buffers, under the names that the official repositories give
/// them. The puzzle embedding is such a buffer, <c>puzzle_emb.weights</c>; the tables of the rotary embedding are not persistent and
/// not saved.
/// </summary>
public static class StateDict
{
    /// <summary>What the official training scripts put before the model's own names: the loss head's field, then the model's.</summary>
    public const string OfficialPrefix = "model.inner.";

    private const string PuzzleEmbedding = "puzzle_emb.weights";

    // torch.compile wraps a module in one of this name.
    private const string CompiledSegment = "_orig_mod.";

    // Longest first: what is left of a name should be as short as the prefix allows.
    private static readonly string[] KnownPrefixes = [OfficialPrefix, "model.", "inner."];

    /// <summary>Parameters and persistent buffers of a module, by name in ordinal order.</summary>
    public static IReadOnlyList<(string name, Tensor tensor)> Of(nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        return [.. module.state_dict()
            .Select(pair => (pair.Key, pair.Value))
            .OrderBy(pair => pair.Key, StringComparer.Ordinal)];
    }

    /// <summary>Writes a module's state into a safetensors file, whole or not at all.</summary>
    /// <param name="module">The module, on any device.</param>
    /// <param name="path">The file; it is replaced when it exists.</param>
    /// <param name="prefix">Put before every name; the official one by default, so that official code finds its names.</param>
    /// <param name="metadata">Texts to keep with it.</param>
    /// <exception cref="HrmGenException">The file cannot be written.</exception>
    public static void Save(
        nn.Module module, string path, string prefix = OfficialPrefix, IReadOnlyDictionary<string, string>? metadata = null) =>
        SafetensorsFile.Write(path, Of(module).Select(item => (prefix + item.name, item.tensor)), metadata);

    /// <summary>Opens a safetensors file or a PyTorch checkpoint, loads it, and closes it; see the other overload.</summary>
    public static LoadReport Load(nn.Module module, string path, bool strict = true, string section = "", bool otherPuzzles = false)
    {
        using ITensorFile file = TensorFile.Open(path);
        return Load(module, file, strict, section, otherPuzzles);
    }

    /// <summary>
    /// Copies a file's values into a module, cast to the module's types (between floating-point types, or the very same type). A name
    /// fits as it is, or without <c>_orig_mod.</c> (which torch.compile adds) and one of <c>model.inner.</c>, <c>model.</c>,
    /// <c>inner.</c>. Values are read before the first is changed: a load that throws changes nothing.
    /// </summary>
    /// <param name="module">The module, on any device.</param>
    /// <param name="file">The open file.</param>
    /// <param name="strict">Whether anything missing, unexpected or mis-shaped is an error. If not, what fits is loaded.</param>
    /// <param name="section">Where a file holds more than a module: only names that begin with this are looked at, without it.</param>
    /// <param name="otherPuzzles">
    /// Whether a puzzle embedding of another number of puzzles is taken: every row becomes the mean of the file's rows, as the official
    /// training scripts have it, and a note of the report says so.
    /// </param>
    /// <returns>What was loaded and what was not.</returns>
    /// <exception cref="StateDictMismatchException">The fit is not exact, and <paramref name="strict"/> asks for it.</exception>
    /// <exception cref="HrmGenException">Two names of the file mean the same tensor, or the file cannot be read.</exception>
    public static LoadReport Load(nn.Module module, ITensorFile file, bool strict = true, string section = "", bool otherPuzzles = false)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(section);
        Dictionary<string, Tensor> targets = Of(module).ToDictionary(item => item.name, item => item.tensor, StringComparer.Ordinal);
        var sources = new Dictionary<string, TensorInfo>(StringComparer.Ordinal);
        var unexpected = new List<string>();
        foreach (TensorInfo entry in file.Tensors)
        {
            if (!entry.Name.StartsWith(section, StringComparison.Ordinal))
            {
                continue;
            }

            string? name = Candidates(entry.Name[section.Length..]).FirstOrDefault(targets.ContainsKey);
            if (name is null)
            {
                unexpected.Add(entry.Name);
            }
            else if (!sources.TryAdd(name, entry))
            {
                throw new HrmGenException(
                    $"{file.Path}: '{sources[name].Name}' and '{entry.Name}' both mean '{name}' of the model. Keep one of them in the file, or name the section to load.");
            }
        }

        string[] missing = [.. targets.Keys.Where(name => !sources.ContainsKey(name))];
        var mismatched = new List<string>();
        var notes = new List<string>();
        foreach ((string name, TensorInfo entry) in sources.ToArray())
        {
            if (otherPuzzles && name == PuzzleEmbedding && IsOtherCount(targets[name], entry))
            {
                notes.Add(
                    $"{name} is [{string.Join(", ", entry.Shape)}] in the file and [{string.Join(", ", targets[name].shape)}] in the model: " +
                    "every row became the mean of the file's rows, what single puzzles had learned is lost");
            }
            else if (DescribeMismatch(targets[name], entry) is { } difference)
            {
                mismatched.Add($"{name} ({difference})");
                sources.Remove(name);
            }
        }

        var report = new LoadReport(Sorted(sources.Keys), Sorted(missing), Sorted(unexpected), Sorted(mismatched)) { Notes = [.. notes] };
        if (strict && !report.IsExact)
        {
            throw new StateDictMismatchException(file.Path, report);
        }

        Copy(file, sources, targets);
        return report;
    }

    private static IEnumerable<string> Candidates(string name)
    {
        yield return name;
        string plain = name.Replace(CompiledSegment, "", StringComparison.Ordinal);
        yield return plain;
        foreach (string prefix in KnownPrefixes)
        {
            if (plain.StartsWith(prefix, StringComparison.Ordinal))
            {
                yield return plain[prefix.Length..];
            }
        }
    }

    private static bool IsOtherCount(Tensor target, TensorInfo entry) =>
        IsFloat(entry.Dtype) && entry.Shape is [> 0, var dim] && target.dim() == 2 && dim == target.size(1) && entry.Shape[0] != target.size(0);

    private static string? DescribeMismatch(Tensor target, TensorInfo entry)
    {
        if (!entry.Shape.AsSpan().SequenceEqual(target.shape))
        {
            return $"[{string.Join(", ", entry.Shape)}] in the file, [{string.Join(", ", target.shape)}] in the model";
        }

        return entry.Dtype == target.dtype || (IsFloat(entry.Dtype) && IsFloat(target.dtype))
            ? null
            : $"{entry.Dtype} in the file, {target.dtype} in the model";
    }

    private static bool IsFloat(ScalarType type) =>
        type is ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32 or ScalarType.Float64;

    private static void Copy(ITensorFile file, Dictionary<string, TensorInfo> sources, Dictionary<string, Tensor> targets)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        List<(Tensor Target, Tensor Value)> copies = [.. sources.Select(item => (targets[item.Key], file.Read(item.Value.Name)))];
        foreach ((Tensor target, Tensor value) in copies)
        {
            // Only a puzzle embedding of another size comes here with another shape.
            target.copy_(value.shape.AsSpan().SequenceEqual(target.shape) ? value : value.mean([0], keepdim: true));
        }
    }

    private static ImmutableArray<string> Sorted(IEnumerable<string> names) => [.. names.Order(StringComparer.Ordinal)];
}
