using HrmGen.Checkpoints;
using HrmGen.Tests.Data;
using HrmGen.Tests.Own;

using static TorchSharp.torch;

namespace HrmGen.Tests.Checkpoints;

public sealed class StateDictTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Path => System.IO.Path.Combine(_folder.Path, "model.safetensors");

    [Fact]
    public void A_model_comes_back_bit_for_bit_under_official_names()
    {
        using var saved = new OneSupervisionStep();
        StateDict.Save(saved, Path);
        using (var file = SafetensorsFile.Open(Path))
        {
            Assert.Contains("model.inner.H_level.layers.0.self_attn.qkv_proj.weight", file.Entries.Select(e => e.Name));
            Assert.Contains("model.inner.puzzle_emb.weights", file.Entries.Select(e => e.Name));
            Assert.Contains("model.inner.L_init", file.Entries.Select(e => e.Name));
            Assert.DoesNotContain(file.Entries, e => e.Name.Contains("rotary", StringComparison.Ordinal));
        }

        using var loaded = new OneSupervisionStep();
        Assert.False(Same(saved, loaded));
        _ = StateDict.Load(loaded, Path);
        Assert.True(Same(saved, loaded));
    }

    [Theory]
    [InlineData("_orig_mod.model.inner.")]
    [InlineData("model.inner.")]
    [InlineData("")]
    public void Prefixes_of_compiled_and_wrapped_models_are_known(string prefix)
    {
        using var saved = new OneSupervisionStep();
        SafetensorsFile.Write(Path, StateDict.Of(saved).Select(s => (prefix + s.name, s.tensor)));
        using var loaded = new OneSupervisionStep();
        _ = StateDict.Load(loaded, Path);
        Assert.True(Same(saved, loaded));
    }

    [Fact]
    public void A_file_that_does_not_fit_is_reported_exactly_and_changes_nothing()
    {
        using var saved = new OneSupervisionStep();
        var tensors = StateDict.Of(saved).ToDictionary(s => s.name, s => s.tensor);
        _ = tensors.Remove("lm_head.weight");
        tensors["unheard_of"] = ones(3);
        tensors["q_head.bias"] = ones(7);
        SafetensorsFile.Write(Path, tensors.Select(t => ("model.inner." + t.Key, t.Value)));

        using var loaded = new OneSupervisionStep();
        var before = StateDict.Of(loaded).Select(s => s.tensor.clone()).ToList();
        var message = Assert.Throws<StateDictMismatchException>(() => StateDict.Load(loaded, Path)).Message;
        Assert.Contains("lm_head.weight", message, StringComparison.Ordinal);
        Assert.Contains("unheard_of", message, StringComparison.Ordinal);
        Assert.Contains("q_head.bias", message, StringComparison.Ordinal);
        Assert.All(before.Zip(StateDict.Of(loaded)), p => Assert.True(p.First.Equals(p.Second.tensor)));
    }

    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Int64)]
    [InlineData(ScalarType.Int32)]
    [InlineData(ScalarType.Int16)]
    [InlineData(ScalarType.Int8)]
    [InlineData(ScalarType.Byte)]
    [InlineData(ScalarType.Bool)]
    public void Every_format_comes_back(ScalarType type)
    {
        using var written = (arange(24).view(2, 3, 4) % 5).to(type).transpose(0, 2);
        SafetensorsFile.Write(Path, [("t", written), ("scalar", tensor(1).to(type))]);
        using var file = SafetensorsFile.Open(Path);
        using var read = file.Read("t");
        Assert.Equal(type, read.dtype);
        Assert.Equal([4, 3, 2], read.shape);
        Assert.True(read.eq(written).all().item<bool>());
        Assert.Empty(file.Read("scalar").shape);
    }

    [Fact]
    public void Damaged_files_give_an_error_that_names_the_file_and_nothing_else()
    {
        SafetensorsFile.Write(Path, [("a", ones(4, 3)), ("b", arange(7))]);
        var valid = File.ReadAllBytes(Path);
        var draw = new Random(11);
        var (refused, read) = (0, 0);
        for (var i = 0; i < 500; i++)
        {
            var bytes = (byte[])valid.Clone();
            for (var flips = draw.Next(1, 4); flips > 0; flips--)
            {
                bytes[draw.Next(Math.Min(bytes.Length, 200))] = (byte)draw.Next(256);
            }

            File.WriteAllBytes(Path, draw.Next(4) == 0 ? bytes[..draw.Next(bytes.Length)] : bytes);
            try
            {
                using var file = SafetensorsFile.Open(Path);
                foreach (var entry in file.Entries)
                {
                    file.Read(entry.Name).Dispose();
                }

                read++;
            }
            catch (HrmGenException e)
            {
                refused++;
                Assert.Contains("model.safetensors", e.Message, StringComparison.Ordinal);
            }
        }

        Assert.True(refused > 300 && read > 5, $"{refused} refused, {read} read");
    }

    private static bool Same(nn.Module left, nn.Module right) =>
        StateDict.Of(left).Zip(StateDict.Of(right)).All(p => p.First.name == p.Second.name && p.First.tensor.Equals(p.Second.tensor));
}
