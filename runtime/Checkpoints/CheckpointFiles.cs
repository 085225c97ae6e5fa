using System.Security.Cryptography;
using System.Text;
using HrmGen.Data;
using HrmGen.Training;
using static TorchSharp.torch;

namespace HrmGen.Checkpoints;

/// <summary>Writes and reads the files of one checkpoint.</summary>
internal static class CheckpointFiles
{
    private const string Fix = "Use another checkpoint, or copy this one again.";
    private const int HashLength = 64;

    /// <summary>Writes every file into a folder that exists, the manifest last, each on the disk before the next begins.</summary>
    public static CheckpointManifest Write(CheckpointStorage storage, string folder, ITrainingStep step, TrainingBatches batches, CheckpointManifest manifest)
    {
        using var scope = NewDisposeScope();
        var files = new Dictionary<string, FileDigest>(StringComparer.Ordinal);
        void Tensors(string name, IEnumerable<(string name, Tensor tensor)> tensors, Dictionary<string, string> metadata) =>
            files.Add(name, WriteFile(storage, Path.Combine(folder, name), SafetensorsFile.Writer(Path.Combine(folder, name), tensors, metadata)));

        Dictionary<string, string> spec = new() { ["spec"] = manifest.Spec, ["spec_hash"] = manifest.SpecHash };
        Tensors(Checkpoint.ModelFile, StateDict.Of(step.Model.Module).Select(s => (StateDict.OfficialPrefix + s.name, s.tensor)), spec);
        if (step.Ema is not null)
        {
            Tensors(Checkpoint.EmaFile, Checkpoint.EmaOf(step), spec);
        }

        Tensors(Checkpoint.TrainingFile, step.State, new(spec) { [Checkpoint.SamplerKey] = batches.ExportState().ToJson() });
        var whole = manifest with { Files = files };
        var json = ManifestJson.Write(whole);
        var digest = WriteFile(storage, Path.Combine(folder, Checkpoint.ManifestFile), stream => stream.Write(json));
        var line = Encoding.ASCII.GetBytes($"{digest.Sha256}  {Checkpoint.ManifestFile}\n");
        _ = WriteFile(storage, Path.Combine(folder, Checkpoint.ManifestHashFile), stream => stream.Write(line));
        storage.FlushFolder(folder);
        return whole;
    }

    /// <summary>Reads the manifest of a checkpoint, and holds it against its checksum.</summary>
    public static CheckpointManifest ReadManifest(string folder)
    {
        var path = Path.Combine(folder, Checkpoint.ManifestFile);
        var json = ReadSmall(path, ManifestJson.MaximumLength);
        var line = ReadSmall(Path.Combine(folder, Checkpoint.ManifestHashFile), 4096);
        var expected = Encoding.ASCII.GetString(line.AsSpan(0, Math.Min(HashLength, line.Length)));
        return expected == Convert.ToHexStringLower(SHA256.HashData(json))
            ? ManifestJson.Parse(json, path)
            : throw new HrmGenException($"{path}: damaged: it does not agree with {Checkpoint.ManifestHashFile}. {Fix}");
    }

    private static FileDigest WriteFile(CheckpointStorage storage, string path, Action<Stream> write)
    {
        using var file = storage.CreateFile(path);
        using var hashing = new HashingStream(file);
        write(hashing);
        storage.FlushFile(file);
        return hashing.Digest();
    }

    private static byte[] ReadSmall(string path, int maximumLength)
    {
        using var handle = InputFile.Open(path, $"It is no checkpoint, or a damaged one. {Fix}");
        var length = InputFile.Length(handle, path);
        if (length > maximumLength)
        {
            throw new HrmGenException($"{path}: {length} bytes are too many, at most {maximumLength} are expected. {Fix}");
        }

        var bytes = new byte[length];
        InputFile.ReadExactly(handle, path, 0, bytes);
        return bytes;
    }
}
