using System.Globalization;
using System.Text;
using HrmGen.Checkpoints;
using HrmGen.Checkpoints.PyTorch;
using HrmGen.Data;
using HrmGen.Tests.Checkpoints.PyTorch;
using HrmGen.Tests.Data;
using static TorchSharp.torch;

namespace HrmGen.Tests.Checkpoints;

/// <summary>Ten thousand damaged copies of each format: read or refused, never more.</summary>
public sealed class MutationTests : IDisposable
{
    // HRMGEN_MUTATIONS=500 for a shorter run.
    private static readonly int count = int.Parse(Environment.GetEnvironmentVariable("HRMGEN_MUTATIONS") ?? "10000", CultureInfo.InvariantCulture);
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Of_safetensors()
    {
        var path = folder.File("a.safetensors");
        using var bools = ones(5, dtype: ScalarType.Bool);
        SafetensorsFile.Write(path, [("a", ones(4, 3)), ("b", arange(7)), ("c", bools)], new Dictionary<string, string> { ["k"] = "v" });
        var valid = File.ReadAllBytes(path);
        _ = Fuzz.Run(21, count, valid, valid.Length, bytes => ReadAll(bytes, path, SafetensorsFile.Open));
    }

    [Theory]
    [InlineData("types.pt", 1)]
    [InlineData("nested.pt", 10)]
    [InlineData("module.pt", 10)]
    public void Of_PyTorch_s_zip(string fixture, int part)
    {
        var path = folder.File(fixture);
        var valid = File.ReadAllBytes(PyTorchFixtures.File(fixture));
        _ = Fuzz.Run(22, count / part, valid, valid.Length, bytes => ReadAll(bytes, path, PyTorchFile.Open));
    }

    [Theory]
    [InlineData("types.pt")]
    [InlineData("nested.pt")]
    [InlineData("module.pt")]
    public void Of_pickles(string fixture)
    {
        var pickle = Pickle(File.ReadAllBytes(PyTorchFixtures.File(fixture)));
        _ = Fuzz.Run(23, count, pickle, pickle.Length, bytes =>
        {
            var tensors = StateTensors.Of(PickleMachine.Run(bytes, "file.pt: archive/data.pkl"), "file.pt", bytes.Length);
            Assert.All(tensors.Values, t => Assert.InRange(t.Span, 0, t.Storage.Count));
        });
    }

    [Fact]
    public void Of_manifests()
    {
        var manifest = new CheckpointManifest
        {
            Step = 12,
            Spec = "Tiny",
            SpecHash = new('a', 64),
            DataHash = new('b', 64),
            Seed = -3,
            HrmGen = "0.1.0",
            Threads = 2,
            InstructionSet = "AVX512",
            Lowering = "fused",
            Device = "cpu",
            Saved = new(2026, 11, 26, 6, 0, 0, DateTimeKind.Utc),
            Options = new Dictionary<string, string> { ["lr"] = "0.001" },
            Metrics = new Dictionary<string, double> { ["exact"] = 0.5 },
            Files = new Dictionary<string, FileDigest> { ["model.safetensors"] = new(100, new('c', 64)) },
        };
        var valid = ManifestJson.Write(manifest);
        _ = Fuzz.Run(24, count, valid, valid.Length, bytes => ManifestJson.Parse(bytes, "run/step-000012/manifest.json"));
    }

    [Fact]
    public void Of_sampler_states()
    {
        var valid = Encoding.UTF8.GetBytes(new SamplerState(1, 8, 9, 5, 5, 0, 0, 3, 2, 40, 1, 2, 3, 4).ToJson());
        _ = Fuzz.Run(25, count, valid, valid.Length, bytes => SamplerState.FromJson(Encoding.UTF8.GetString(bytes), "run/step-000012/training.safetensors: sampler"));
    }

    private static void ReadAll(byte[] bytes, string path, Func<string, ITensorFile> open)
    {
        File.WriteAllBytes(path, bytes);
        using var scope = NewDisposeScope();
        using var file = open(path);
        long total = 0;
        foreach (var info in file.Tensors)
        {
            using var tensor = file.Read(info.Name);
            total = Math.Max(total, tensor.numel() * tensor.element_size());
        }

        // Native memory, which the garbage collector does not count.
        Assert.InRange(total, 0, bytes.Length);
    }

    private static byte[] Pickle(byte[] archive)
    {
        using var zip = new System.IO.Compression.ZipArchive(new MemoryStream(archive));
        using var memory = new MemoryStream();
        using var stream = zip.Entries.Single(e => e.FullName.EndsWith("/data.pkl", StringComparison.Ordinal)).Open();
        stream.CopyTo(memory);
        return memory.ToArray();
    }
}
