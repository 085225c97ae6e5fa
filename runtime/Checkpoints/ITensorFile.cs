using System.Collections.Immutable;
using static TorchSharp.torch;

namespace HrmGen.Checkpoints;

/// <summary>A tensor of a file, before it is read.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Dtype">Its element type.</param>
/// <param name="Shape">Sizes of its dimensions; empty for a scalar.</param>
public sealed record TensorInfo(string Name, ScalarType Dtype, ImmutableArray<long> Shape);

/// <summary>An open file of named tensors, in whatever format.</summary>
public interface ITensorFile : IDisposable
{
    /// <summary>The file.</summary>
    string Path { get; }

    /// <summary>Its tensors, by name in ordinal order.</summary>
    IEnumerable<TensorInfo> Tensors { get; }

    /// <summary>Reads one tensor, in its own type. It belongs to the caller's DisposeScope, if there is one.</summary>
    /// <param name="name">Its name in the file.</param>
    /// <param name="device">Where it goes; the CPU by default.</param>
    /// <exception cref="HrmGenException">There is no such tensor, or the file is damaged.</exception>
    Tensor Read(string name, Device? device = null);
}

/// <summary>Opens a file of tensors by what it holds, not by what it is called.</summary>
public static class TensorFile
{
    /// <summary>Opens a safetensors file or a PyTorch checkpoint.</summary>
    /// <exception cref="HrmGenException">It is missing, neither of them, or damaged.</exception>
    public static ITensorFile Open(string path) => PyTorch.PyTorchFile.IsPyTorch(path) ? PyTorch.PyTorchFile.Open(path) : SafetensorsFile.Open(path);
}
