using System.Collections.Immutable;
using static TorchSharp.torch;

namespace HrmGen.Checkpoints.PyTorch;

/// <summary>A dict or an OrderedDict: pairs in the order in which they came.</summary>
internal sealed class PickleDict
{
    public List<(object? Key, object? Value)> Items { get; } = [];
}

/// <summary>The few names that a checkpoint may call. None of them is looked up or run: each is a word that the machine knows.</summary>
internal enum PickleName
{
    OrderedDict,
    RebuildTensor,
    RebuildParameter,
}

/// <summary>The type of a storage, named in place of a class.</summary>
internal sealed record PickleStorageType(ScalarType Dtype, int Size);

/// <summary>A storage: a file of the archive.</summary>
/// <param name="Type">The type of its elements.</param>
/// <param name="Key">Its file's name below <c>data/</c>.</param>
/// <param name="Count">Its elements.</param>
internal sealed record PickleStorage(PickleStorageType Type, string Key, long Count);

/// <summary>A view into a storage.</summary>
internal sealed record PickleTensor(PickleStorage Storage, long Offset, ImmutableArray<long> Shape, ImmutableArray<long> Strides)
{
    /// <summary>Elements from the first to the last that the view touches.</summary>
    public long Span => Shape.Contains(0) ? 0 : 1 + Shape.Zip(Strides, (size, stride) => (size - 1) * stride).Sum();
}
