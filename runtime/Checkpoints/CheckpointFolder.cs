using HrmGen.Data;
using HrmGen.Training;

namespace HrmGen.Checkpoints;

/// <summary>
/// The checkpoints of a run. Each is written under a temporary name, flushed to the disk file by file, and only then given its own name:
/// whatever happens in between, the ones before it stay whole. Which one is the latest follows from the names; nothing points to it that
/// could point wrong. Not safe for use from several threads; a second process that saves is refused.
/// </summary>
public sealed class CheckpointFolder
{
    // Never a checkpoint's name. Left behind only by a process that ended in the middle; the next save removes it.
    private const string TemporaryPrefix = ".tmp-", LockFile = ".lock";

    private readonly CheckpointStorage storage;
    private readonly CheckpointRetention retention;

    /// <summary>Opens the folder of a run; it need not exist before the first save.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="retention">Which checkpoints stay; the last three when null.</param>
    /// <exception cref="ArgumentOutOfRangeException">Not even the last one is to stay.</exception>
    public CheckpointFolder(string path, CheckpointRetention? retention = null)
        : this(path, retention, CheckpointStorage.Disk)
    {
    }

    internal CheckpointFolder(string path, CheckpointRetention? retention, CheckpointStorage storage)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        this.retention = retention ?? new();
        ArgumentOutOfRangeException.ThrowIfLessThan(this.retention.Last, 1, nameof(retention));
        Path = System.IO.Path.GetFullPath(path);
        this.storage = storage;
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Saves everything that the run needs to go on byte for byte, between two steps.</summary>
    /// <param name="step">The training state.</param>
    /// <param name="batches">The data order.</param>
    /// <param name="metrics">Figures to keep in the manifest; the best checkpoint is told by one of them.</param>
    /// <returns>The checkpoint, which is on the disk.</returns>
    /// <exception cref="HrmGenException">It cannot be written (the disk is full, for example), or another process saves here; what was saved before is untouched.</exception>
    /// <exception cref="InvalidOperationException">The parameters hold their moving average.</exception>
    public Checkpoint Save(ITrainingStep step, TrainingBatches batches, IReadOnlyDictionary<string, double>? metrics = null)
    {
        ArgumentNullException.ThrowIfNull(step);
        ArgumentNullException.ThrowIfNull(batches);
        if (step.Ema is { IsApplied: true })
        {
            throw new InvalidOperationException("The parameters hold their moving average; dispose what Apply() returned before you save.");
        }

        Checkpoint saved;
        try
        {
            CreateFolder();
            using var alone = Lock();
            RemoveLeftovers();
            saved = Write(step, batches, CheckpointManifest.Of(step, batches, metrics));
            Retain(saved);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            var last = Names().Select(n => n.Name).LastOrDefault();
            throw new HrmGenException(
                $"{Path}: step {step.StepCount} could not be saved ({e.Message}). {(last is null ? "Nothing was saved before" : $"{last} is untouched")}. " +
                "Check that the folder may be written to and has room, then resume.", e);
        }

        return saved;
    }

    /// <summary>The newest checkpoint that is whole.</summary>
    public CheckpointSearch FindLatest() => CheckpointSearch.First(Names().Reverse().Select(n => n.Path));

    /// <summary>The best whole checkpoint by the metric of the retention.</summary>
    public CheckpointSearch FindBest() => CheckpointSearch.First(retention.ByMetric(Readable()).Select(c => c.Path));

    /// <summary>Opens one checkpoint and verifies its checksums.</summary>
    /// <param name="path">Its folder, <c>run/step-000123</c>.</param>
    /// <exception cref="HrmGenException">It is damaged or no checkpoint; the message names the good one before it.</exception>
    public static Checkpoint Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        try
        {
            return Directory.Exists(full)
                ? Checkpoint.Read(full, verify: true)
                : throw new HrmGenException($"{full}: no such checkpoint. Give the folder of one, as run/step-000123.");
        }
        catch (HrmGenException e)
        {
            var order = Checkpoint.OrderOf(System.IO.Path.GetFileName(full));
            var names = new CheckpointFolder(System.IO.Path.GetDirectoryName(full) ?? full).Names().Where(n => n.Path != full).Reverse().ToList();
            var before = names.Where(n => order is null || n.Order.CompareTo(order.Value) < 0);
            var good = CheckpointSearch.First(before.Concat(names).Select(n => n.Path)).Found;
            throw new HrmGenException($"{e.Message} {(good is null ? "There is no other whole checkpoint beside it." : $"The good one before it is {good.Path}.")}", e);
        }
    }

    // In their order, the oldest first.
    private IEnumerable<(string Path, string Name, (long Step, long Attempt) Order)> Names()
    {
        try
        {
            return Directory.Exists(Path)
                ? [.. Directory.EnumerateDirectories(Path).Select(p => (Path: p, Name: System.IO.Path.GetFileName(p)))
                    .Select(p => (p.Path, p.Name, Order: Checkpoint.OrderOf(p.Name)))
                    .Where(p => p.Order is not null).Select(p => (p.Path, p.Name, p.Order!.Value)).OrderBy(p => p.Value)]
                : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HrmGenException($"{Path}: cannot be read ({e.Message}). Check the folder and its permissions.", e);
        }
    }

    private IEnumerable<Checkpoint> Readable()
    {
        foreach (var (path, _, _) in Names())
        {
            Checkpoint? read = null;
            try
            {
                read = Checkpoint.Read(path, verify: false);
            }
            catch (HrmGenException)
            {
                // Nothing is known about it: it is neither the best nor old enough to go.
            }

            if (read is not null)
            {
                yield return read;
            }
        }
    }

    private void CreateFolder()
    {
        if (!Directory.Exists(Path))
        {
            storage.CreateFolder(Path);
            storage.FlushFolder(System.IO.Path.GetDirectoryName(Path) ?? Path);
        }
    }

    // The system lets go of it when the process ends, however it ends.
    private FileStream Lock()
    {
        try
        {
            return new FileStream(System.IO.Path.Combine(Path, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or FileNotFoundException))
        {
            throw new HrmGenException($"{Path}: another process is saving here ({e.Message}). Give each run a folder of its own.", e);
        }
    }

    private void RemoveLeftovers()
    {
        foreach (var path in Directory.EnumerateDirectories(Path, TemporaryPrefix + "*"))
        {
            DeleteQuietly(path);
        }
    }

    private string Temporary() => System.IO.Path.Combine(Path, TemporaryPrefix + Guid.NewGuid().ToString("N"));

    private Checkpoint Write(ITrainingStep step, TrainingBatches batches, CheckpointManifest manifest)
    {
        var temporary = Temporary();
        try
        {
            storage.CreateFolder(temporary);
            manifest = CheckpointFiles.Write(storage, temporary, step, batches, manifest);

            // A step that was saved before, by a run that went on from an earlier one, keeps its folder until this one has its own.
            var attempt = Names().Where(n => n.Order.Step == manifest.Step).Select(n => n.Order.Attempt).DefaultIfEmpty(0).Max() + 1;
            var path = System.IO.Path.Combine(Path, Checkpoint.NameOf(manifest.Step, attempt));
            storage.RenameFolder(temporary, path);
            storage.FlushFolder(Path);
            return new(path, manifest, (manifest.Step, attempt));
        }
        catch
        {
            DeleteQuietly(temporary);
            throw;
        }
    }

    // Only what is older than the checkpoint just saved ever goes.
    private void Retain(Checkpoint saved)
    {
        var all = Readable().ToList();
        var kept = all.Where(c => c.Order.CompareTo(saved.Order) <= 0).OrderByDescending(c => c.Order).Take(retention.Last)
            .Concat(retention.ByMetric(all).Take(1)).Select(c => c.Path).ToHashSet(StringComparer.Ordinal);
        foreach (var old in all.Where(c => c.Order.CompareTo(saved.Order) < 0 && !kept.Contains(c.Path)))
        {
            // Half a deletion must not look like a checkpoint.
            var temporary = Temporary();
            try
            {
                storage.RenameFolder(old.Path, temporary);
                storage.DeleteFolder(temporary);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The new checkpoint is safe; the next save tries again.
            }
        }
    }

    private void DeleteQuietly(string folder)
    {
        try
        {
            storage.DeleteFolder(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The failure that led here is the one to report; the next save removes the folder.
        }
    }
}
