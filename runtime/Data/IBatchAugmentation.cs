namespace HrmGen.Data;

/// <summary>
/// Changes the rows of training batches as they are drawn, so that a small data set need not be augmented on disk. Implementations
/// are stateless: all randomness comes from the sampler's stream, which keeps a restored run identical.
/// </summary>
public interface IBatchAugmentation
{
    /// <summary>Refuses a data set that the augmentation has no meaning for; called once, before the first batch.</summary>
    /// <exception cref="HrmGenException">It does not fit; the message says why and what to do.</exception>
    void RequireCompatible(PuzzleDatasetMetadata metadata);

    /// <summary>Changes one row in place.</summary>
    /// <param name="inputs">Question tokens [S].</param>
    /// <param name="labels">Answer tokens [S]; -100 where ignored.</param>
    /// <param name="random">The sampler's stream.</param>
    void Apply(Span<int> inputs, Span<int> labels, RandomStream random);
}
