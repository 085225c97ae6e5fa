using HrmGen.Checkpoints;
using HrmGen.Tests.Data;

namespace HrmGen.Tests.Checkpoints;

/// <summary>Which checkpoints stay, which one is found, and what is refused.</summary>
public sealed class CheckpointFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly TinyRun run = new("NoAct");

    public void Dispose()
    {
        run.Dispose();
        folder.Dispose();
    }

    private string Run => folder.File("run");

    private string Of(int step) => System.IO.Path.Combine(Run, $"step-{step:D6}");

    private void Save(CheckpointRetention retention, params double[] exact)
    {
        foreach (var value in exact)
        {
            _ = run.Train(1);
            _ = new CheckpointFolder(Run, retention).Save(run.Step, run.Batches, new Dictionary<string, double> { ["exact"] = value, ["loss"] = 1 - value });
        }
    }

    private IEnumerable<string> Names => Directory.GetDirectories(Run).Select(p => System.IO.Path.GetFileName(p)).Order(StringComparer.Ordinal);

    [Fact]
    public void The_last_ones_and_the_best_one_stay()
    {
        Save(new(2, "exact"), 0.1, 0.5, 0.2, 0.5, 0.3, double.NaN);
        Assert.Equal(["step-000002", "step-000005", "step-000006"], Names);
        Assert.Equal(2, new CheckpointFolder(Run, new(2, "exact")).FindBest().Found!.Manifest.Step);
        Assert.Equal(0.5, CheckpointFolder.Open(Of(2)).Manifest.Metrics["exact"]);
        Assert.Equal(6, new CheckpointFolder(Run).FindLatest().Found!.Manifest.Step);
        Assert.Null(new CheckpointFolder(Run).FindBest().Found);
        Assert.Equal(5, new CheckpointFolder(Run, new(2, "exact", LargerIsBetter: false)).FindBest().Found!.Manifest.Step);
    }

    [Fact]
    public void Steps_are_ordered_as_numbers_and_a_step_that_is_saved_again_comes_after_itself()
    {
        Save(new(9), 0, 0);
        Save(new(9), 0);
        foreach (var name in new[] { "step-12", "step-000012-1", "step-0000012", "step-000012-x", "step--00012", "steps", ".tmp-x" })
        {
            Directory.CreateDirectory(System.IO.Path.Combine(Run, name));
        }

        Assert.Equal(3, new CheckpointFolder(Run).FindLatest().Found!.Manifest.Step);
        Assert.Empty(new CheckpointFolder(Run).FindLatest().Refused);
        _ = new CheckpointFolder(Run).Save(run.Step, run.Batches);
        Assert.Equal("step-000003-2", new CheckpointFolder(Run).FindLatest().Found!.Name);
        Assert.DoesNotContain(".tmp-x", Names);
        Assert.Equal((1_000_000, 1), Checkpoint.OrderOf("step-1000000"));
        Assert.Equal((7, 12), Checkpoint.OrderOf("step-000007-12"));
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("ema.safetensors")]
    [InlineData("training.safetensors")]
    [InlineData("manifest.json")]
    [InlineData("manifest.json.sha256")]
    public void A_damaged_one_is_refused_with_the_reason_and_the_good_one_before_it_named(string file)
    {
        Save(new(9), 0, 0, 0);
        foreach (var damage in new Action<string>[] { Flip, p => File.WriteAllBytes(p, File.ReadAllBytes(p)[..20]), File.Delete, p => File.WriteAllText(p, "") })
        {
            Directory.CreateDirectory(folder.File("kept"));
            foreach (var good in Directory.GetFiles(Of(3)))
            {
                File.Copy(good, folder.File("kept/" + System.IO.Path.GetFileName(good)), overwrite: true);
            }

            damage(System.IO.Path.Combine(Of(3), file));
            var message = Assert.Throws<HrmGenException>(() => CheckpointFolder.Open(Of(3))).Message;
            Assert.Contains(file, message, StringComparison.Ordinal);
            Assert.Contains($"The good one before it is {Of(2)}.", message, StringComparison.Ordinal);
            var search = new CheckpointFolder(Run).FindLatest();
            Assert.Equal(2, search.Found!.Manifest.Step);
            Assert.Equal(Of(3), Assert.Single(search.Refused).Path);
            Directory.Delete(Of(3), recursive: true);
            Directory.Move(folder.File("kept"), Of(3));
        }

        // Only older ones go: the damaged one gives way to nothing that is not newer.
        Flip(System.IO.Path.Combine(Of(2), "model.safetensors"));
        _ = CheckpointFolder.Open(Of(3));
        static void Flip(string path)
        {
            var bytes = File.ReadAllBytes(path);
            bytes[bytes.Length / 2] ^= 4;
            File.WriteAllBytes(path, bytes);
        }
    }

    [Fact]
    public void What_is_no_checkpoint_is_refused()
    {
        Save(new(9), 0);
        Directory.CreateDirectory(Of(7));
        foreach (var path in new[] { Of(5), Of(7), Run, folder.Path, System.IO.Path.Combine(Of(1), "model.safetensors") })
        {
            Assert.Throws<HrmGenException>(() => CheckpointFolder.Open(path));
        }

        Directory.Move(Of(1), Of(4));
        Assert.Contains("that of step 1", Assert.Throws<HrmGenException>(() => CheckpointFolder.Open(Of(4))).Message, StringComparison.Ordinal);
        Assert.Null(new CheckpointFolder(Run).FindLatest().Found);
        Assert.Null(new CheckpointFolder(folder.File("nowhere")).FindLatest().Found);
    }

    [Fact]
    public void A_save_while_another_process_saves_or_the_average_is_applied_is_refused()
    {
        Save(new(9), 0);
        using (new FileStream(System.IO.Path.Combine(Run, ".lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            Assert.Contains("another process", Assert.Throws<HrmGenException>(() => Save(new(9), 0)).Message, StringComparison.Ordinal);
        }

        Save(new(9), 0);
        using var applied = run.Step.Ema!.Apply();
        Assert.Throws<InvalidOperationException>(() => new CheckpointFolder(Run).Save(run.Step, run.Batches));
    }

    [Fact]
    public void Weights_load_alone_with_or_without_their_averages()
    {
        Save(new(9), 0, 0);
        var saved = CheckpointFolder.Open(Of(2));
        var weights = run.Model.Module.named_parameters().ToDictionary(p => p.name, p => TinyRun.Bytes(p.parameter));
        using var other = new TinyRun("NoAct", seed: 2);
        Assert.Empty(saved.LoadModel(other.Model));
        Assert.Equal(weights, other.Model.Module.named_parameters().ToDictionary(p => p.name, p => TinyRun.Bytes(p.parameter)));
        Assert.Empty(saved.LoadModel(other.Model, ema: true));
        Assert.Equal(run.Step.Ema!.Shadow.ToDictionary(s => s.Key, s => TinyRun.Bytes(s.Value)), other.Model.Module.named_parameters().ToDictionary(p => p.name, p => TinyRun.Bytes(p.parameter)));

        using var plain = new TinyRun("StepDecay");
        var without = new CheckpointFolder(folder.File("plain")).Save(plain.Step, plain.Batches);
        Assert.Contains("moving average", Assert.Throws<HrmGenException>(() => without.LoadModel(plain.Model, ema: true)).Message, StringComparison.Ordinal);
        Assert.Throws<StateDictMismatchException>(() => without.LoadModel(other.Model));

        // Another way to halt is the same weights.
        using var batch = new TinyRun("ResidualHalting");
        Assert.Contains("StepDecay", Assert.Single(without.LoadModel(batch.Model)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_manifest_comes_back_and_names_where_it_is_wrong()
    {
        Save(new(9), 0.25);
        var path = System.IO.Path.Combine(Of(1), "manifest.json");
        var bytes = File.ReadAllBytes(path);
        Assert.Equal(bytes, ManifestJson.Write(ManifestJson.Parse(bytes, path)));
        var text = File.ReadAllText(path);
        foreach (var (from, to, word) in new[]
        {
            ("\"format\": 1", "\"format\": 2", "format"), ("\"step\": 1", "\"step\": -1", "step"), ("\"step\": 1", "\"step\": 1.5", "step"),
            ("\"threads\":", "\"thread\":", "threads"), ("model.safetensors", "../model.safetensors", "../model"), ("\"sha256\": \"", "\"sha256\": \"g", "sha256"),
            ("\"exact\": 0.25", "\"exact\": 1e999", "exact"), ("\"saved\": \"2", "\"saved\": \"x2", "saved"),
        })
        {
            Assert.Contains(from, text, StringComparison.Ordinal);
            var damaged = System.Text.Encoding.UTF8.GetBytes(text.Replace(from, to, StringComparison.Ordinal));
            Assert.Contains(word, Assert.Throws<HrmGenException>(() => ManifestJson.Parse(damaged, path)).Message, StringComparison.Ordinal);
        }
    }
}
