using System.Globalization;
using System.Text.Json;
using HrmGen.Checkpoints;
using HrmGen.Data;
using HrmGen.Lab.Models;
using HrmGen.Models;
using HrmGen.Training;
using static TorchSharp.torch;

namespace HrmGen.Lab.Runs;

/// <summary>The folder of a training run: its <c>run.json</c> says how it was made.</summary>
internal sealed record RunFolder(string Path)
{
    private string Manifest => System.IO.Path.Combine(Path, "run.json");

    /// <summary>A new run's folder.</summary>
    /// <exception cref="HrmGenException">There is a run in it already.</exception>
    public static RunFolder Create(string path)
    {
        var folder = new RunFolder(path);
        if (File.Exists(folder.Manifest))
        {
            throw new HrmGenException($"{path} holds a run already: go on with it by --resume, or give another folder with --out");
        }

        Directory.CreateDirectory(path);
        return folder;
    }

    /// <summary>A run to go on with.</summary>
    /// <exception cref="HrmGenException">There is none.</exception>
    public static RunFolder Open(string path) => IsRun(path)
        ? new(path)
        : throw new HrmGenException($"{path} holds no run: there is no run.json in it");

    /// <summary>Whether a folder holds a run.</summary>
    public static bool IsRun(string path) => File.Exists(new RunFolder(path).Manifest);

    /// <summary>Writes how the run is made: model, data, seed and machine. Numbers are byte for byte the same under equal ones.</summary>
    public void Describe(IRecursiveModel model, TrainingOptions options, PuzzleDataset data, long seed, Device device, RunPlan plan)
    {
        var spec = model.Info;
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("model", spec.Name);
            json.WriteString("spec", spec.Source);
            json.WriteString("spec_hash", spec.Hash);
            json.WriteString("data", data.Directory);
            json.WriteString("data_hash", data.DataHash);
            json.WriteNumber("seed", seed);
            json.WriteNumber("steps", plan.Steps);
            json.WriteNumber("batch_size", options.BatchSize);
            json.WriteNumber("lr", options.LearningRate);
            json.WriteString("device", device.ToString());
            json.WriteNumber("threads", get_num_threads());
            json.WriteString("instruction_set", CheckpointManifest.VectorInstructions);
            json.WriteString("lowering", Lowerings.Word(model.Lowering));
            json.WriteString("libtorch", __version__);
            json.WriteString("hrmgen", typeof(ModelSpec).Assembly.GetName().Version!.ToString(3));
            json.WriteString("started", DateTime.UtcNow.ToString("u", CultureInfo.InvariantCulture));
            json.WriteEndObject();
        }

        File.WriteAllBytes(Manifest, stream.ToArray());
    }

    /// <summary>A field of run.json.</summary>
    /// <exception cref="HrmGenException">The file is damaged.</exception>
    public string Field(string name)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllText(Manifest));
            return json.RootElement.GetProperty(name).ToString();
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new HrmGenException($"{Manifest}: '{name}' cannot be read ({e.Message}); restore the file, or begin a new run", e);
        }
    }
}
