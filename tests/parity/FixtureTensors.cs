using HrmGen.Checkpoints;
using static TorchSharp.torch;

namespace HrmGen.Parity;

/// <summary>The golden tensors of a case, and which of them were used: none may be left over.</summary>
internal sealed class FixtureTensors : IDisposable
{
    private readonly SafetensorsFile file;
    private readonly HashSet<string> used = new(StringComparer.Ordinal);

    public FixtureTensors(string path) => file = SafetensorsFile.Open(path);

    public IEnumerable<string> Names => file.Entries.Select(e => e.Name);

    public IEnumerable<string> Unused => Names.Where(n => !used.Contains(n)).Order(StringComparer.Ordinal);

    public bool Contains(string name) => file.TryGetEntry(name, out _);

    /// <summary>Reads a tensor and counts it as used; the caller disposes it.</summary>
    public Tensor Take(string name)
    {
        used.Add(name);
        return file.Read(name);
    }

    public Tensor? TakeOrNull(string name) => Contains(name) ? Take(name) : null;

    public IEnumerable<string> Below(string prefix) => Names.Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    public void Dispose() => file.Dispose();
}
