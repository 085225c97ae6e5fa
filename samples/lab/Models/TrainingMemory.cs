using System.Globalization;
using HrmGen.Models;
using HrmGen.Training;
using TorchSharp;

namespace HrmGen.Lab.Models;

/// <summary>Whether the memory that is free holds the batch to train on. Linux ends a process that asks for too much, without a word.</summary>
internal static class TrainingMemory
{
    // Peaks over what is counted here, the largest of several models (tests/benchmarks/results/memory.md).
    private const double FusedPeak = 1.4, ReferencePeak = 1.7;

    /// <summary>Refuses what cannot fit, before anything is allocated. GPUs are left to libtorch, which says itself what it lacks.</summary>
    /// <param name="model">The model, in its lowering.</param>
    /// <param name="options">Of the training, with its batch.</param>
    /// <exception cref="HrmGenException">The batch needs more than is free.</exception>
    public static void Require(IRecursiveModel model, TrainingOptions options)
    {
        if (model.Device.type == DeviceType.CPU && Shortage(model, options, Free()) is { } shortage)
        {
            throw new HrmGenException(shortage);
        }
    }

    /// <summary>What to say where a batch needs more than <paramref name="free"/> bytes; null where it may fit.</summary>
    public static string? Shortage(IRecursiveModel model, TrainingOptions options, long free)
    {
        var (fixedBytes, row) = (FixedBytes(model, options), RowBytes(model));
        if (fixedBytes + ((double)options.BatchSize * row) <= free)
        {
            return null;
        }

        // Counted is less than needed: what is proposed has room for a peak.
        var rows = (long)(((free / (model.Lowering == Lowering.Fused ? FusedPeak : ReferencePeak)) - fixedBytes) / row);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Training {model.Info.Name} on {options.BatchSize:N0} rows at a time takes {GiB(fixedBytes + ((double)options.BatchSize * row))} at the least, and {GiB(free)} of memory are free; {Advice(rows)}");
    }

    private static string Advice(long rows) => rows < 1
        ? "not even one row fits: a machine with more memory, or a smaller model (hrmgen inspect tells what takes how much)"
        : string.Create(CultureInfo.InvariantCulture, $"{rows} rows fit: --set batch_size={rows}");

    // The weights are there already; the average of all comes, and gradients and moments of those that are not frozen.
    private static long FixedBytes(IRecursiveModel model, TrainingOptions options)
    {
        var frozen = options.Groups.Where(g => g.Frozen).SelectMany(g => g.Prefixes).ToList();
        var weights = model.Module.named_parameters().Select(p => (IsFrozen: frozen.Any(f => p.name.StartsWith(f, StringComparison.Ordinal)), Bytes: p.parameter.numel() * p.parameter.element_size())).ToList();
        return (weights.Where(w => !w.IsFrozen).Sum(w => w.Bytes) * (options.Muon is null ? 3 : 2)) + (options.EmaRate is null ? 0 : weights.Sum(w => w.Bytes));
    }

    private static long RowBytes(IRecursiveModel model) =>
        model.Lowering == Lowering.Fused && model.Info.FusedActivationBytes is { } fused ? fused : model.Info.ActivationBytes;

    // Of the machine or, where that is less, of the container.
    private static long Free()
    {
        var limit = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (!OperatingSystem.IsLinux())
        {
            return limit;
        }

        var available = File.ReadLines("/proc/meminfo").FirstOrDefault(l => l.StartsWith("MemAvailable:", StringComparison.Ordinal))?.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return available is [_, var kibibytes, ..] && long.TryParse(kibibytes, CultureInfo.InvariantCulture, out var number) ? Math.Min(limit, number * 1024) : limit;
    }

    private static string GiB(double bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1 << 30):N1} GiB");
}
