using System.Collections.Immutable;
using static TorchSharp.torch;

namespace HrmGen.Checkpoints.PyTorch;

/// <summary>What a pickled state dict may name, and what that means.</summary>
internal static class PickleNames
{
    private const int MaximumDimensions = 64;

    private static readonly PickleStorageType[] storages =
    [
        new(ScalarType.Float64, 8), new(ScalarType.Float32, 4), new(ScalarType.Float16, 2), new(ScalarType.BFloat16, 2), new(ScalarType.Int64, 8),
        new(ScalarType.Int32, 4), new(ScalarType.Int16, 2), new(ScalarType.Int8, 1), new(ScalarType.Byte, 1), new(ScalarType.Bool, 1),
    ];

    /// <summary>A name of the list; null for every other one.</summary>
    public static object? Find(ReadOnlySpan<byte> module, ReadOnlySpan<byte> name)
    {
        if (module.SequenceEqual("collections"u8))
        {
            return name.SequenceEqual("OrderedDict"u8) ? PickleName.OrderedDict : null;
        }

        if (module.SequenceEqual("torch._utils"u8))
        {
            return name.SequenceEqual("_rebuild_tensor_v2"u8) ? PickleName.RebuildTensor
                : name.SequenceEqual("_rebuild_parameter"u8) ? PickleName.RebuildParameter
                : null;
        }

        var index = !module.SequenceEqual("torch"u8) ? -1
            : name.SequenceEqual("DoubleStorage"u8) ? 0
            : name.SequenceEqual("FloatStorage"u8) ? 1
            : name.SequenceEqual("HalfStorage"u8) ? 2
            : name.SequenceEqual("BFloat16Storage"u8) ? 3
            : name.SequenceEqual("LongStorage"u8) ? 4
            : name.SequenceEqual("IntStorage"u8) ? 5
            : name.SequenceEqual("ShortStorage"u8) ? 6
            : name.SequenceEqual("CharStorage"u8) ? 7
            : name.SequenceEqual("ByteStorage"u8) ? 8
            : name.SequenceEqual("BoolStorage"u8) ? 9
            : -1;
        return index < 0 ? null : storages[index];
    }

    /// <summary>A view; null where it leaves its storage, or is larger than it (an expanded tensor would be larger than the file).</summary>
    public static PickleTensor? View(PickleStorage storage, long offset, object?[] size, object?[] stride)
    {
        if (size.Length != stride.Length || size.Length > MaximumDimensions || offset < 0 || offset > storage.Count)
        {
            return null;
        }

        var (shape, strides) = (ImmutableArray.CreateBuilder<long>(size.Length), ImmutableArray.CreateBuilder<long>(size.Length));
        Int128 count = 1, last = 0, sizes = 1;
        for (var i = 0; i < size.Length; i++)
        {
            if (size[i] is not long n || stride[i] is not long s || n < 0 || s < 0)
            {
                return null;
            }

            count *= n;
            sizes *= Math.Max(n, 1);
            last += (Int128)Math.Max(n - 1, 0) * s;
            if (sizes > long.MaxValue || last > long.MaxValue)
            {
                return null;
            }

            shape.Add(n);
            strides.Add(s);
        }

        return count == 0 || (count <= storage.Count && offset + last < storage.Count)
            ? new PickleTensor(storage, offset, shape.MoveToImmutable(), strides.MoveToImmutable())
            : null;
    }
}
