using HrmGen.Checkpoints;
using HrmGen.Tests.Data;

namespace HrmGen.Tests.Checkpoints;

/// <summary>Something goes wrong at each step that a save takes on the disk.</summary>
public sealed class StorageFaultTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(Fault.Error)]
    [InlineData(Fault.LateError)]
    [InlineData(Fault.Crash)]
    [InlineData(Fault.LateCrash)]
    public void A_fault_at_any_write_flush_rename_or_deletion_leaves_a_whole_checkpoint_and_the_next_save_works(Fault fault)
    {
        using var run = new TinyRun("NoAct");
        using var loaded = new TinyRun("NoAct", seed: 2);
        _ = run.Train(1);
        var one = run.Snapshot();
        _ = new CheckpointFolder(folder.File("origin")).Save(run.Step, run.Batches);
        _ = run.Train(1);
        var two = run.Snapshot();

        var count = 0;
        for (var failing = 0; failing <= count; failing++)
        {
            var path = folder.File($"run{failing}");
            var first = System.IO.Path.Combine(path, "step-000001");
            Directory.CreateDirectory(first);
            foreach (var file in Directory.GetFiles(folder.File("origin/step-000001")))
            {
                File.Copy(file, System.IO.Path.Combine(first, System.IO.Path.GetFileName(file)));
            }

            var storage = new FaultyStorage(failing, fault);
            var saved = false;
            try
            {
                _ = new CheckpointFolder(path, new(Last: 1), storage).Save(run.Step, run.Batches);
                saved = true;
            }
            catch (HrmGenException e)
            {
                Assert.Contains("No space left on device", e.Message, StringComparison.Ordinal);
                Assert.Contains("step-00000", e.Message, StringComparison.Ordinal);
            }

            count = Math.Max(count, storage.Log.Count);
            var found = new CheckpointFolder(path).FindLatest();
            Assert.Empty(found.Refused);
            Assert.NotNull(found.Found);
            Assert.Equal(saved || found.Found.Manifest.Step == 2 ? 2 : 1, found.Found.Manifest.Step);
            _ = found.Found.Resume(loaded.Step, loaded.Batches);
            Assert.Equal(found.Found.Manifest.Step == 2 ? two : one, loaded.Snapshot());

            // And the next one, without a fault, is whole and leaves nothing behind.
            Assert.Equal(2, new CheckpointFolder(path, new(Last: 1)).Save(run.Step, run.Batches).Manifest.Step);
            var left = Assert.Single(Directory.GetDirectories(path));
            Assert.Equal(2, CheckpointFolder.Open(left).Manifest.Step);
            Directory.Delete(path, recursive: true);
        }

        Assert.True(count > 60, $"only {count} steps on the disk");
    }

    // What was not flushed may be gone after a power failure, however whole it looked before.
    [Fact]
    public void Everything_is_on_the_disk_before_it_gets_its_name_and_the_name_before_the_save_returns()
    {
        using var run = new TinyRun("NoAct");
        var storage = new FaultyStorage(-1, Fault.Error);
        _ = new CheckpointFolder(folder.File("run"), new(Last: 1), storage).Save(run.Step, run.Batches);
        var log = storage.Log;
        var rename = Assert.Single(Enumerable.Range(0, log.Count), i => log[i].StartsWith("rename", StringComparison.Ordinal));
        var temporary = log[rename].Split(' ')[1];
        var files = log.Where(l => l.StartsWith("file ", StringComparison.Ordinal)).Select(l => l[5..]).ToList();
        Assert.Equal(["model.safetensors", "ema.safetensors", "training.safetensors", "manifest.json", "manifest.json.sha256"], files.Select(System.IO.Path.GetFileName));
        foreach (var file in files)
        {
            var (written, flushed) = (log.LastIndexOf($"write {file}"), log.LastIndexOf($"flush {file}"));
            Assert.True(written >= 0 && written < flushed && flushed < rename, $"{file}: written {written}, flushed {flushed}, renamed {rename}");
        }

        Assert.InRange(log.LastIndexOf($"flush folder {temporary}"), log.LastIndexOf($"flush {files[^1]}"), rename);
        Assert.True(log.LastIndexOf($"flush folder {folder.File("run")}") > rename);
        Assert.Contains($"flush folder {folder.Path}", log);
    }
}
