using System.Globalization;
using HrmGen.Data;
using HrmGen.Models;
using HrmGen.Training;
using static TorchSharp.torch;

namespace HrmGen.Checkpoints;

/// <summary>
/// A checkpoint on the disk, a folder <c>step-000123</c>. A folder and not one file, so that <c>model.safetensors</c> is a weight file like
/// any other, which evaluation and other programs read without the optimizer's state, three times its size.
/// </summary>
/// <remarks>
/// <c>model.safetensors</c>: parameters and buffers under the official names. <c>ema.safetensors</c>: the averages of the parameters.
/// <c>training.safetensors</c>: what <see cref="ITrainingStep.State"/> gives, and the data order in its metadata. <c>manifest.json</c>:
/// <see cref="CheckpointManifest"/>. <c>manifest.json.sha256</c>: its checksum, as sha256sum writes it.
/// </remarks>
public sealed class Checkpoint
{
    internal const string ModelFile = "model.safetensors", EmaFile = "ema.safetensors", TrainingFile = "training.safetensors";
    internal const string ManifestFile = "manifest.json", ManifestHashFile = "manifest.json.sha256", SamplerKey = "sampler";
    private const string NamePrefix = "step-";

    internal Checkpoint(string path, CheckpointManifest manifest, (long Step, long Attempt) order) => (Path, Manifest, Order) = (path, manifest, order);

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The folder's name.</summary>
    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary>What is known about it.</summary>
    public CheckpointManifest Manifest { get; }

    /// <summary>Whether it has averages of the parameters.</summary>
    public bool HasEma => Manifest.Files.ContainsKey(EmaFile);

    /// <summary>By step, then by the number of the attempt: a step that is saved again gets a folder of its own.</summary>
    internal (long Step, long Attempt) Order { get; }

    /// <summary>
    /// Goes on from here: model, averages, optimizer, generators, carry and data order become what they were. Then the run continues byte for
    /// byte, as long as nothing is noted.
    /// </summary>
    /// <param name="step">The training state of a model of the same spec.</param>
    /// <param name="batches">Batches of the same data, with the same seed and batch size.</param>
    /// <returns>What differs from the run that was saved (options, threads, instruction set, device, version); each a sentence's end.</returns>
    /// <exception cref="HrmGenException">It is of another spec or other data, or does not fit; nothing has changed then.</exception>
    public IReadOnlyList<string> Resume(ITrainingStep step, TrainingBatches batches)
    {
        ArgumentNullException.ThrowIfNull(step);
        ArgumentNullException.ThrowIfNull(batches);
        var (refusal, notes) = Manifest.Compare(CheckpointManifest.Of(step, batches, null));
        if (refusal is not null)
        {
            throw new HrmGenException($"{Path}: this run cannot go on from this checkpoint: {refusal}.");
        }

        using var scope = NewDisposeScope();
        using var model = SafetensorsFile.Open(File(ModelFile));
        using var training = SafetensorsFile.Open(File(TrainingFile));
        using var averages = step.Ema is null ? null : SafetensorsFile.Open(File(EmaFile));
        var weights = new ExactTensors(model, StateDict.Of(step.Model.Module).Select(s => (StateDict.OfficialPrefix + s.name, s.tensor)));
        var ema = averages is null ? null : new ExactTensors(averages, EmaOf(step));
        var sampler = SamplerState.FromJson(training.Metadata.GetValueOrDefault(SamplerKey, "null"), $"{training.Path}: {SamplerKey}");
        var before = batches.ExportState();
        batches.RestoreState(sampler);
        try
        {
            step.Restore(training.Entries.ToDictionary(e => e.Name, e => training.Read(e.Name), StringComparer.Ordinal));
        }
        catch
        {
            batches.RestoreState(before);
            throw;
        }

        weights.Copy();
        ema?.Copy();
        return notes;
    }

    /// <summary>Loads the weights only, for evaluation.</summary>
    /// <param name="model">A model with the same names and shapes; its halting or its number of supervision steps may be another's.</param>
    /// <param name="ema">Whether parameters get their averages.</param>
    /// <returns>What differs from the spec that was trained; empty where nothing does.</returns>
    /// <exception cref="HrmGenException">There are no averages, or the model's names or shapes differ.</exception>
    public IReadOnlyList<string> LoadModel(IRecursiveModel model, bool ema = false)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (ema && !HasEma)
        {
            throw new HrmGenException($"{Path}: this run kept no moving average (training.ema of its spec). Evaluate its weights as they are.");
        }

        _ = StateDict.Load(model.Module, File(ModelFile));
        if (ema)
        {
            _ = StateDict.Load(model.Module, File(EmaFile), strict: false);
        }

        return Manifest.SpecHash == model.Info.Hash ? [] : [$"the weights are of {Manifest.Spec}, compiled to other code than {model.Info.Name}"];
    }

    /// <inheritdoc/>
    public override string ToString() => Path;

    internal static IEnumerable<(string name, Tensor tensor)> EmaOf(ITrainingStep step) =>
        step.Ema!.Shadow.Select(s => (StateDict.OfficialPrefix + s.Key, s.Value));

    internal static string NameOf(long step, long attempt) => attempt == 1
        ? string.Create(CultureInfo.InvariantCulture, $"{NamePrefix}{step:D6}")
        : string.Create(CultureInfo.InvariantCulture, $"{NamePrefix}{step:D6}-{attempt}");

    /// <summary>Step and attempt of a folder's name; null where it is no checkpoint's.</summary>
    internal static (long Step, long Attempt)? OrderOf(string name)
    {
        if (!name.StartsWith(NamePrefix, StringComparison.Ordinal))
        {
            return null;
        }

        var parts = name[NamePrefix.Length..].Split('-');
        long attempt = 1;
        return parts.Length <= 2
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var step)
            && (parts.Length == 1 || long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out attempt))
            && NameOf(step, attempt) == name
                ? (step, attempt)
                : null;
    }

    /// <summary>Reads a checkpoint's manifest, and the other files too where they are to be held against it.</summary>
    /// <exception cref="HrmGenException">It is damaged, or no checkpoint.</exception>
    internal static Checkpoint Read(string path, bool verify)
    {
        var manifest = CheckpointFiles.ReadManifest(path);
        var order = OrderOf(System.IO.Path.GetFileName(path)) ?? (manifest.Step, 1);
        if (order.Step != manifest.Step)
        {
            throw new HrmGenException($"{path}: its manifest is that of step {manifest.Step}. Give the folder its name back.");
        }

        if (verify)
        {
            foreach (var (name, digest) in manifest.Files)
            {
                FileDigest.Verify(System.IO.Path.Combine(path, name), digest);
            }
        }

        return new(path, manifest, order);
    }

    private string File(string name) => Manifest.Files.ContainsKey(name)
        ? System.IO.Path.Combine(Path, name)
        : throw new HrmGenException($"{Path}: there is no {name}. Use a checkpoint of the same options.");
}
