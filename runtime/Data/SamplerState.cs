using System.Text.Json;
using System.Text.Json.Serialization;

namespace HrmGen.Data;

/// <summary>
/// Where a <see cref="TrainingBatches"/> stands: enough to go on with exactly the batches that would have come next. The group order
/// of the current epoch is not stored; it follows from seed, set and epoch.
/// </summary>
/// <param name="Seed">The seed.</param>
/// <param name="BatchSize">Rows of a batch.</param>
/// <param name="EpochsPerIteration">Epochs that flow into one another before an incomplete batch is dropped.</param>
/// <param name="GroupCount">Groups of the data set, to notice when it is another one.</param>
/// <param name="ExampleCount">Examples of the data set, to notice when it is another one.</param>
/// <param name="Iteration">Iterations completed.</param>
/// <param name="Set">Index of the current set.</param>
/// <param name="Epoch">Epochs completed in this iteration of this set.</param>
/// <param name="Position">Groups taken in this epoch.</param>
/// <param name="BatchCount">Batches taken in all.</param>
/// <param name="RandomA">First word of the random stream that picks puzzles and examples and augments.</param>
/// <param name="RandomB">Second word.</param>
/// <param name="RandomC">Third word.</param>
/// <param name="RandomD">Fourth word.</param>
/// <param name="Taken">Rows of the next batch that were taken already, one by one; it is drawn again, and the rest of it comes next.</param>
public sealed record SamplerState(
    long Seed,
    int BatchSize,
    long EpochsPerIteration,
    long GroupCount,
    long ExampleCount,
    long Iteration,
    int Set,
    long Epoch,
    int Position,
    long BatchCount,
    ulong RandomA,
    ulong RandomB,
    ulong RandomC,
    ulong RandomD,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int Taken = 0)
{
    /// <summary>The state as one line of JSON, to be kept in a checkpoint's metadata.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, SamplerStateJson.Default.SamplerState);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <param name="json">The text.</param>
    /// <param name="place">Where it was found, for the message.</param>
    /// <exception cref="HrmGenException">It is not a complete sampler state.</exception>
    public static SamplerState FromJson(string json, string place = "sampler state")
    {
        ArgumentNullException.ThrowIfNull(json);
        const string Fix = "Resume from a checkpoint that HrmGen wrote, or start the run afresh.";
        try
        {
            return JsonSerializer.Deserialize(json, SamplerStateJson.Default.SamplerState)
                ?? throw new HrmGenException($"{place}: null is not a sampler state. {Fix}");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw new HrmGenException($"{place}: not a sampler state ({e.Message}) {Fix}", e);
        }
    }
}

[JsonSourceGenerationOptions(RespectRequiredConstructorParameters = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(SamplerState))]
internal sealed partial class SamplerStateJson : JsonSerializerContext;
