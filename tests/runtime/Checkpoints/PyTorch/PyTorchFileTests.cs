using System.IO.Compression;
using System.Text;
using HrmGen.Checkpoints;
using HrmGen.Checkpoints.PyTorch;
using HrmGen.Tests.Data;
using HrmGen.Tests.Models;
using HrmGen.Tests.Own;
using static TorchSharp.torch;

namespace HrmGen.Tests.Checkpoints.PyTorch;

/// <summary>Checkpoints that torch.save wrote.</summary>
public sealed class PyTorchFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("types")]
    [InlineData("nested")]
    [InlineData("module")]
    public void Every_tensor_has_the_bytes_that_PyTorch_wrote(string name) => PyTorchFixtures.AssertEqual(PyTorchFixtures.Folder, name);

    [PyTorchFact]
    public void The_installed_PyTorch_writes_what_is_read_here()
    {
        PyTorchFixtures.Run(PyTorchFixtures.File("make.py"), folder.Path);
        foreach (var name in new[] { "types", "nested", "module" })
        {
            PyTorchFixtures.AssertEqual(folder.Path, name);
        }
    }

    [PyTorchFact]
    public void A_checkpoint_of_a_compiled_wrapped_model_gives_the_logits_of_the_safetensors_file_it_was_made_of()
    {
        using var scope = NewDisposeScope();
        using var saved = new OneSupervisionStep();
        StateDict.Save(saved, folder.File("model.safetensors"));
        const string Convert = """
            import json, struct, sys, torch
            b = open(sys.argv[1], 'rb').read()
            n, = struct.unpack('<Q', b[:8])
            head = json.loads(b[8:8 + n])
            types = dict(F32=torch.float32, BF16=torch.bfloat16, F64=torch.float64)
            state = {'_orig_mod.' + k: torch.frombuffer(bytearray(b[8 + n + v['data_offsets'][0]:8 + n + v['data_offsets'][1]]), dtype=types[v['dtype']]).reshape(v['shape'])
                     for k, v in head.items() if k != '__metadata__'}
            torch.save(state, sys.argv[2])
            """;
        PyTorchFixtures.Run("-c", Convert, folder.File("model.safetensors"), folder.File("step_100"));

        using var loaded = new OneSupervisionStep();
        Assert.True(StateDict.Load(loaded, folder.File("step_100")).IsExact);
        using var batch = Puzzles.Batch(4, saved.Info, 1);
        Assert.Equal(Logits(saved), Logits(loaded));

        // A step's tensors live until the next one is asked for.
        string Logits(OneSupervisionStep model) => Assert.Single(model.Evaluate(batch).Select(o => TinyRun.Bytes(o.Outputs.logits)));
    }

    [Theory]
    [InlineData("legacy", "legacy format", "torch.save(torch.load(path, weights_only=True), path)")]
    [InlineData("protocol4", "protocol is 4", "without pickle_protocol")]
    [InlineData("whole_module", "'torch.nn.modules.container.Sequential'", "save only model.state_dict()")]
    [InlineData("expanded", "does not lie within its storage", "Nothing of it was run")]
    public void What_is_not_plain_tensors_is_refused_with_the_remedy(string name, params string[] words)
    {
        var message = Assert.Throws<HrmGenException>(() => TensorFile.Open(PyTorchFixtures.File(name + ".pt"))).Message;
        Assert.Contains(name + ".pt", message, StringComparison.Ordinal);
        Assert.All(words, w => Assert.Contains(w, message, StringComparison.Ordinal));
    }

    // Each would do something in Python.
    [Theory]
    [InlineData("cos\nsystem\n(X\u0002\0\0\0lstR.")]
    [InlineData("c__builtin__\neval\n(X\u0001\0\0\01tR.")]
    [InlineData("ctorch\nload\n(X\u0001\0\0\0atR.")]
    [InlineData("ctorch._utils\n_rebuild_sparse_tensor\n)R.")]
    [InlineData("ccollections\ndefaultdict\n)R.")]
    [InlineData("(ios\nsystem\n.")]
    [InlineData("}(X\u0001\0\0\0acos\nsystem\nu.")]
    [InlineData("ccollections\nOrderedDict\n(]tR.")]
    [InlineData("Pid\n.")]
    [InlineData("I01\n.")]
    public void Programs_are_refused_and_not_run(string code)
    {
        var message = Assert.Throws<HrmGenException>(() => Open([0x80, 2, .. Encoding.Latin1.GetBytes(code)])).Message;
        Assert.Contains("not the pickle of a state dict", message, StringComparison.Ordinal);
        Assert.Contains("Nothing of it was run", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Dictionaries_that_hold_each_other_end_in_a_message()
    {
        var self = "}q\u0001X\u0001\0\0\0ah\u0001s.";
        foreach (var code in new[] { self, "]q\u0001h\u0001a." })
        {
            Assert.Contains("over and over", Assert.Throws<HrmGenException>(() => Open([0x80, 2, .. Encoding.Latin1.GetBytes(code)])).Message, StringComparison.Ordinal);
        }

        // Thirty levels that each hold the one below twice.
        var value = new PickleDict();
        for (var i = 0; i < 30; i++)
        {
            var next = new PickleDict();
            next.Items.AddRange([("a", value), ("b", value)]);
            value = next;
        }

        Assert.Contains("over and over", Assert.Throws<HrmGenException>(() => StateTensors.Of(value, "file", 10_000)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_must_lie_within_its_storage_and_the_storage_within_the_file()
    {
        var storage = new PickleStorage(new(ScalarType.Float32, 4), "0", 24);
        PickleTensor? View(long offset, long[] size, long[] stride) => PickleNames.View(storage, offset, [.. size.Cast<object?>()], [.. stride.Cast<object?>()]);
        Assert.Equal(24, View(0, [2, 3, 4], [12, 4, 1])!.Span);
        Assert.Equal(24, View(0, [4, 2, 3], [1, 12, 4])!.Span);
        Assert.Equal(1, View(23, [], [])!.Span);
        Assert.Equal(0, View(24, [0, 5], [5, 1])!.Span);
        Assert.Null(View(1, [2, 3, 4], [12, 4, 1]));
        Assert.Null(View(24, [], []));
        Assert.Null(View(-1, [2], [1]));
        Assert.Null(View(0, [2], [-1]));
        Assert.Null(View(0, [-2], [1]));
        Assert.Null(View(0, [25], [0]));
        Assert.Null(View(0, [1L << 40, 1L << 40], [0, 0]));
        Assert.Null(View(0, [0, 1L << 40, 1L << 40], [0, 0, 0]));
        Assert.Null(View(0, [3, 3], [long.MaxValue, long.MaxValue]));
        Assert.Null(View(0, [2], [1, 1]));

        // Its file is shorter than the pickle says.
        var path = Rewrite("types.pt", (name, bytes) => name == "types/data/0" ? bytes[..^8] : bytes);
        Assert.Contains("is missing, or shorter", Assert.Throws<HrmGenException>(() => PyTorchFile.Open(path)).Message, StringComparison.Ordinal);
        path = Rewrite("types.pt", (name, bytes) => name == "types/data/3" ? null : bytes);
        Assert.Contains("is missing, or shorter", Assert.Throws<HrmGenException>(() => PyTorchFile.Open(path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("types/byteorder", "big", "its byteorder is 'big'")]
    [InlineData("types/.format_version", "2", "its .format_version is '2'")]
    [InlineData("types/constants.pkl", "x", "TorchScript")]
    [InlineData("other/data.pkl", "x", "2 files data.pkl")]
    public void What_newer_versions_write_beside_the_tensors_is_heeded(string name, string text, string word)
    {
        var path = Rewrite("types.pt", (_, bytes) => bytes, (name, text));
        Assert.Contains(word, Assert.Throws<HrmGenException>(() => PyTorchFile.Open(path)).Message, StringComparison.Ordinal);
        using var fine = PyTorchFile.Open(Rewrite("types.pt", (_, bytes) => bytes, ("types/byteorder", "little"), ("types/.format_version", "1"), ("types/.data/serialization_id", "12")));
        Assert.Equal(15, fine.Tensors.Length);
    }

    [Fact]
    public void A_compressed_archive_is_refused()
    {
        var path = folder.File("compressed.pt");
        using (var zip = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            using var entry = zip.CreateEntry("a/data.pkl", CompressionLevel.Optimal).Open();
            entry.Write(new byte[1000]);
        }

        Assert.Contains("compressed", Assert.Throws<HrmGenException>(() => PyTorchFile.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_section_chooses_between_weights_and_their_averages()
    {
        using var module = nn.Linear(1, 1, hasBias: false);
        using var file = TensorFile.Open(PyTorchFixtures.File("nested.pt"));
        var report = StateDict.Load(module, file, strict: false, section: "ema.");
        Assert.Equal("ema.f32", Assert.Single(report.Unexpected));
        Assert.Equal("weight", Assert.Single(report.Missing));
    }

    private PyTorchFile Open(byte[] pickle)
    {
        var path = Rewrite("types.pt", (name, bytes) => name == "types/data.pkl" ? pickle : bytes);
        return PyTorchFile.Open(path);
    }

    // A fixture with some of its files changed, left out or added, again without compression.
    private string Rewrite(string fixture, Func<string, byte[], byte[]?> change, params (string Name, string Text)[] added)
    {
        var path = folder.File($"{Guid.NewGuid():N}.pt");
        using var source = ZipFile.OpenRead(PyTorchFixtures.File(fixture));
        using var target = ZipFile.Open(path, ZipArchiveMode.Create);
        void Add(string name, byte[] bytes)
        {
            using var entry = target.CreateEntry(name, CompressionLevel.NoCompression).Open();
            entry.Write(bytes);
        }

        foreach (var entry in source.Entries)
        {
            using var memory = new MemoryStream();
            using (var stream = entry.Open())
            {
                stream.CopyTo(memory);
            }

            if (change(entry.FullName, memory.ToArray()) is { } bytes)
            {
                Add(entry.FullName, bytes);
            }
        }

        foreach (var (name, text) in added)
        {
            Add(name, Encoding.ASCII.GetBytes(text));
        }

        return path;
    }
}
