using System.Collections.Immutable;
using HrmGen.Data;
using Microsoft.Win32.SafeHandles;
using static TorchSharp.torch;

namespace HrmGen.Checkpoints.PyTorch;

/// <summary>
/// A checkpoint that <c>torch.save</c> wrote (PyTorch 1.6 or later): a zip archive of a pickle and of raw storages. Reading it executes
/// nothing and allocates no more than the file holds. Tensors in nested dictionaries are named by all keys, with dots between them;
/// everything that is no tensor is left out.
/// </summary>
public sealed class PyTorchFile : ITensorFile
{
    private const string PickleName = "/data.pkl";

    // A state dict takes about 150 bytes a tensor.
    private const int MaximumPickle = 1 << 26;
    private const int PieceLength = 1 << 28;

    private readonly SafeFileHandle handle;
    private readonly Dictionary<string, (PickleTensor Tensor, long Start)> tensors;

    private PyTorchFile(string path, SafeFileHandle handle, Dictionary<string, (PickleTensor Tensor, long Start)> tensors)
    {
        (Path, this.handle, this.tensors) = (path, handle, tensors);
        Tensors = [.. tensors.Select(t => new TensorInfo(t.Key, t.Value.Tensor.Storage.Type.Dtype, t.Value.Tensor.Shape)).OrderBy(t => t.Name, StringComparer.Ordinal)];
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <summary>Its tensors, by name in ordinal order.</summary>
    public ImmutableArray<TensorInfo> Tensors { get; }

    /// <inheritdoc/>
    IEnumerable<TensorInfo> ITensorFile.Tensors => Tensors;

    /// <summary>Whether a file begins as PyTorch's do, those in its legacy format included.</summary>
    /// <exception cref="HrmGenException">It is missing or cannot be read.</exception>
    public static bool IsPyTorch(string path)
    {
        using var handle = InputFile.Open(path, "Check the path of the checkpoint.");
        return Magic(handle, path) is Kind.Zip or Kind.Legacy;
    }

    /// <summary>Opens a file and reads what it names; each tensor is read when it is asked for.</summary>
    /// <param name="path">The file; it stays open until this object is disposed of.</param>
    /// <exception cref="HrmGenException">It is missing, no such file, damaged, or names what a state dict does not need.</exception>
    public static PyTorchFile Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var handle = InputFile.Open(path, "Check the path of the checkpoint.");
        try
        {
            RequireZip(handle, path);
            var files = ZipEntries.Read(handle, path);
            var pickles = files.Keys.Where(n => n.EndsWith(PickleName, StringComparison.Ordinal)).ToList();
            if (pickles is not [var pickle])
            {
                throw ZipEntries.Wrong(path, $"it has {pickles.Count} files data.pkl");
            }

            var root = pickle[..^PickleName.Length];
            RequireFormat(handle, path, root, files);
            var code = ReadSmall(handle, path, pickle, files[pickle], MaximumPickle);
            var named = StateTensors.Of(PickleMachine.Run(code, $"{path}: {ZipEntries.Short(pickle)}"), path, code.Length);
            return new(path, handle, named.ToDictionary(t => t.Key, t => (t.Value, Start(path, root, files, t.Key, t.Value)), StringComparer.Ordinal));
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public Tensor Read(string name, Device? device = null)
    {
        if (!tensors.TryGetValue(name, out var found))
        {
            throw new HrmGenException($"{Path}: there is no tensor '{name}'. It holds {tensors.Count}" + (Tensors.IsEmpty ? "." : $", for example '{Tensors[0].Name}'. Check the name and its prefix."));
        }

        var ((storage, offset, shape, strides), start) = found;
        using var scope = NewDisposeScope();
        var flat = empty([found.Tensor.Span], storage.Type.Dtype, CPU);
        var position = start + (offset * storage.Type.Size);
        for (long done = 0; done < found.Tensor.Span; done += PieceLength)
        {
            using var piece = flat.narrow(0, done, Math.Min(PieceLength, found.Tensor.Span - done));
            var bytes = piece.bytes;
            InputFile.ReadExactly(handle, Path, position, bytes);
            if (storage.Type.Dtype == ScalarType.Bool && bytes.ContainsAnyExceptInRange((byte)0, (byte)1))
            {
                throw ZipEntries.Wrong(Path, $"'{ZipEntries.Short(name)}' holds a truth value that is neither 0 nor 1");
            }

            position += bytes.Length;
        }

        // Of a view with gaps or in another order, the plain tensor.
        var whole = shape.Contains(0) ? flat.reshape(shape.ToArray()) : flat.as_strided(shape.ToArray(), strides.ToArray()).contiguous();
        return (device is null ? whole : whole.to(device)).alias().MoveToOuterDisposeScope();
    }

    /// <summary>Closes the file; tensors that were read stay valid.</summary>
    public void Dispose() => handle.Dispose();

    private enum Kind
    {
        Zip,
        Legacy,
        Tar,
        Other,
    }

    private static Kind Magic(SafeFileHandle handle, string path)
    {
        Span<byte> head = stackalloc byte[14];
        var length = InputFile.Length(handle, path);
        head = head[..(int)Math.Min(head.Length, length)];
        InputFile.ReadExactly(handle, path, 0, head);

        // The legacy format begins with a pickled number of its own.
        return head.StartsWith("PK\u0003\u0004"u8) ? Kind.Zip
            : head.StartsWith<byte>([0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20]) ? Kind.Legacy
            : head.StartsWith("storages"u8) ? Kind.Tar
            : Kind.Other;
    }

    private static void RequireZip(SafeFileHandle handle, string path)
    {
        switch (Magic(handle, path))
        {
            case Kind.Zip:
                return;
            case Kind.Legacy or Kind.Tar:
                throw new HrmGenException(
                    $"{path}: this is PyTorch's legacy format, from before version 1.6. Save it anew there: torch.save(torch.load(path, weights_only=True), path).");
            default:
                throw ZipEntries.Wrong(path, "it does not begin as a zip archive");
        }
    }

    private static void RequireFormat(SafeFileHandle handle, string path, string root, Dictionary<string, (long Offset, long Length)> files)
    {
        if (files.ContainsKey($"{root}/constants.pkl"))
        {
            throw new HrmGenException($"{path}: this is a TorchScript program, not a checkpoint. Save the state dict of its module: torch.save(module.state_dict(), path).");
        }

        // Older versions write neither, and are little endian.
        Require("byteorder", "little", "save it on a little-endian machine");
        Require(".format_version", "1", "save it with a version of PyTorch that writes format 1");

        void Require(string name, string value, string fix)
        {
            var full = $"{root}/{name}";
            if (files.TryGetValue(full, out var place)
                && System.Text.Encoding.ASCII.GetString(ReadSmall(handle, path, full, place, 64)).Trim() is var found && found != value)
            {
                throw new HrmGenException($"{path}: its {name} is '{found}', only '{value}' is read here; {fix}.");
            }
        }
    }

    private static byte[] ReadSmall(SafeFileHandle handle, string path, string name, (long Offset, long Length) place, int maximum)
    {
        if (place.Length > maximum)
        {
            throw ZipEntries.Wrong(path, $"'{ZipEntries.Short(name)}' has {place.Length} bytes, at most {maximum} are expected");
        }

        var bytes = new byte[place.Length];
        InputFile.ReadExactly(handle, path, place.Offset, bytes);
        return bytes;
    }

    // Byte of the file at which a tensor's storage begins, which must be there as large as the pickle says.
    private static long Start(string path, string root, Dictionary<string, (long Offset, long Length)> files, string name, PickleTensor tensor)
    {
        var storage = tensor.Storage;
        return files.TryGetValue($"{root}/data/{storage.Key}", out var place) && storage.Count <= place.Length / storage.Type.Size
            ? place.Offset
            : throw ZipEntries.Wrong(path, $"the data of '{ZipEntries.Short(name)}' is missing, or shorter than it should be");
    }
}
