using System.Buffers.Binary;
using System.Text.Json;
using static TorchSharp.torch;

namespace HrmGen.Tests.Fixtures;

/// <summary>Reads the tensors of a fixture folder.</summary>
internal static class FixtureFile
{
    /// <summary>All tensors of <c>tensors.safetensors</c> in <paramref name="folder"/> by name, outside every dispose scope.</summary>
    public static Dictionary<string, Tensor> Load(string folder)
    {
        var file = File.ReadAllBytes(Path.Combine(folder, "tensors.safetensors"));
        var headerLength = (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
        using var header = JsonDocument.Parse(file.AsMemory(8, headerLength));
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var entry in header.RootElement.EnumerateObject())
        {
            if (entry.Name == "__metadata__")
            {
                continue;
            }
            var dtype = entry.Value.GetProperty("dtype").GetString() switch
            {
                "F32" => ScalarType.Float32,
                "F64" => ScalarType.Float64,
                "BF16" => ScalarType.BFloat16,
                "I32" => ScalarType.Int32,
                "I64" => ScalarType.Int64,
                "BOOL" => ScalarType.Bool,
                var other => throw new InvalidDataException($"{folder}: {entry.Name} has the unknown dtype {other}."),
            };
            var shape = entry.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()).ToArray();
            var offsets = entry.Value.GetProperty("data_offsets");
            var (begin, end) = (offsets[0].GetInt32(), offsets[1].GetInt32());
            var tensor = zeros(shape, dtype).DetachFromDisposeScope();
            tensor.bytes = file.AsSpan(8 + headerLength + begin, end - begin);
            tensors.Add(entry.Name, tensor);
        }
        return tensors;
    }
}
