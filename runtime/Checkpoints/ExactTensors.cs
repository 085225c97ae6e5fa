using static TorchSharp.torch;

namespace HrmGen.Checkpoints;

/// <summary>A file of exactly the tensors that it is to be copied into: names, types and shapes are compared when this is made.</summary>
internal sealed class ExactTensors
{
    private readonly SafetensorsFile file;
    private readonly List<(string name, Tensor tensor)> targets;

    /// <summary>Compares, and changes nothing.</summary>
    /// <exception cref="HrmGenException">Something is missing, unexpected or of another type or shape.</exception>
    public ExactTensors(SafetensorsFile file, IEnumerable<(string name, Tensor tensor)> targets)
    {
        (this.file, this.targets) = (file, [.. targets]);
        var wanted = this.targets.ToDictionary(t => t.name, t => t.tensor, StringComparer.Ordinal);
        var report = new LoadReport(
            [],
            [.. wanted.Keys.Where(n => !file.TryGetEntry(n, out _))],
            [.. file.Entries.Select(e => e.Name).Where(n => !wanted.ContainsKey(n))],
            [.. file.Entries.Where(e => wanted.TryGetValue(e.Name, out var t) && (t.dtype != e.Dtype || !t.shape.AsSpan().SequenceEqual(e.Shape.AsSpan())))
                .Select(e => $"{e.Name} ({e.Dtype} [{string.Join(", ", e.Shape)}] in the file, {wanted[e.Name].dtype} [{string.Join(", ", wanted[e.Name].shape)}] here)")]);
        if (!report.IsExact)
        {
            throw new HrmGenException($"{file.Path}: not of this run: {report}. Resume with the spec and the options of the run that was saved.");
        }
    }

    /// <summary>Copies all of them.</summary>
    public void Copy()
    {
        using var noGrad = no_grad();
        foreach (var (name, target) in targets)
        {
            using var value = file.Read(name);
            _ = target.copy_(value);
        }
    }
}
