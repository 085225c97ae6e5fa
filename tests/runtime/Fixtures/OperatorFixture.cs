using System.Text.Json;
using static TorchSharp.torch;

namespace HrmGen.Tests.Fixtures;

/// <summary>
/// The golden tensors of one official operator. Every tensor must be taken as an input or compared with a result:
/// <see cref="AssertAllUsed"/> fails for one that was forgotten.
/// </summary>
internal sealed class OperatorFixture : IDisposable
{
    private readonly Dictionary<string, Tensor> _tensors;
    private readonly HashSet<string> _unused;
    private readonly JsonDocument _config;

    public OperatorFixture(string name)
    {
        var folder = Path.Combine(Folder, name);
        _tensors = FixtureFile.Load(folder);
        _unused = new(_tensors.Keys, StringComparer.Ordinal);
        _config = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "config.json")));
    }

    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "Fixtures", "operators");

    public JsonElement Config => _config.RootElement;

    public bool Has(string name) => _tensors.ContainsKey(name);

    /// <summary>A tensor that the operator is given.</summary>
    public Tensor Input(string name) => Use(name);

    /// <summary>Compares a result with its golden tensor: shape, dtype, and |difference| at most atol + rtol·|golden| everywhere.</summary>
    public void AssertClose(string name, Tensor actual, double atol = 0, double rtol = 0) =>
        TensorAssert.Close(Use(name), actual, atol, rtol, name);

    /// <summary>The same with an absolute tolerance for each element, broadcast over the golden tensor.</summary>
    public void AssertClose(string name, Tensor actual, Tensor atol, double rtol = 0) =>
        TensorAssert.Close(Use(name), actual, atol, rtol, name);

    public void AssertAllUsed() => Assert.True(_unused.Count == 0, "Not compared: " + string.Join(", ", _unused.Order(StringComparer.Ordinal)));

    public void Dispose()
    {
        _config.Dispose();
        foreach (var tensor in _tensors.Values)
        {
            tensor.Dispose();
        }
    }

    private Tensor Use(string name)
    {
        _unused.Remove(name);
        return _tensors[name];
    }
}
